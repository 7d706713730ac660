//! The public form of a message's content, and its conversion from the wire's form.

use roamkit_wire::body;
use roamkit_wire::ext::Object;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The content of a message. The field `type` tells which of these bodies it is.
///
/// Android: `EMMessageBody` and its subclasses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Body {
    /// Text. Android: `EMTextMessageBody`.
    Txt(TxtBody),
    /// A picture. Android: `EMImageMessageBody`.
    Img(ImgBody),
    /// A voice recording. Android: `EMVoiceMessageBody`.
    Audio(VoiceBody),
    /// A video. Android: `EMVideoMessageBody`.
    Video(VideoBody),
    /// Any other file. Android: `EMNormalFileMessageBody`.
    File(FileBody),
    /// A location. Android: `EMLocationMessageBody`.
    Loc(LocBody),
    /// A command for the receiving application. Android: `EMCmdMessageBody`.
    Cmd(CmdBody),
    /// A body that the application defines. Android: `EMCustomMessageBody`.
    Custom(CustomBody),
    /// Several messages forwarded as one. Android: `EMCombinedMessageBody`.
    Combine(CombineBody),
}

/// Text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct TxtBody {
    /// The text, as written.
    pub msg: String,
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct ImgBody {
    /// The URL of the picture.
    pub url: String,
    /// The `share-secret` that a download must present; may be empty.
    pub secret: String,
    /// The file name.
    pub filename: String,
    /// The file size in bytes; 0 if unknown.
    pub file_length: i64,
    /// The width in pixels; 0 if unknown.
    pub width: f64,
    /// The height in pixels; 0 if unknown.
    pub height: f64,
    /// The URL of the thumbnail; may be empty.
    pub thumb: String,
    /// The secret for the download of the thumbnail; may be empty.
    pub thumb_secret: String,
}

/// A voice recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VoiceBody {
    /// The URL of the recording.
    pub url: String,
    /// The `share-secret` that a download must present; may be empty.
    pub secret: String,
    /// The file name.
    pub filename: String,
    /// The file size in bytes; 0 if unknown.
    pub file_length: i64,
    /// The duration in seconds.
    pub length: i64,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VideoBody {
    /// The URL of the video.
    pub url: String,
    /// The `share-secret` that a download must present; may be empty.
    pub secret: String,
    /// The file name.
    pub filename: String,
    /// The file size in bytes; 0 if unknown.
    pub file_length: i64,
    /// The duration in seconds.
    pub length: i64,
    /// The URL of the thumbnail, a still picture; may be empty.
    pub thumb: String,
    /// The secret for the download of the thumbnail; may be empty.
    pub thumb_secret: String,
}

/// Any other file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FileBody {
    /// The URL of the file.
    pub url: String,
    /// The `share-secret` that a download must present; may be empty.
    pub secret: String,
    /// The file name.
    pub filename: String,
    /// The file size in bytes; 0 if unknown.
    pub file_length: i64,
}

/// A location.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LocBody {
    /// The address.
    pub addr: String,
    /// The latitude in degrees.
    pub lat: f64,
    /// The longitude in degrees.
    pub lng: f64,
    /// The name of the building; may be empty.
    pub building_name: String,
}

/// A command for the receiving application, which does not show it to the user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CmdBody {
    /// The name of the action.
    pub action: String,
}

/// A body that the application defines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CustomBody {
    /// The name of the custom event.
    pub custom_event: String,
    /// The fields of the custom event.
    #[tsify(type = "Record<string, unknown>")]
    pub custom_exts: Object,
}

/// Several messages forwarded as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CombineBody {
    /// The title.
    pub title: String,
    /// A summary of the messages.
    pub summary: String,
    /// The text for clients that do not support combined messages.
    pub msg: String,
    /// The URL of the file with the messages.
    pub url: String,
    /// The `share-secret` that a download must present; may be empty.
    pub secret: String,
    /// The file name.
    pub filename: String,
    /// The file size in bytes; 0 if unknown.
    pub file_length: i64,
    /// The nesting depth of combined messages.
    pub combine_level: i64,
}

impl From<body::Body> for Body {
    fn from(body: body::Body) -> Self {
        match body {
            body::Body::Text { msg } => Self::Txt(TxtBody { msg }),
            body::Body::Image { file, width, height, thumb, thumb_secret } => Self::Img(ImgBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length,
                width,
                height,
                thumb,
                thumb_secret,
            }),
            body::Body::Audio { file, length } => Self::Audio(VoiceBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length,
                length,
            }),
            body::Body::Video { file, length, thumb, thumb_secret } => Self::Video(VideoBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length,
                length,
                thumb,
                thumb_secret,
            }),
            body::Body::File { file } => Self::File(FileBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length,
            }),
            body::Body::Location { addr, lat, lng, building_name } => {
                Self::Loc(LocBody { addr, lat, lng, building_name })
            }
            body::Body::Command { action } => Self::Cmd(CmdBody { action }),
            body::Body::Custom { event, exts } => {
                Self::Custom(CustomBody { custom_event: event, custom_exts: exts })
            }
            body::Body::Combine { file, title, summary, level, msg } => Self::Combine(CombineBody {
                title,
                summary,
                msg,
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length,
                combine_level: level,
            }),
        }
    }
}
