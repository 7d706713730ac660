//! Protobuf in and out of the messages, in a fraction of the code that `prost` makes for them: one reader and one
//! writer for all, which ask a message where its fields are. For the browser, which downloads it; a server has no
//! reason not to use [`prost`], and the tests let each read what the other writes.

use crate::meta::{Content, MessageBody, Meta, Size};
use crate::msync::{
    CommNotice, CommSyncDl, CommSyncUl, CommUnreadDl, Jid, KeyValue, Logout, MSync, MetaQueue, Provision,
    RedirectInfo, StatisticsBody, Status, Value,
};

/// The bytes are none of that message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are no such message")]
pub struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// The largest tag of all.
const LAST_TAG: u32 = 25;

/// A message that has a form on the wire.
pub trait Message {
    /// Where that field is.
    fn slot(&mut self, tag: u32) -> Slot<'_>;

    /// Reads one.
    fn decode(bytes: &[u8]) -> Result<Self>
    where
        Self: Default + Sized,
    {
        let mut message = Self::default();
        read(bytes, &mut message)?;
        Ok(message)
    }

    /// Writes it.
    fn encode_to_vec(mut self) -> Vec<u8>
    where
        Self: Sized,
    {
        let mut bytes = Vec::new();
        write(&mut self, &mut bytes);
        bytes
    }
}

