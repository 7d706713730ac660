//! What a message says, as JS sees it: a union that `type` tells apart.

use crate::json::{Read, Write, object};
use roamkit_wire::body as wire;
use roamkit_wire::ext::Object;
use roamkit_wire::json::Fields;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsify::Tsify;

/// What a message says; `type` tells which kind it is.
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
    /// An application's own kind. Android: `EMCustomMessageBody`.
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
    /// What a download must show (`share-secret`); may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: f64,
    /// Width in pixels; 0 where it is not known.
    pub width: f64,
    /// Height in pixels; 0 where it is not known.
    pub height: f64,
    /// Where a small version is; may be empty.
    pub thumb: String,
    /// What its download must show; may be empty.
    pub thumb_secret: String,
}

/// A voice recording.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VoiceBody {
    /// Where the recording is.
    pub url: String,
    /// What a download must show; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: f64,
    /// How long it plays, in seconds.
    pub length: f64,
}

/// A video.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct VideoBody {
    /// Where the video is.
    pub url: String,
    /// What a download must show; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: f64,
    /// How long it plays, in seconds.
    pub length: f64,
    /// Where a still picture is; may be empty.
    pub thumb: String,
    /// What its download must show; may be empty.
    pub thumb_secret: String,
}

/// Any other file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct FileBody {
    /// Where the file is.
    pub url: String,
    /// What a download must show; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: f64,
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
    /// What to do.
    pub action: String,
}

/// An application's own kind.
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
    /// What clients that do not know this kind show.
    pub msg: String,
    /// Where the file with the messages is.
    pub url: String,
    /// What a download must show; may be empty.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes; 0 where it is not known.
    pub file_length: f64,
    /// How often combined messages are nested.
    pub combine_level: f64,
}

object!(TxtBody { msg: "msg" });
object!(ImgBody {
    url: "url",
    secret: "secret",
    filename: "filename",
    file_length: "fileLength",
    width: "width",
    height: "height",
    thumb: "thumb",
    thumb_secret: "thumbSecret"
});
object!(VoiceBody {
    url: "url",
    secret: "secret",
    filename: "filename",
    file_length: "fileLength",
    length: "length"
});
object!(VideoBody {
    url: "url",
    secret: "secret",
    filename: "filename",
    file_length: "fileLength",
    length: "length",
    thumb: "thumb",
    thumb_secret: "thumbSecret"
});
object!(FileBody { url: "url", secret: "secret", filename: "filename", file_length: "fileLength" });
object!(LocBody { addr: "addr", lat: "lat", lng: "lng", building_name: "buildingName" });
object!(CmdBody { action: "action" });
object!(CustomBody { custom_event: "customEvent", custom_exts: "customExts" });
object!(CombineBody {
    title: "title",
    summary: "summary",
    msg: "msg",
    url: "url",
    secret: "secret",
    filename: "filename",
    file_length: "fileLength",
    combine_level: "combineLevel"
});

impl Write for Body {
    fn write(&self, to: &mut Vec<u8>) {
        let mut fields = Fields::new(to);
        match self {
            Self::Txt(body) => body.fields(fields.text("type", "txt")),
            Self::Img(body) => body.fields(fields.text("type", "img")),
            Self::Audio(body) => body.fields(fields.text("type", "audio")),
            Self::Video(body) => body.fields(fields.text("type", "video")),
            Self::File(body) => body.fields(fields.text("type", "file")),
            Self::Loc(body) => body.fields(fields.text("type", "loc")),
            Self::Cmd(body) => body.fields(fields.text("type", "cmd")),
            Self::Custom(body) => body.fields(fields.text("type", "custom")),
            Self::Combine(body) => body.fields(fields.text("type", "combine")),
        }
        fields.end();
    }
}

impl Read for Body {
    fn read(value: &Value) -> Option<Self> {
        Some(match value.get("type")?.as_str()? {
            "txt" => Self::Txt(Read::read(value)?),
            "img" => Self::Img(Read::read(value)?),
            "audio" => Self::Audio(Read::read(value)?),
            "video" => Self::Video(Read::read(value)?),
            "file" => Self::File(Read::read(value)?),
            "loc" => Self::Loc(Read::read(value)?),
            "cmd" => Self::Cmd(Read::read(value)?),
            "custom" => Self::Custom(Read::read(value)?),
            "combine" => Self::Combine(Read::read(value)?),
            _ => return None,
        })
    }
}

impl From<wire::Body> for Body {
    fn from(body: wire::Body) -> Self {
        match body {
            wire::Body::Text { msg } => Self::Txt(TxtBody { msg }),
            wire::Body::Image { file, width, height, thumb, thumb_secret } => Self::Img(ImgBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length as f64,
                width,
                height,
                thumb,
                thumb_secret,
            }),
            wire::Body::Audio { file, length } => Self::Audio(VoiceBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length as f64,
                length: length as f64,
            }),
            wire::Body::Video { file, length, thumb, thumb_secret } => Self::Video(VideoBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length as f64,
                length: length as f64,
                thumb,
                thumb_secret,
            }),
            wire::Body::File { file } => Self::File(FileBody {
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length as f64,
            }),
            wire::Body::Location { addr, lat, lng, building_name } => {
                Self::Loc(LocBody { addr, lat, lng, building_name })
            }
            wire::Body::Command { action } => Self::Cmd(CmdBody { action }),
            wire::Body::Custom { event, exts } => {
                Self::Custom(CustomBody { custom_event: event, custom_exts: exts })
            }
            wire::Body::Combine { file, title, summary, level, msg } => Self::Combine(CombineBody {
                title,
                summary,
                msg,
                url: file.url,
                secret: file.secret,
                filename: file.filename,
                file_length: file.file_length as f64,
                combine_level: level as f64,
            }),
        }
    }
}
