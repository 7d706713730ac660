//! Reading the payload of a message whose texts may contain halves of surrogate pairs.

use crate::meta::MessageBody;
use crate::surrogates;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
use prost::{DecodeError, Message as _};
use std::ops::Range;

/// The fields of a protobuf message that hold texts, and those that hold messages with texts.
struct Shape {
    texts: &'static [u32],
    messages: &'static [(u32, &'static Shape)],
}

static JID: Shape = Shape { texts: &[1, 2, 3, 4], messages: &[] };
static KEY_VALUE: Shape = Shape { texts: &[1, 6], messages: &[] };
static CONTENT: Shape = Shape {
    texts: &[2, 5, 6, 7, 8, 10, 14, 15, 16, 19, 21, 23, 24],
    messages: &[(11, &KEY_VALUE), (20, &KEY_VALUE)],
};
static MESSAGE_BODY: Shape =
    Shape { texts: &[9], messages: &[(2, &JID), (3, &JID), (4, &CONTENT), (5, &KEY_VALUE)] };

impl MessageBody {
    /// Reads the payload of a meta. Halves of surrogate pairs in its texts become U+FFFD.
    pub fn from_payload(payload: &[u8]) -> Result<Self, DecodeError> {
        Self::decode(payload).or_else(|error| {
            let mut texts = Vec::new();
            find_texts(payload, 0, &MESSAGE_BODY, &mut texts)?;
            let mut repaired = payload.to_vec();
            for range in texts {
                if let Some(text) = repaired.get_mut(range) {
                    surrogates::replace_in_text(text);
                }
            }
            if repaired == payload { Err(error) } else { Self::decode(repaired.as_slice()) }
        })
    }
}

/// Finds the texts of an encoded message that begins at `offset`. Only texts may be repaired: the same bytes in a number
/// are a part of its value.
fn find_texts(
    message: &[u8],
    offset: usize,
    shape: &Shape,
    texts: &mut Vec<Range<usize>>,
) -> Result<(), DecodeError> {
    let mut rest = message;
    while !rest.is_empty() {
        let (field, wire_type) = decode_key(&mut rest)?;
        if wire_type != WireType::LengthDelimited {
            skip_field(wire_type, field, &mut rest, DecodeContext::default())?;
            continue;
        }
        let before = rest;
        skip_field(wire_type, field, &mut rest, DecodeContext::default())?;
        let mut content = before;
        decode_varint(&mut content)?;
        let start = offset + message.len() - content.len();
        let end = offset + message.len() - rest.len();
        if shape.texts.contains(&field) {
            texts.push(start..end);
        } else if let Some((_, inner)) = shape.messages.iter().find(|(message, _)| *message == field) {
            let content = content.get(..end - start).unwrap_or_default();
            find_texts(content, start, inner, texts)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::Body;
    use crate::jid::Jid;
    use crate::key_value::{KeyValue, Value};
    use crate::meta::MessageType;
    use proptest::prelude::*;

    /// A text that stands for a half until the message is encoded. It has the same length.
    const MARK: &str = "@@@";

    fn with_halves(body: &MessageBody) -> Vec<u8> {
        let mut bytes = body.encode_to_vec();
        while let Some(at) = bytes.windows(3).position(|part| part == MARK.as_bytes()) {
            bytes[at..at + 3].copy_from_slice(b"\xED\xA0\xBD");
        }
        bytes
    }

    fn body_with(text: &str) -> MessageBody {
        let pair = |key: &str| KeyValue {
            key: key.into(),
            r#type: 7,
            value: Some(Value::Text(format!("value {text}"))),
        };
        let mut content = Body::Text { msg: format!("hi {text}") }.to_content();
        content.custom_exts = vec![pair("c")];
        content.building_name = text.into();
        MessageBody {
            r#type: MessageType::Chat as i32,
            from: Some(Jid::user("demo#chat", text)),
            contents: vec![content],
            ext: vec![pair(text)],
            meta: text.into(),
            ..MessageBody::default()
        }
    }

    #[test]
    fn halves_are_replaced_in_every_text_and_nowhere_else() {
        let expected = body_with("\u{FFFD}");
        let bytes = with_halves(&body_with(MARK));
        assert!(MessageBody::decode(bytes.as_slice()).is_err());
        assert_eq!(MessageBody::from_payload(&bytes), Ok(expected));
    }

    #[test]
    fn a_number_with_the_bytes_of_a_half_keeps_its_value() {
        let id = 0x6D | (0x20 << 7) | (0x3D << 14) | (1 << 21);
        let body = MessageBody { ack_message_id: id, ..body_with(MARK) };
        let bytes = with_halves(&body);
        assert!(
            bytes.windows(4).any(|part| part == [0xED, 0xA0, 0xBD, 0x01]),
            "the number holds the bytes of a half"
        );
        assert_eq!(MessageBody::from_payload(&bytes).unwrap().ack_message_id, id);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = MessageBody::from_payload(&bytes);
        }
    }
}