/// Where a field is, and what it is.
#[allow(missing_docs, reason = "the names say it")]
pub enum Slot<'a> {
    Unknown,
    U64(&'a mut u64),
    U32(&'a mut u32),
    I32(&'a mut i32),
    Flag(&'a mut bool),
    Double(&'a mut f64),
    Text(&'a mut String),
    Bytes(&'a mut Vec<u8>),
    MaybeU64(&'a mut Option<u64>),
    MaybeI32(&'a mut Option<i32>),
    Numbers(&'a mut Vec<i32>),
    Texts(&'a mut Vec<String>),
    Messages(&'a mut dyn Messages),
    Value(&'a mut Option<Value>),
}

/// One message or none, or any number of them.
pub trait Messages {
    /// Where the next one that is read goes.
    fn next(&mut self) -> &mut dyn Message;
    /// One of those that are there.
    fn at(&mut self, at: usize) -> Option<&mut dyn Message>;
}

impl<M: Message + Default> Messages for Option<M> {
    fn next(&mut self) -> &mut dyn Message {
        self.get_or_insert_default()
    }

    fn at(&mut self, at: usize) -> Option<&mut dyn Message> {
        self.as_mut().filter(|_| at == 0).map(|message| message as &mut dyn Message)
    }
}

impl<M: Message + Default> Messages for Vec<M> {
    fn next(&mut self) -> &mut dyn Message {
        let at = self.len();
        self.push(M::default());
        &mut self[at]
    }

    fn at(&mut self, at: usize) -> Option<&mut dyn Message> {
        self.get_mut(at).map(|message| message as &mut dyn Message)
    }
}

macro_rules! slots {
    ($($kind:ty => $slot:ident)*) => {$(
        impl<'a> From<&'a mut $kind> for Slot<'a> {
            fn from(field: &'a mut $kind) -> Self {
                Self::$slot(field)
            }
        }
    )*};
}

slots! {
    u64 => U64
    u32 => U32
    i32 => I32
    bool => Flag
    f64 => Double
    String => Text
    Vec<u8> => Bytes
    Option<u64> => MaybeU64
    Option<i32> => MaybeI32
    Vec<i32> => Numbers
    Vec<String> => Texts
    Option<Value> => Value
}

macro_rules! messages {
    ($($message:ty)*) => {$(
        impl<'a> From<&'a mut $message> for Slot<'a> {
            fn from(field: &'a mut $message) -> Self {
                Self::Messages(field)
            }
        }
    )*};
}

messages! {
    Option<Jid> Option<Meta> Option<Size> Option<Status>
    Vec<Content> Vec<KeyValue> Vec<Meta> Vec<MetaQueue> Vec<RedirectInfo>
}

macro_rules! fields {
    ($($message:ident { $($tag:pat => $field:ident),* })*) => {$(
        impl Message for $message {
            fn slot(&mut self, tag: u32) -> Slot<'_> {
                match tag {
                    $($tag => (&mut self.$field).into(),)*
                    _ => Slot::Unknown,
                }
            }
        }
    )*};
}

fields! {
    Jid { 1 => app_key, 2 => name, 3 => domain, 4 => client_resource }
    MSync {
        1 => version, 2 => guid, 3 => auth, 4 => compress, 5 => crypto, 6 => user_agent, 7 => pov, 8 => command,
        9 => payload, 10 => device_id, 11 => encrypt_type, 12 => encrypt_key, 20 => trace_id
    }
    Provision {
        1 => os_type, 2 => version, 3 => network_type, 4 => app_sign, 5 => compress_type, 6 => encrypt_type,
        7 => encrypt_key, 8 => status, 9 => device_uuid, 10 => is_manual_login, 11 => password, 12 => device_name,
        13 => resource, 14 => auth, 16 => service_id, 17 => action_version, 18 => auth_token,
        19 => os_custom_value, 20 => session_id, 21 => reason, 22 => protocol_compress_type,
        23 => protocol_compress_direction
    }
    Status { 1 => error_code, 2 => reason, 3 => redirect_info }
    RedirectInfo { 1 => host, 2 => port }
    CommUnreadDl { 1 => status, 2 => unread, 3 => timestamp }
    MetaQueue { 1 => queue, 2 => n }
    CommNotice { 1 => queue }
    CommSyncUl { 1 => meta, 2 => key, 3 => queue, 4 => is_roam, 5 => last_full_roam_key }
    CommSyncDl {
        1 => status, 2 => meta_id, 3 => server_id, 4 => metas, 5 => next_key, 6 => queue, 7 => is_last,
        8 => timestamp, 9 => is_roam
    }
    Logout { 1 => session_id, 2 => reason, 3 => status }
    StatisticsBody { 1 => operation, 10 => reason }
    KeyValue { 1 => key, 2 => r#type, 3..=6 => value }
    Meta {
        1 => id, 2 => from, 3 => to, 4 => timestamp, 5 => ns, 6 => payload, 7 => routetype, 8 => ext, 9 => meta,
        10 => directed_users
    }
    MessageBody {
        1 => r#type, 2 => from, 3 => to, 4 => contents, 5 => ext, 6 => ack_message_id, 9 => meta,
        11 => edit_message_id, 12 => edit_scope
    }
    Size { 1 => width, 2 => height }
    Content {
        1 => r#type, 2 => text, 3 => latitude, 4 => longitude, 5 => address, 6 => display_name, 7 => remote_path,
        8 => secret_key, 9 => file_length, 10 => action, 11 => params, 12 => duration, 13 => size,
        14 => thumbnail_remote_path, 15 => thumbnail_secret_key, 16 => thumbnail_display_name,
        17 => thumbnail_file_length, 18 => thumbnail_size, 19 => custom_event, 20 => custom_exts,
        21 => building_name, 22 => sub_type, 23 => title, 24 => summary, 25 => combine_level
    }
}

/// A field as it stands on the wire.
enum Field<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Fixed32([u8; 4]),
    Bytes(&'a [u8]),
}

impl<'a> Field<'a> {
    fn varint(self) -> Result<u64> {
        match self {
            Self::Varint(number) => Ok(number),
            _ => Err(Malformed),
        }
    }

    fn double(self) -> Result<f64> {
        match self {
            Self::Fixed64(bytes) => Ok(f64::from_le_bytes(bytes)),
            _ => Err(Malformed),
        }
    }

    fn bytes(self) -> Result<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Ok(bytes),
            _ => Err(Malformed),
        }
    }

    fn text(self) -> Result<String> {
        str::from_utf8(self.bytes()?).map(str::to_owned).map_err(|_| Malformed)
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> Result<&'a [u8]> {
    let (taken, rest) = bytes.split_at_checked(count).ok_or(Malformed)?;
    *bytes = rest;
    Ok(taken)
}

fn take_array<const N: usize>(bytes: &mut &[u8]) -> Result<[u8; N]> {
    take(bytes, N)?.try_into().map_err(|_| Malformed)
}

fn take_varint(bytes: &mut &[u8]) -> Result<u64> {
    let mut number = 0;
    for at in 0..10 {
        let byte = take(bytes, 1)?[0];
        number |= u64::from(byte & 0x7f) << (7 * at);
        if byte < 0x80 {
            // The tenth has room for one bit.
            return if at == 9 && byte > 1 { Err(Malformed) } else { Ok(number) };
        }
    }
    Err(Malformed)
}

fn read(mut bytes: &[u8], message: &mut dyn Message) -> Result<()> {
    while !bytes.is_empty() {
        let key = u32::try_from(take_varint(&mut bytes)?).map_err(|_| Malformed)?;
        let field = match key & 7 {
            0 => Field::Varint(take_varint(&mut bytes)?),
            1 => Field::Fixed64(take_array(&mut bytes)?),
            2 => {
                let length = usize::try_from(take_varint(&mut bytes)?).map_err(|_| Malformed)?;
                Field::Bytes(take(&mut bytes, length)?)
            }
            5 => Field::Fixed32(take_array(&mut bytes)?),
            // Groups are of a time before this wire.
            _ => return Err(Malformed),
        };
        let tag = key >> 3;
        if tag == 0 {
            return Err(Malformed);
        }
        match message.slot(tag) {
            Slot::Unknown => {}
            Slot::U64(to) => *to = field.varint()?,
            Slot::U32(to) => *to = field.varint()? as u32,
            Slot::I32(to) => *to = field.varint()? as i32,
            Slot::Flag(to) => *to = field.varint()? != 0,
            Slot::Double(to) => *to = field.double()?,
            Slot::Text(to) => *to = field.text()?,
            Slot::Bytes(to) => *to = field.bytes()?.to_vec(),
            Slot::MaybeU64(to) => *to = Some(field.varint()?),
            Slot::MaybeI32(to) => *to = Some(field.varint()? as i32),
            Slot::Numbers(to) => match field {
                Field::Bytes(mut packed) => {
                    while !packed.is_empty() {
                        to.push(take_varint(&mut packed)? as i32);
                    }
                }
                field => to.push(field.varint()? as i32),
            },
            Slot::Texts(to) => to.push(field.text()?),
            Slot::Messages(to) => read(field.bytes()?, to.next())?,
            Slot::Value(to) => {
                *to = Some(match (tag, field) {
                    (3, field) => Value::Varint(field.varint()? as i64),
                    (4, Field::Fixed32(bytes)) => Value::Float(f32::from_le_bytes(bytes)),
                    (5, field) => Value::Double(field.double()?),
                    (6, field) => Value::Text(field.text()?),
                    _ => return Err(Malformed),
                });
            }
        }
    }
    Ok(())
}

fn put_varint(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

/// One that is not there, or as it is when nothing is said, is left out.
fn put_number(tag: u32, number: Option<u64>, to: &mut Vec<u8>) {
    if let Some(number) = number {
        put_varint(u64::from(tag << 3), to);
        put_varint(number, to);
    }
}

fn put_bytes(tag: u32, bytes: &[u8], to: &mut Vec<u8>) {
    put_varint(u64::from(tag << 3 | 2), to);
    put_varint(bytes.len() as u64, to);
    to.extend_from_slice(bytes);
}

fn put_some(tag: u32, bytes: &[u8], to: &mut Vec<u8>) {
    if !bytes.is_empty() {
        put_bytes(tag, bytes, to);
    }
}

fn put_double(tag: u32, number: f64, to: &mut Vec<u8>) {
    put_varint(u64::from(tag << 3 | 1), to);
    to.extend_from_slice(&number.to_le_bytes());
}

fn write(message: &mut dyn Message, to: &mut Vec<u8>) {
    let said = |number: u64| Some(number).filter(|number| *number != 0);
    for tag in 1..=LAST_TAG {
        match message.slot(tag) {
            Slot::Unknown => {}
            Slot::U64(number) => put_number(tag, said(*number), to),
            Slot::U32(number) => put_number(tag, said((*number).into()), to),
            Slot::I32(number) => put_number(tag, said(i64::from(*number) as u64), to),
            Slot::Flag(flag) => put_number(tag, said((*flag).into()), to),
            Slot::Double(number) if *number == 0.0 => {}
            Slot::Double(number) => put_double(tag, *number, to),
            Slot::Text(text) => put_some(tag, text.as_bytes(), to),
            Slot::Bytes(bytes) => put_some(tag, bytes, to),
            Slot::MaybeU64(number) => put_number(tag, *number, to),
            Slot::MaybeI32(number) => put_number(tag, number.map(|number| i64::from(number) as u64), to),
            Slot::Numbers(numbers) => {
                for number in numbers {
                    put_number(tag, Some(i64::from(*number) as u64), to);
                }
            }
            Slot::Texts(texts) => texts.iter().for_each(|text| put_bytes(tag, text.as_bytes(), to)),
            Slot::Messages(messages) => {
                let mut at = 0;
                while let Some(message) = messages.at(at) {
                    let mut bytes = Vec::new();
                    write(message, &mut bytes);
                    put_bytes(tag, &bytes, to);
                    at += 1;
                }
            }
            Slot::Value(value) => match (tag, value) {
                (3, Some(Value::Varint(number))) => put_number(tag, Some(*number as u64), to),
                (4, Some(Value::Float(number))) => {
                    put_varint(u64::from(tag << 3 | 5), to);
                    to.extend_from_slice(&number.to_le_bytes());
                }
                (5, Some(Value::Double(number))) => put_double(tag, *number, to),
                (6, Some(Value::Text(text))) => put_bytes(tag, text.as_bytes(), to),
                _ => {}
            },
        }
    }
}

#[cfg(all(test, not(target_arch = "wasm32")))]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may fail")]

    use super::*;
    use proptest::prelude::*;
    use proptest::test_runner::TestRng;

    /// Fills a message at random, through the very slots under test; what those are is `prost`'s to say.
    fn fill(message: &mut dyn Message, random: &mut TestRng, depth: u32) {
        let number = |random: &mut TestRng| match random.random_range(0..4) {
            0 => 0,
            1 => random.random_range(0..300),
            2 => random.random(),
            _ => u64::MAX,
        };
        let text = |random: &mut TestRng| ["", "a", "häj 你好", "\0"][random.random_range(0..4)].to_owned();
        for tag in 1..=LAST_TAG {
            match message.slot(tag) {
                Slot::Unknown => {}
                Slot::U64(to) => *to = number(random),
                Slot::U32(to) => *to = number(random) as u32,
                Slot::I32(to) => *to = number(random) as i32,
                Slot::Flag(to) => *to = random.random(),
                Slot::Double(to) => *to = [0.0, -0.5, 1e300, f64::INFINITY][random.random_range(0..4)],
                Slot::Text(to) => *to = text(random),
                Slot::Bytes(to) => *to = text(random).into_bytes(),
                Slot::MaybeU64(to) => *to = random.random::<bool>().then(|| number(random)),
                Slot::MaybeI32(to) => *to = random.random::<bool>().then(|| number(random) as i32),
                Slot::Numbers(to) => {
                    to.extend((0..random.random_range(0..3)).map(|_| number(random) as i32));
                }
                Slot::Texts(to) => to.extend((0..random.random_range(0..3)).map(|_| text(random))),
                Slot::Messages(to) => {
                    for _ in 0..random.random_range(0..3) * depth.min(1) {
                        fill(to.next(), random, depth - 1);
                    }
                }
                Slot::Value(to) => {
                    *to = match random.random_range(0..5) {
                        0 => None,
                        1 => Some(Value::Varint(number(random) as i64)),
                        2 => Some(Value::Float(1.5)),
                        3 => Some(Value::Double(0.0)),
                        _ => Some(Value::Text(text(random))),
                    };
                }
            }
        }
    }

    fn agree<M>(random: &mut TestRng, noise: &[u8])
    where
        M: Message + prost::Message + Default + Clone + PartialEq + std::fmt::Debug,
    {
        let mut message = M::default();
        fill(&mut message, random, 3);
        let theirs = prost::Message::encode_to_vec(&message);
        assert_eq!(Message::encode_to_vec(message.clone()), theirs);
        assert_eq!(<M as Message>::decode(&theirs), Ok(message));
        for bytes in [noise, &[&theirs, noise].concat(), &theirs[theirs.len() / 2..]] {
            let expected = <M as prost::Message>::decode(bytes).ok();
            match <M as Message>::decode(bytes) {
                // Not a number is no number's equal.
                Ok(read) => assert_eq!(format!("{:?}", Some(read)), format!("{expected:?}")),
                Err(Malformed) => {
                    let group = |byte: &u8| matches!(byte & 7, 3 | 4);
                    assert!(expected.is_none() || bytes.iter().any(group), "{bytes:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn it_reads_and_writes_what_prost_does(
            seed in any::<u64>(),
            noise in prop::collection::vec(prop_oneof![any::<u8>(), 0_u8..0x40], 0..24),
        ) {
            let random = &mut rng(seed);
            agree::<MSync>(random, &noise);
            agree::<Provision>(random, &noise);
            agree::<CommUnreadDl>(random, &noise);
            agree::<CommNotice>(random, &noise);
            agree::<CommSyncUl>(random, &noise);
            agree::<CommSyncDl>(random, &noise);
            agree::<Logout>(random, &noise);
            agree::<StatisticsBody>(random, &noise);
            agree::<Meta>(random, &noise);
            agree::<MessageBody>(random, &noise);
        }
    }

    fn rng(seed: u64) -> TestRng {
        let bytes: Vec<u8> = seed.to_le_bytes().repeat(4);
        TestRng::from_seed(prop::test_runner::RngAlgorithm::ChaCha, &bytes)
    }

    #[test]
    fn every_field_has_a_slot() {
        // A field that `prost` writes and that no slot knows would be lost.
        let mut content = Content::default();
        fill(&mut content, &mut rng(7), 2);
        let mut seen = 0;
        for tag in 1..=LAST_TAG {
            seen += u32::from(!matches!(content.slot(tag), Slot::Unknown));
        }
        assert_eq!(seen, LAST_TAG);
    }
}
