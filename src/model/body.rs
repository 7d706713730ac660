//! What a message says: from either form on the wire to the JSON that applications see, without a stop between. Kinds and
//! fields are a table; in code, with a structure for each kind, they were 5 KB of the package.

use super::own;
use roamkit_wire::body;
use roamkit_wire::compact::{Message as _, Slot};
use roamkit_wire::json::{self, Fields, Json};
use roamkit_wire::meta::{Content, ContentType, SUB_TYPE_COMBINE};

/// A body as it came.
pub enum Source<'a> {
    /// In protobuf.
    Content(&'a mut Content),
    /// In a list.
    Json(Json<'a>),
}

/// A field: its name for applications, in lists, and its tag in protobuf.
struct Field(&'static str, &'static str, u32, What);

#[derive(Clone, Copy, PartialEq)]
enum What {
    /// The kind's name.
    Kind,
    Text,
    Number,
    /// A number without a fraction.
    Whole,
    /// A side of what has a size.
    Side,
    /// An application's own fields.
    Own,
}

const TYPE: Field = Field("type", "", 0, What::Kind);
const ACTION: Field = Field("action", "action", 10, What::Text);
const ADDR: Field = Field("addr", "addr", 5, What::Text);
const BUILDING_NAME: Field = Field("buildingName", "buildingName", 21, What::Text);
const COMBINE_LEVEL: Field = Field("combineLevel", "combineLevel", 25, What::Whole);
const CUSTOM_EVENT: Field = Field("customEvent", "customEvent", 19, What::Text);
const CUSTOM_EXTS: Field = Field("customExts", "customExts", 20, What::Own);
const FILE_LENGTH: Field = Field("fileLength", "file_length", 9, What::Whole);
const FILENAME: Field = Field("filename", "filename", 6, What::Text);
const HEIGHT: Field = Field("height", "height", 2, What::Side);
const LAT: Field = Field("lat", "lat", 3, What::Number);
const LENGTH: Field = Field("length", "length", 12, What::Whole);
const LNG: Field = Field("lng", "lng", 4, What::Number);
const MSG: Field = Field("msg", "msg", 2, What::Text);
const SECRET: Field = Field("secret", "secret", 8, What::Text);
const SUMMARY: Field = Field("summary", "summary", 24, What::Text);
const THUMB: Field = Field("thumb", "thumb", 14, What::Text);
const THUMB_SECRET: Field = Field("thumbSecret", "thumb_secret", 15, What::Text);
const TITLE: Field = Field("title", "title", 23, What::Text);
const URL: Field = Field("url", "url", 7, What::Text);
const WIDTH: Field = Field("width", "width", 1, What::Side);

/// A kind: its name for applications, the other one that lists have for it, and its fields in the order of their names, as
/// [`json::write`] would write them: what is read and written again is the same then.
struct Kind(&'static str, &'static str, &'static [Field]);

/// In the order of [`ContentType`].
static KINDS: [Kind; 9] = [
    Kind("txt", "text", &[MSG, TYPE]),
    Kind("img", "image", &[FILE_LENGTH, FILENAME, HEIGHT, SECRET, THUMB, THUMB_SECRET, TYPE, URL, WIDTH]),
    Kind("video", "", &[FILE_LENGTH, FILENAME, LENGTH, SECRET, THUMB, THUMB_SECRET, TYPE, URL]),
    Kind("loc", "location", &[ADDR, BUILDING_NAME, LAT, LNG, TYPE]),
    Kind("audio", "", &[FILE_LENGTH, FILENAME, LENGTH, SECRET, TYPE, URL]),
    Kind("file", "", &[FILE_LENGTH, FILENAME, SECRET, TYPE, URL]),
    Kind("cmd", "", &[ACTION, TYPE]),
    Kind("custom", "", &[CUSTOM_EVENT, CUSTOM_EXTS, TYPE]),
    Kind("combine", "", &[COMBINE_LEVEL, FILE_LENGTH, FILENAME, MSG, SECRET, SUMMARY, TITLE, TYPE, URL]),
];
const TEXT: usize = ContentType::Text as usize;
const COMBINE: usize = ContentType::Combine as usize;
const COMMAND: usize = ContentType::Command as usize;

/// What a body is, once it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Whether it is for the application, and not shown to people.
    pub is_command: bool,
}

impl Source<'_> {
    /// Writes its JSON; `None` where its kind is missing or not known here.
    pub fn write(&mut self, to: &mut Vec<u8>) -> Option<Written> {
        let at = self.kind()?;
        let Kind(name, _, fields) = KINDS.get(at)?;
        let mut body = Fields::new(to);
        for field in *fields {
            let to = body.name(field.0);
            match field.3 {
                What::Kind => json::write_text(name, to),
                _ => self.write_field(field, to),
            }
        }
        body.end();
        Some(Written { is_command: at == COMMAND })
    }

    fn kind(&self) -> Option<usize> {
        let (at, combined) = match self {
            Self::Content(content) => {
                (usize::try_from(content.r#type).ok()?, content.sub_type == Some(SUB_TYPE_COMBINE))
            }
            Self::Json(value) => {
                let name = value.get("type")?.text().filter(|name| !name.is_empty())?;
                let at = KINDS.iter().position(|kind| kind.0 == name || kind.1 == name)?;
                (at, body::text(*value, "subType") == "sub_combine")
            }
        };
        Some(if at == TEXT && combined { COMBINE } else { at })
    }

    fn write_field(&mut self, Field(_, name, tag, what): &Field, to: &mut Vec<u8>) {
        let number = match self {
            Self::Content(content) => {
                if *what == What::Own {
                    let named =
                        if content.custom_exts.is_empty() { &content.params } else { &content.custom_exts };
                    return own::write_pairs(named, to);
                }
                let slot = match what {
                    What::Side => content.size.get_or_insert_default().slot(*tag),
                    _ => content.slot(*tag),
                };
                match slot {
                    Slot::Text(text) => return json::write_text(text, to),
                    Slot::I32(number) => f64::from(*number),
                    Slot::Double(number) => body::finite(*number),
                    _ => 0.0,
                }
            }
            Self::Json(value) => match what {
                What::Own => return own::write(&mut body::custom_exts(*value).into_iter(), to),
                What::Text => return json::write_text(&body::text(*value, name), to),
                What::Side => value.get("size").map_or(0.0, |size| body::number(size, name)),
                _ => body::number(*value, name),
            },
        };
        json::write_number(if *what == What::Whole { number.trunc() } else { number }, to);
    }
}
