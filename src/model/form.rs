//! The forms that applications see, for TypeScript. In the package they are nothing but that: a message is read, kept and
//! shown as JSON ([`super::StoredMessage`]). Tests, and what writes messages, use them as they stand.

use super::ConversationType;
use roamkit_wire::ext::Object;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tsify::Tsify;

/// Whether the user sent a message or got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Sent by the user, on this device or another.
    Send,
    /// Sent by someone else.
    Receive,
}

/// A message.
///
/// Android: `EMMessage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The message id: up to 20 digits, too many for a JS number. Android: `getMsgId()`.
    pub id: String,
    /// The conversation it stands in. Android: `conversationId()`.
    pub conversation_id: String,
    /// That conversation's type. Android: `getChatType()`.
    pub conversation_type: ConversationType,
    /// The sender's user id. Android: `getFrom()`.
    pub from: String,
    /// The receiver: a user id, group id or chat room id. Android: `getTo()`.
    pub to: String,
    /// When the server took it, in milliseconds. Android: `getMsgTime()`.
    pub timestamp: f64,
    /// Whether the user sent it or got it. Android: `direct()`.
    pub direction: Direction,
    /// What it says. Android: `getBody()`.
    pub body: Body,
    /// The sender's own fields. Android: `ext()`.
    #[tsify(type = "Record<string, unknown>")]
    pub ext: Object,
}

/// What a message says; `type` tells which kind it is.
///
/// Android: `EMMessageBody` and its subclasses.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Tsify)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Body {
    /// `JsonText`. Android: `EMTextMessageBody`.
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

/// `JsonText`.
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

impl From<&Message> for super::StoredMessage {
    fn from(form: &Message) -> Self {
        let mut value = serde_json::to_value(form).unwrap_or_default();
        value.as_object_mut().map(whole_numbers);
        value.get_mut("body").and_then(Value::as_object_mut).map(whole_numbers);
        super::JsonText::from(serde_json::to_vec(&value).unwrap_or_default()).read().unwrap_or_default()
    }
}

/// `serde` writes a fraction of zero behind every number of JS.
fn whole_numbers(fields: &mut Object) {
    for value in fields.values_mut() {
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let number = value.as_f64().filter(|number| number.fract() == 0.0 && number.abs() < EXACT);
        if let Some(whole) = number {
            *value = (whole as i64).into();
        }
    }
}

impl super::StoredMessage {
    /// What it says, field by field.
    pub fn form(&self) -> Option<Message> {
        serde_json::from_slice(self.text.bytes()).ok()
    }
}
