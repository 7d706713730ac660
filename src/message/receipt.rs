//! The receipts that this device sends: the user read a conversation.

use crate::model::Receipt;
use prost::Message as _;
use roamkit_wire::conversation::ChatType;
use roamkit_wire::meta::{MessageBody, MessageConfig, MessageType, Meta, Namespace};
use roamkit_wire::msync::Jid;

/// The meta of a receipt: a channel ack, or a read ack of the last message that was read.
pub fn to_meta(receipt: &Receipt, app_key: &str, user: &str) -> Meta {
    let Receipt { conversation, number, message } = receipt;
    let is_group = conversation.chat_type != ChatType::Single;
    let address = if is_group { Jid::group } else { Jid::user };
    let name_only = |name: &str| Some(Jid { name: name.to_owned(), ..Jid::default() });
    let body =
        MessageBody { from: name_only(user), to: name_only(&conversation.peer), ..MessageBody::default() };
    let body = match message {
        None => MessageBody { r#type: MessageType::ChannelAck as i32, ..body },
        Some(message) => MessageBody {
            r#type: MessageType::ReadAck as i32,
            ack_message_id: *message,
            msg_config: is_group.then_some(MessageConfig { allow_group_ack: true }),
            ..body
        },
    };
    Meta {
        id: *number,
        to: Some(address(app_key, &conversation.peer)),
        ns: Namespace::Chat as i32,
        payload: body.encode_to_vec(),
        ..Meta::default()
    }
}

/// The id up to which messages are read, once the server accepted this receipt under that id.
pub fn read_up_to(receipt: &Meta, server_id: u64) -> u64 {
    match MessageBody::decode(receipt.payload.as_slice()) {
        Ok(body) if body.r#type == MessageType::ReadAck as i32 => body.ack_message_id,
        _ => server_id,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Incoming;
    use super::*;
    use crate::model::ConversationId;

    fn receipt(chat_type: ChatType, message: Option<u64>) -> Receipt {
        Receipt { conversation: ConversationId::new(chat_type, "77"), number: 5, message }
    }

    /// The receipt as the user's other devices get it from the server, which writes the sender.
    fn forwarded(receipt: &Receipt, id: u64) -> Option<Incoming> {
        let sent = to_meta(receipt, "org#app", "alice");
        Incoming::read(&Meta { id, from: Some(Jid::user("org#app", "alice")), ..sent }, "alice")
    }

    #[test]
    fn other_devices_read_what_this_device_applies_after_the_answer() {
        for chat_type in [ChatType::Single, ChatType::Group] {
            for (message, expected) in [(None, 900), (Some(33), 33)] {
                let receipt = receipt(chat_type, message);
                let read = Incoming::Read { conversation: receipt.conversation.clone(), id: expected };
                assert_eq!(forwarded(&receipt, 900), Some(read));
                assert_eq!(read_up_to(&to_meta(&receipt, "org#app", "alice"), 900), expected);
            }
        }
    }

    #[test]
    fn a_receipt_has_the_form_of_the_official_client() {
        let meta = to_meta(&receipt(ChatType::Group, Some(33)), "org#app", "alice");
        assert_eq!((meta.id, meta.ns, meta.from), (5, Namespace::Chat as i32, None));
        assert_eq!(meta.to, Some(Jid::group("org#app", "77")));
        let body = MessageBody::decode(meta.payload.as_slice()).unwrap();
        assert_eq!(body.from.map(|jid| jid.name).as_deref(), Some("alice"));
        assert_eq!(body.to.map(|jid| jid.name).as_deref(), Some("77"));
        assert_eq!(body.msg_config, Some(MessageConfig { allow_group_ack: true }));
        let channel = to_meta(&receipt(ChatType::Single, None), "org#app", "alice");
        assert_eq!(channel.to, Some(Jid::user("org#app", "77")));
        let body = MessageBody::decode(channel.payload.as_slice()).unwrap();
        assert_eq!((body.r#type, body.ack_message_id, body.msg_config), (7, 0, None));
    }
}
