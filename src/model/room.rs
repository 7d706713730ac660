//! Messages and events of a chat room that the service named like a group.

use super::{ConversationType, JsonText};
use roamkit_wire::ext::RawObject;
use serde_json::value::to_raw_value;

/// The text of a message or of an event with the type of a chat room. A text that is no object stays as it is.
pub fn as_chat_room(object: &JsonText) -> JsonText {
    let (Some(mut fields), Ok(room)) =
        (object.read::<RawObject>(), to_raw_value(&ConversationType::ChatRoom))
    else {
        return object.clone();
    };
    fields.insert("conversationType".to_owned(), room);
    JsonText::of(&fields)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_type_changes() {
        let group =
            JsonText::from(br#"{"body":{"n":1e400},"conversationType":"groupChat","id":"7"}"#.to_vec());
        let room = br#"{"body":{"n":1e400},"conversationType":"chatRoom","id":"7"}"#;
        assert_eq!(as_chat_room(&group).bytes(), room);
        assert_eq!(as_chat_room(&as_chat_room(&group)).bytes(), room);
        assert_eq!(as_chat_room(&JsonText::of("x")).bytes(), br#""x""#);
    }
}
