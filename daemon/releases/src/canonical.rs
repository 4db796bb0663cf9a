//! The one form of a JSON value that is signed: OLPC's canonical JSON. Knows no metadata.

use serde_json::Value;

/// A number that is no whole one has no canonical form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoForm;

/// The bytes that a signature is for.
pub(crate) fn canonical(value: &Value) -> Result<Vec<u8>, NoForm> {
    let mut out = Vec::new();
    write(value, &mut out)?;
    Ok(out)
}

fn write(value: &Value, out: &mut Vec<u8>) -> Result<(), NoForm> {
    match value {
        Value::Null => out.extend(b"null"),
        Value::Bool(true) => out.extend(b"true"),
        Value::Bool(false) => out.extend(b"false"),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (None, None) => return Err(NoForm),
            (Some(_), _) | (_, Some(_)) => out.extend(number.to_string().as_bytes()),
        },
        Value::String(text) => string(text, out),
        Value::Array(all) => {
            out.push(b'[');
            for (place, one) in all.iter().enumerate() {
                comma(place, out);
                write(one, out)?;
            }
            out.push(b']');
        }
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by(|a, b| a.0.cmp(b.0));
            out.push(b'{');
            for (place, (name, one)) in fields.into_iter().enumerate() {
                comma(place, out);
                string(name, out);
                out.push(b':');
                write(one, out)?;
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn comma(place: usize, out: &mut Vec<u8>) {
    if place > 0 {
        out.push(b',');
    }
}

/// Quotes and backslashes alone are escaped; everything else stands as it is.
fn string(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text.bytes() {
        if matches!(byte, b'"' | b'\\') {
            out.push(b'\\');
        }
        out.push(byte);
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn one_value_has_one_form() {
        for (value, form) in [
            (
                json!({"b": 1, "a": [true, null, "x"]}),
                r#"{"a":[true,null,"x"],"b":1}"#,
            ),
            (json!({"a\"\\": "ä\n"}), "{\"a\\\"\\\\\":\"ä\n\"}"),
            (json!({"é": 1, "z": 2, "Z": -3}), r#"{"Z":-3,"z":2,"é":1}"#),
            (
                json!(18_446_744_073_709_551_615_u64),
                "18446744073709551615",
            ),
        ] {
            assert_eq!(String::from_utf8(canonical(&value).unwrap()).unwrap(), form);
        }
        assert_eq!(canonical(&json!([1.5])), Err(NoForm));
    }
}
