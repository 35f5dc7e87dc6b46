//! Reads messages of protocol buffers without knowing what they are.

/// The fields of a message, as they came.
#[derive(Clone, Debug, Default)]
pub(super) struct Message(Vec<(u64, Value)>);

#[derive(Clone, Debug)]
enum Value {
    Number(u64),
    Bytes(Vec<u8>),
}

impl Message {
    fn read(mut bytes: &[u8]) -> Self {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let value = match key & 7 {
                0 => Value::Number(varint(&mut bytes)),
                1 => Value::Number(u64::from_le_bytes(take(&mut bytes, 8).try_into().unwrap())),
                2 => {
                    let length = varint(&mut bytes) as usize;
                    Value::Bytes(take(&mut bytes, length).to_vec())
                }
                other => panic!("wire type {other}"),
            };
            fields.push((key >> 3, value));
        }
        Self(fields)
    }

    pub(super) fn number(&self, field: u64) -> Option<u64> {
        self.0.iter().find_map(|(known, value)| match value {
            Value::Number(number) if *known == field => Some(*number),
            _ => None,
        })
    }

    pub(super) fn bytes(&self, field: u64) -> Option<Vec<u8>> {
        self.0.iter().find_map(|(known, value)| match value {
            Value::Bytes(bytes) if *known == field => Some(bytes.clone()),
            _ => None,
        })
    }
}

/// What can hold messages.
pub(super) trait Holder {
    fn message(&self) -> Message;
}

impl Holder for Message {
    fn message(&self) -> Message {
        self.clone()
    }
}

impl Holder for [u8] {
    fn message(&self) -> Message {
        Message::read(self)
    }
}

impl Holder for Vec<u8> {
    fn message(&self) -> Message {
        Message::read(self)
    }
}

/// All messages of a field.
pub(super) fn all<H: Holder + ?Sized>(holder: &H, field: u64) -> Vec<Message> {
    let fields = holder.message().0.into_iter();
    let of = fields.filter_map(|(known, value)| match value {
        Value::Bytes(bytes) if known == field => Some(Message::read(&bytes)),
        _ => None,
    });
    of.collect()
}

/// The text of a field.
pub(super) fn text(message: &Message, field: u64) -> String {
    String::from_utf8(message.bytes(field).unwrap_or_default()).unwrap()
}

fn varint(bytes: &mut &[u8]) -> u64 {
    let (mut number, mut shift) = (0, 0);
    loop {
        let byte = take(bytes, 1)[0];
        number |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return number;
        }
        shift += 7;
    }
}

fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at(count);
    *bytes = rest;
    taken
}
