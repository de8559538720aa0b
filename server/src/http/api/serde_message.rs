//! Messages of serde as sentences for people who do not write Rust.

/// What is wrong with a value. Repeats names of fields and never a value, which may be a password.
pub fn sentence(message: &str) -> String {
    let (what, expected) = match message.rsplit_once(", expected ") {
        Some((what, expected)) => (what, Some(expected)),
        None => (message.split_once(", there are no").map_or(message, |(what, _)| what), None),
    };
    let name = || what.split('`').nth(1).unwrap_or_default();
    let expected = expected.map(|expected| expected.split(" at line ").next().unwrap_or_default().replace('`', ""));
    match (what.split([' ', ':']).collect::<Vec<_>>().as_slice(), expected) {
        (["missing", "field", ..], _) => format!("{} is missing.", name()),
        (["duplicate", "field", ..], _) => format!("{} is there twice.", name()),
        (["unknown", "field", ..], Some(known)) => {
            format!("There is no field {} here. The fields are {}.", name(), known.trim_start_matches("one of "))
        }
        (["unknown", "field", ..], None) => format!("There is no field {} here.", name()),
        (["invalid", "digit", ..], None) => "Expected a whole number.".to_owned(),
        (["unknown" | "invalid", ..], Some(expected)) => format!("Expected {}.", known_to_all(&expected)),
        _ => format!("{message}."),
    }
}

/// What serde expects, in the words of JSON.
fn known_to_all(expected: &str) -> &str {
    match expected {
        "a map" => "an object",
        "a sequence" => "an array",
        "a boolean" => "true or false",
        "i64" | "u64" | "u32" | "u16" => "a whole number",
        it if it.starts_with("struct ") => "an object",
        it => it,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Example {
        name: String,
        #[serde(default)]
        size: u32,
        #[serde(default)]
        inner: Option<Box<Example>>,
        #[serde(default)]
        names: Vec<String>,
    }

    #[test]
    fn each_mistake_is_a_sentence_without_the_value() {
        for (json, expected) in [
            ("{}", "name is missing."),
            (r#"{"name": "a", "uri": 1}"#, "There is no field uri here. The fields are name, size, inner, names."),
            (r#"{"name": "a", "name": "b"}"#, "name is there twice."),
            (r#"{"name": 90210}"#, "Expected a string."),
            (r#"{"name": "a", "size": "secret, expected `x`"}"#, "Expected a whole number."),
            (r#"{"name": "a", "size": -1}"#, "Expected a whole number."),
            (r#"{"name": "a", "inner": "secret"}"#, "Expected an object."),
            (r#"{"name": "a", "names": true}"#, "Expected an array."),
        ] {
            let error = serde_json::from_str::<Example>(json).unwrap_err().to_string();
            assert_eq!(sentence(&error), expected, "{error}");
        }
    }
}
