//! As much CBOR (RFC 8949) as CloudWatch's requests and answers here need.

use serde_json::{Map, Value};

pub(crate) fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.push(0xf6),
        Value::Bool(flag) => out.push(if *flag { 0xf5 } else { 0xf4 }),
        Value::Number(number) => head(0x00, number.as_u64().unwrap(), out),
        Value::String(text) => {
            head(0x60, text.len() as u64, out);
            out.extend(text.as_bytes());
        }
        Value::Array(list) => {
            head(0x80, list.len() as u64, out);
            for item in list {
                encode(item, out);
            }
        }
        Value::Object(map) => {
            head(0xa0, map.len() as u64, out);
            for (key, value) in map {
                encode(&Value::String(key.clone()), out);
                encode(value, out);
            }
        }
    }
}

fn head(major: u8, length: u64, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short @ 0..24) => out.push(major + short),
        Ok(byte) => out.extend([major + 24, byte]),
        Err(_) => {
            out.push(major + 27);
            out.extend(length.to_be_bytes());
        }
    }
}

pub(crate) fn decode(bytes: &[u8]) -> Value {
    if bytes.is_empty() { Value::Null } else { item(&mut bytes.iter()).unwrap_or_default() }
}

/// `None` is the break that ends a thing of indefinite length.
fn item(bytes: &mut std::slice::Iter<'_, u8>) -> Option<Value> {
    let first = *bytes.next().unwrap();
    let (major, short) = (first >> 5, first & 0x1f);
    if first == 0xff {
        return None;
    }
    let length = match short {
        24..=27 => (0..1 << (short - 24)).fold(0, |length, _| (length << 8) + usize::from(*bytes.next().unwrap())),
        31 => usize::MAX,
        _ => usize::from(short),
    };
    Some(match major {
        0 => Value::from(length),
        3 => Value::String(String::from_utf8((0..length).map(|_| *bytes.next().unwrap()).collect()).unwrap()),
        4 => {
            let mut left = length;
            Value::Array(
                std::iter::from_fn(|| (left > 0).then(|| item(bytes)).flatten().inspect(|_| left -= 1)).collect(),
            )
        }
        5 => {
            let mut map = Map::new();
            while map.len() < length {
                let Some(key) = item(bytes) else { break };
                map.insert(key.as_str().unwrap().to_owned(), item(bytes).unwrap());
            }
            Value::Object(map)
        }
        6 => item(bytes)?,
        7 if short == 20 || short == 21 => Value::Bool(short == 21),
        _ => Value::Null,
    })
}
