//! The public form of a message's content, and its conversion from the wire's form.

use roamkit_wire::body;
use roamkit_wire::ext::Object;
use serde::{Deserialize, Serialize};
use tsify::Tsify;

/// The content of a message; `type` names its kind.
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
    /// A place. Android: `EMLocationMessageBody`.
    Loc(LocBody),
    /// A command for the receiving application. Android: `EMCmdMessageBody`.
    Cmd(CmdBody),
    /// A kind that the application defines. Android: `EMCustomMessageBody`.
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
    /// Where the picture is.
    pub url: String,
    /// The secret that a download must present (`share-secret`); may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: i64,
    /// Width in pixels; 0 where it is not known.
    pub width: f64,
    /// Height in pixels; 0 where it is not known.
    pub height: f64,
    /// Where a small version is; may be empty.
    pub thumb: String,
    /// The secret that its download must present; may be empty.
    pub thumb_secret: String,
}

/// A voice recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VoiceBody {
    /// Where the recording is.
    pub url: String,
    /// The secret that a download must present; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: i64,
    /// How long it plays, in seconds.
    pub length: i64,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VideoBody {
    /// Where the video is.
    pub url: String,
    /// The secret that a download must present; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: i64,
    /// How long it plays, in seconds.
    pub length: i64,
    /// Where a still picture is; may be empty.
    pub thumb: String,
    /// The secret that its download must present; may be empty.
    pub thumb_secret: String,
}

/// Any other file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FileBody {
    /// Where the file is.
    pub url: String,
    /// The secret that a download must present; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: i64,
}

/// A place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct LocBody {
    /// Its address.
    pub addr: String,
    /// Latitude in degrees.
    pub lat: f64,
    /// Longitude in degrees.
    pub lng: f64,
    /// The building's name; may be empty.
    pub building_name: String,
}

/// A command for the receiving application; not shown to people.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CmdBody {
    /// The action to take.
    pub action: String,
}

/// A kind that the application defines.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CustomBody {
    /// Its kind.
    pub custom_event: String,
    /// Its fields.
    #[tsify(type = "Record<string, unknown>")]
    pub custom_exts: Object,
}

/// Several messages forwarded as one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct CombineBody {
    /// Heading.
    pub title: String,
    /// Short form of what is inside.
    pub summary: String,
    /// The text that clients without support for this kind show.
    pub msg: String,
    /// Where the file with the messages is.
    pub url: String,
    /// The secret that a download must present; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: i64,
    /// How deep combined messages are nested.
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
