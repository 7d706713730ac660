//! The content of a message, independent of its encoding.
//!
//! A [`Body`] is read from and written to protobuf ([`Content`]) and the JSON of conversation lists and REST sends.
//! Reading is lenient: a missing field is empty, and a number may come as text. Writing is exact.

use crate::ext::{self, Object};
use crate::meta::{Content, ContentType, SUB_TYPE_COMBINE, Size};
use serde_json::{Value, json};

/// A file that a message refers to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attachment {
    /// Where it is.
    pub url: String,
    /// The secret that a download must present.
    pub secret: String,
    /// Its name.
    pub filename: String,
    /// Its length in bytes.
    pub file_length: i64,
}

/// The content of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text.
    Text {
        /// The text.
        msg: String,
    },
    /// A picture.
    Image {
        /// The file.
        file: Attachment,
        /// Pixels.
        width: f64,
        /// Pixels.
        height: f64,
        /// Where a small version is; may be empty.
        thumb: String,
        /// The secret that its download must present.
        thumb_secret: String,
    },
    /// A voice recording.
    Audio {
        /// The file.
        file: Attachment,
        /// Seconds.
        length: i64,
    },
    /// A video.
    Video {
        /// The file.
        file: Attachment,
        /// Seconds.
        length: i64,
        /// Where a still picture is; may be empty.
        thumb: String,
        /// The secret that its download must present.
        thumb_secret: String,
    },
    /// Any other file.
    File {
        /// The file.
        file: Attachment,
    },
    /// A place.
    Location {
        /// Its address.
        addr: String,
        /// Degrees.
        lat: f64,
        /// Degrees.
        lng: f64,
        /// The building's name; may be empty.
        building_name: String,
    },
    /// A command for the receiving application; not shown.
    Command {
        /// The action to take.
        action: String,
    },
    /// A kind that the application defines.
    Custom {
        /// Its kind.
        event: String,
        /// Its fields.
        exts: Object,
    },
    /// Several messages forwarded as one.
    Combine {
        /// The file that holds them.
        file: Attachment,
        /// Heading.
        title: String,
        /// Short form of what is inside.
        summary: String,
        /// How deep combined messages are nested.
        level: i64,
        /// The text that clients without support for this kind show.
        msg: String,
    },
}

