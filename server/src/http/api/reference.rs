//! What the page about the API shows, read from its OpenAPI document.

use super::open_api_document;
use app::{ApiAnswer, ApiField, ApiOperation, ApiReference, ApiSchema};
use serde_json::{Map, Value};
use std::sync::LazyLock;

/// The name of the type that every error has, which each operation need not repeat.
const PROBLEM: &str = "Problem";

/// The whole description.
pub fn reference() -> &'static ApiReference {
    static REFERENCE: LazyLock<ApiReference> = LazyLock::new(read);
    &REFERENCE
}

fn read() -> ApiReference {
    // The document is made of plain types, which always serialise.
    let document = serde_json::to_value(open_api_document()).unwrap_or_default();
    let mut operations = Vec::new();
    for (path, item) in entries(&document["paths"]) {
        for (method, operation) in entries(item) {
            operations.push(self::operation(path, method, operation));
        }
    }
    let schemas = entries(&document["components"]["schemas"]).filter(|(name, _)| !name.contains('_'));
    ApiReference {
        introduction: text(&document["info"]["description"]).replace('`', ""),
        operations,
        schemas: schemas.map(|(name, schema)| self::schema(name, schema)).collect(),
    }
}

fn operation(path: &str, method: &str, operation: &Value) -> ApiOperation {
    let parameters = operation["parameters"].as_array().into_iter().flatten().map(|parameter| ApiField {
        name: text(&parameter["name"]),
        kind: text(&parameter["in"]),
        description: text(&parameter["description"]),
        required: parameter["required"] == true,
    });
    let answers = entries(&operation["responses"]).map(|(status, answer)| ApiAnswer {
        status: status.to_owned(),
        description: text(&answer["description"]),
        schema: media(answer).map(schema_name).filter(|name| name != PROBLEM).unwrap_or_default(),
    });
    let body = &operation["requestBody"];
    ApiOperation {
        tag: text(&operation["tags"][0]),
        method: method.to_uppercase(),
        path: path.to_owned(),
        description: [text(&operation["summary"]), text(&operation["description"])].join(" ").trim().replace('`', ""),
        parameters: parameters.collect(),
        body: media(body).map(schema_name).filter(|name| !name.is_empty()),
        answers: answers.collect(),
    }
}

fn schema(name: &str, schema: &Value) -> ApiSchema {
    // A flattened type is a part of all of it.
    let parts: Vec<_> = match schema["allOf"].as_array() {
        Some(parts) => parts.iter().collect(),
        None => vec![schema],
    };
    let mut fields = Vec::new();
    for part in parts {
        let required: Vec<_> = part["required"].as_array().into_iter().flatten().map(text).collect();
        for (name, field) in entries(&part["properties"]) {
            fields.push(ApiField {
                required: required.contains(&name.to_owned()),
                name: name.to_owned(),
                kind: kind(field),
                description: text(&field["description"]).replace('`', ""),
            });
        }
        if let Some(of) = Some(schema_name(part)).filter(|of| !of.is_empty()) {
            let description = format!("All fields of {of}.");
            fields.push(ApiField { name: "\u{2026}".to_owned(), kind: of, description, required: true });
        }
    }
    let values: Vec<_> = schema["enum"].as_array().into_iter().flatten().map(text).collect();
    let one_of = if values.is_empty() { String::new() } else { format!(" One of {}.", values.join(", ")) };
    let description = text(&schema["description"]).replace('`', "") + &one_of;
    ApiSchema { name: name.to_owned(), description, fields }
}

/// The type of a field in a word or two.
fn kind(field: &Value) -> String {
    let alternatives = field["oneOf"].as_array().into_iter().flatten().map(schema_name).find(|name| !name.is_empty());
    let of_ref = Some(schema_name(field)).filter(|name| !name.is_empty()).or(alternatives);
    let types = match &field["type"] {
        Value::String(one) => one.clone(),
        Value::Array(several) => several.iter().map(text).collect::<Vec<_>>().join(" or "),
        _ => String::new(),
    };
    match of_ref {
        Some(name) if types == "array" => format!("list of {name}"),
        Some(name) => name,
        None => types,
    }
}

/// The schema of the first media type of a body.
fn media(body: &Value) -> Option<&Value> {
    entries(&body["content"]).next().map(|(_, media)| &media["schema"])
}

/// The name of the schema that is referred to, here or by the items of a list.
fn schema_name(schema: &Value) -> String {
    let reference = [&schema["$ref"], &schema["items"]["$ref"], &schema["properties"]["items"]["items"]["$ref"]];
    let name = reference.into_iter().find_map(Value::as_str).and_then(|path| path.rsplit('/').next());
    // A page of a list is a type of its own.
    name.unwrap_or_default().trim_start_matches("List_").to_owned()
}

fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value.as_object().into_iter().flat_map(Map::iter).map(|(key, value)| (key.as_str(), value))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