impl Body {
    /// The name in `msgType` filters and in the JS API's `type`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text { .. } => "txt",
            Self::Image { .. } => "img",
            Self::Audio { .. } => "audio",
            Self::Video { .. } => "video",
            Self::File { .. } => "file",
            Self::Location { .. } => "loc",
            Self::Command { .. } => "cmd",
            Self::Custom { .. } => "custom",
            Self::Combine { .. } => "combine",
        }
    }

    /// Reads a protobuf content; `None` where its type is unknown.
    pub fn from_content(content: &Content) -> Option<Self> {
        let file = || Attachment {
            url: content.remote_path.clone(),
            secret: content.secret_key.clone(),
            filename: content.display_name.clone(),
            file_length: i64::from(content.file_length),
        };
        let combine = || Self::Combine {
            file: file(),
            title: content.title.clone(),
            summary: content.summary.clone(),
            level: i64::from(content.combine_level),
            msg: content.text.clone(),
        };
        Some(match ContentType::try_from(content.r#type).ok()? {
            ContentType::Text if content.sub_type == Some(SUB_TYPE_COMBINE) => combine(),
            ContentType::Combine => combine(),
            ContentType::Text => Self::Text { msg: content.text.clone() },
            ContentType::Image => {
                let size = content.size.unwrap_or_default();
                Self::Image {
                    file: file(),
                    width: finite(size.width),
                    height: finite(size.height),
                    thumb: content.thumbnail_remote_path.clone(),
                    thumb_secret: content.thumbnail_secret_key.clone(),
                }
            }
            ContentType::Voice => Self::Audio { file: file(), length: i64::from(content.duration) },
            ContentType::Video => Self::Video {
                file: file(),
                length: i64::from(content.duration),
                thumb: content.thumbnail_remote_path.clone(),
                thumb_secret: content.thumbnail_secret_key.clone(),
            },
            ContentType::File => Self::File { file: file() },
            ContentType::Location => Self::Location {
                addr: content.address.clone(),
                lat: finite(content.latitude),
                lng: finite(content.longitude),
                building_name: content.building_name.clone(),
            },
            ContentType::Command => Self::Command { action: content.action.clone() },
            ContentType::Custom => Self::Custom {
                event: content.custom_event.clone(),
                exts: ext::from_pairs(if content.custom_exts.is_empty() {
                    &content.params
                } else {
                    &content.custom_exts
                }),
            },
        })
    }

    /// Writes the protobuf content.
    pub fn to_content(&self) -> Content {
        let of = |r#type: ContentType| Content { r#type: r#type as i32, ..Content::default() };
        let with = |r#type: ContentType, file: &Attachment| Content {
            remote_path: file.url.clone(),
            secret_key: file.secret.clone(),
            display_name: file.filename.clone(),
            file_length: i32::try_from(file.file_length).unwrap_or(i32::MAX),
            ..of(r#type)
        };
        let short = |n: i64| i32::try_from(n).unwrap_or(i32::MAX);
        match self {
            Self::Text { msg } => Content { text: msg.clone(), ..of(ContentType::Text) },
            Self::Image { file, width, height, thumb, thumb_secret } => Content {
                size: Some(Size { width: *width, height: *height }),
                thumbnail_remote_path: thumb.clone(),
                thumbnail_secret_key: thumb_secret.clone(),
                ..with(ContentType::Image, file)
            },
            Self::Audio { file, length } => {
                Content { duration: short(*length), ..with(ContentType::Voice, file) }
            }
            Self::Video { file, length, thumb, thumb_secret } => Content {
                duration: short(*length),
                thumbnail_remote_path: thumb.clone(),
                thumbnail_secret_key: thumb_secret.clone(),
                ..with(ContentType::Video, file)
            },
            Self::File { file } => with(ContentType::File, file),
            Self::Location { addr, lat, lng, building_name } => Content {
                address: addr.clone(),
                latitude: *lat,
                longitude: *lng,
                building_name: building_name.clone(),
                ..of(ContentType::Location)
            },
            Self::Command { action } => Content { action: action.clone(), ..of(ContentType::Command) },
            Self::Custom { event, exts } => Content {
                custom_event: event.clone(),
                custom_exts: ext::to_pairs(exts),
                ..of(ContentType::Custom)
            },
            Self::Combine { file, title, summary, level, msg } => Content {
                text: msg.clone(),
                title: title.clone(),
                summary: summary.clone(),
                combine_level: short(*level),
                sub_type: Some(SUB_TYPE_COMBINE),
                ..with(ContentType::Combine, file)
            },
        }
    }

    /// Reads one entry of `bodies`; `None` where its type is missing or unknown.
    pub fn from_json(body: &Value) -> Option<Self> {
        let size = |side: &str| body.get("size").map_or(0.0, |size| number(size, side));
        Some(match body.get("type")?.as_str()? {
            "txt" | "text" if text(body, "subType") == "sub_combine" => Self::combine(body),
            "combine" => Self::combine(body),
            "txt" | "text" => Self::Text { msg: text(body, "msg") },
            "img" | "image" => Self::Image {
                file: attachment(body),
                width: size("width"),
                height: size("height"),
                thumb: text(body, "thumb"),
                thumb_secret: text(body, "thumb_secret"),
            },
            "audio" => Self::Audio { file: attachment(body), length: number(body, "length") as i64 },
            "video" => Self::Video {
                file: attachment(body),
                length: number(body, "length") as i64,
                thumb: text(body, "thumb"),
                thumb_secret: text(body, "thumb_secret"),
            },
            "file" => Self::File { file: attachment(body) },
            "loc" | "location" => Self::Location {
                addr: text(body, "addr"),
                lat: number(body, "lat"),
                lng: number(body, "lng"),
                building_name: text(body, "buildingName"),
            },
            "cmd" => Self::Command { action: text(body, "action") },
            "custom" => Self::Custom { event: text(body, "customEvent"), exts: custom_exts(body) },
            _ => return None,
        })
    }

    fn combine(body: &Value) -> Self {
        Self::Combine {
            file: attachment(body),
            title: text(body, "title"),
            summary: text(body, "summary"),
            level: number(body, "combineLevel") as i64,
            msg: text(body, "msg"),
        }
    }

    /// Writes an entry of `bodies`.
    pub fn to_json(&self) -> Value {
        let file = |kind: &str, file: &Attachment| {
            json!({"type": kind, "url": file.url, "secret": file.secret, "filename": file.filename,
                   "file_length": file.file_length})
        };
        let with = |mut base: Value, more: Value| {
            if let (Some(base), Value::Object(more)) = (base.as_object_mut(), more) {
                base.extend(more);
            }
            base
        };
        match self {
            Self::Text { msg } => json!({"type": "txt", "msg": msg}),
            Self::Image { file: f, width, height, thumb, thumb_secret } => {
                let base = with(file("img", f), json!({"size": {"width": width, "height": height}}));
                if thumb.is_empty() && thumb_secret.is_empty() {
                    base
                } else {
                    with(base, json!({"thumb": thumb, "thumb_secret": thumb_secret}))
                }
            }
            Self::Audio { file: f, length } => with(file("audio", f), json!({"length": length})),
            Self::Video { file: f, length, thumb, thumb_secret } => with(
                file("video", f),
                json!({"length": length, "thumb": thumb, "thumb_secret": thumb_secret}),
            ),
            Self::File { file: f } => file("file", f),
            Self::Location { addr, lat, lng, building_name } => {
                json!({"type": "loc", "addr": addr, "lat": lat, "lng": lng, "buildingName": building_name})
            }
            Self::Command { action } => json!({"type": "cmd", "action": action}),
            Self::Custom { event, exts } => {
                let exts: Vec<Value> = exts.iter().map(|(k, v)| json!({k.as_str(): v})).collect();
                json!({"type": "custom", "customEvent": event, "customExts": exts})
            }
            Self::Combine { file: f, title, summary, level, msg } => with(
                file("txt", f),
                json!({"subType": "sub_combine", "title": title, "summary": summary,
                       "combineLevel": level, "msg": msg}),
            ),
        }
    }
}

/// JSON has no infinite number and no NaN, and no picture or place needs one.
fn finite(x: f64) -> f64 {
    if x.is_finite() { x } else { 0.0 }
}

fn attachment(body: &Value) -> Attachment {
    Attachment {
        url: text(body, "url"),
        secret: text(body, "secret"),
        filename: text(body, "filename"),
        file_length: number(body, "file_length") as i64,
    }
}

/// The fields of a custom body, which come as one object or as a list of objects.
fn custom_exts(body: &Value) -> Object {
    match body.get("customExts") {
        Some(Value::Object(fields)) => fields.clone(),
        Some(Value::Array(list)) => {
            let fields = list.iter().filter_map(Value::as_object).flatten();
            fields.map(|(name, value)| (name.clone(), value.clone())).collect()
        }
        _ => Object::new(),
    }
}

/// A field's text; a number counts as one.
fn text(body: &Value, key: &str) -> String {
    match body.get(key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// A field's number, which may come as text; 0 where there is none.
fn number(body: &Value, key: &str) -> f64 {
    match body.get(key) {
        Some(Value::Number(number)) => number.as_f64(),
        // Parsed as JSON, which has neither infinity nor NaN.
        Some(Value::String(text)) => serde_json::from_str(text).ok(),
        _ => None,
    }
    .unwrap_or(0.0)
}

/// One body of every kind, for tests on both sides of the wire.
#[doc(hidden)]
pub fn samples() -> Vec<Body> {
    let file = |name: &str| Attachment {
        url: format!("https://files.example/{name}"),
        secret: "s3cret".into(),
        filename: name.into(),
        file_length: 12_345,
    };
    let exts = json!({"sku": "A-1", "count": "2"});
    vec![
        Body::Text { msg: "hello 你好 مرحبا 👋".into() },
        Body::Image {
            file: file("cat.png"),
            width: 640.0,
            height: 480.0,
            thumb: "https://files.example/t.png".into(),
            thumb_secret: "t".into(),
        },
        Body::Audio { file: file("voice.amr"), length: 7 },
        Body::Video {
            file: file("film.mp4"),
            length: 31,
            thumb: "https://files.example/still.png".into(),
            thumb_secret: "u".into(),
        },
        Body::File { file: file("plan.pdf") },
        Body::Location {
            addr: "Karl Johans gate 1".into(),
            lat: 59.9139,
            lng: 10.7522,
            building_name: "Sentralstasjon".into(),
        },
        Body::Command { action: "refresh".into() },
        Body::Custom { event: "order".into(), exts: exts.as_object().cloned().unwrap_or_default() },
        Body::Combine {
            file: file("combined"),
            title: "Chat history".into(),
            summary: "a: hi".into(),
            level: 1,
            msg: "[chat history]".into(),
        },
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use prost::Message as _;

    #[test]
    fn every_kind_reads_back_from_both_forms() {
        for body in samples() {
            let bytes = body.to_content().encode_to_vec();
            let content = Content::decode(bytes.as_slice()).unwrap();
            assert_eq!(Body::from_content(&content).as_ref(), Some(&body));
            assert_eq!(Body::from_json(&body.to_json()), Some(body));
        }
    }

    #[test]
    fn reading_is_lenient_where_senders_differ() {
        let body = json!({"type": "custom", "customEvent": "e", "customExts": {"a": "1"}});
        assert_eq!(
            Body::from_json(&body),
            Body::from_json(&json!({"type": "custom", "customEvent": "e", "customExts": [{"a": "1"}]}))
        );
        assert_eq!(
            Body::from_json(&json!({"type": "audio", "length": "7", "file_length": 3})),
            Some(Body::Audio { file: Attachment { file_length: 3, ..Attachment::default() }, length: 7 })
        );
        assert_eq!(Body::from_json(&json!({"type": "hologram"})), None);
        assert_eq!(Body::from_json(&json!("txt")), None);
        assert_eq!(Body::from_content(&Content { r#type: 77, ..Content::default() }), None);
    }

    #[test]
    fn an_invalid_number_is_zero_in_both_forms() {
        let place = Content {
            r#type: ContentType::Location as i32,
            latitude: f64::NAN,
            longitude: f64::NEG_INFINITY,
            ..Content::default()
        };
        let place = Body::from_content(&place).unwrap();
        assert_eq!(Body::from_json(&json!({"type": "loc", "lat": "NaN", "lng": "-inf"})), Some(place));
        let size = Some(Size { width: f64::INFINITY, height: f64::NAN });
        let picture =
            Body::from_content(&Content { r#type: ContentType::Image as i32, size, ..Content::default() });
        assert_eq!(picture, Body::from_json(&json!({"type": "img"})));
    }
}
