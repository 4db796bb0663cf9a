//! The document says what the program does: its routes are the router's, its schemas are the types', both ways.

use super::support::{Rig, client};
use super::views;
use room_api::{
    BoardAnswer, ButtonsAnswer, CanaryAnswer, CanaryRequest, ErrorCode, Failure, FleetAnswer,
    InvitationAnswer, InvitationRequest, LookLine, LookRequest, PacksAnswer, PairAnswer,
    PairRequest, PanelState, PracticeCallAnswer, PracticeCallRequest, PressAnswer, PressRequest,
    ProofReport,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

fn document() -> Value {
    serde_json::from_str(roomd::faces::OPENAPI).unwrap()
}

#[test]
fn every_route_is_documented_and_every_documented_route_exists() {
    let document = document();
    let mut written = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            written.insert((method.to_uppercase(), path.clone()));
        }
    }
    let routes = roomd::faces::routes().into_iter();
    let served: BTreeSet<_> = routes
        .map(|(method, path)| (method, path.to_owned()))
        .collect();
    assert_eq!(written, served);
}

#[tokio::test]
async fn every_documented_route_is_answered_by_the_router() {
    let rig = Rig::start_with_lan(views::base());
    for (method, path) in roomd::faces::routes() {
        let path = path
            .replace("/i18n/{name}", "/i18n/de.json")
            .replace("{name}", "panel.js")
            .replace("{code}", "mic-gone");
        let method: reqwest::Method = method.parse().unwrap();
        let base = if path.contains("pair") {
            rig.lan_url(&path)
        } else {
            rig.url(&path)
        };
        let answer = client().request(method.clone(), base).send().await.unwrap();
        assert_ne!(answer.status(), 405, "{method} {path}");
        let absent = path == "/mirror.png";
        assert!(absent || answer.status() != 404, "{method} {path}");
    }
    let other = client().put(rig.url("/api/v1/state")).send().await.unwrap();
    assert_eq!(other.status(), 405);
}

#[tokio::test]
async fn the_document_is_served_as_it_stands() {
    let rig = Rig::start(views::base());
    let answer = client()
        .get(rig.url("/api/v1/openapi.json"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), document());
}

#[tokio::test]
async fn every_state_obeys_the_schema() {
    let rig = Rig::start_with_lan(views::base());
    let page = rig.own_page().await;
    for (name, view) in views::all() {
        rig.show(view);
        let state = client()
            .get(rig.url("/api/v1/state"))
            .header("x-roomd-token", &page.token);
        let state: Value = state.send().await.unwrap().json().await.unwrap();
        check("PanelState", &state).unwrap_or_else(|wrong| panic!("{name}: {wrong}"));
    }
}

#[test]
fn everything_the_schema_allows_is_understood() {
    understood::<PanelState>("PanelState");
    understood::<PressRequest>("PressRequest");
    understood::<PressAnswer>("PressAnswer");
    understood::<PairRequest>("PairRequest");
    understood::<PairAnswer>("PairAnswer");
    understood::<Failure>("Failure");
    understood::<LookRequest>("LookRequest");
    understood::<LookLine>("LookLine");
    understood::<CanaryRequest>("CanaryRequest");
    understood::<CanaryAnswer>("CanaryAnswer");
    understood::<PacksAnswer>("PacksAnswer");
    understood::<ButtonsAnswer>("ButtonsAnswer");
    understood::<BoardAnswer>("BoardAnswer");
    understood::<FleetAnswer>("FleetAnswer");
    understood::<InvitationRequest>("InvitationRequest");
    understood::<InvitationAnswer>("InvitationAnswer");
    understood::<PracticeCallRequest>("PracticeCallRequest");
    understood::<PracticeCallAnswer>("PracticeCallAnswer");
    understood::<ProofReport>("ProofReport");
}

#[test]
fn every_error_code_is_documented() {
    let schema = document()["components"]["schemas"]["ErrorCode"]["enum"].clone();
    let codes: Vec<_> = ErrorCode::ALL.iter().map(|code| code.code()).collect();
    assert_eq!(schema, json!(codes));
}

#[test]
fn no_message_can_name_an_origin() {
    let text = roomd::faces::OPENAPI.to_lowercase();
    for word in ["\"origin\"", "\"puck\"", "\"fleet\"", "\"console\""] {
        assert!(!text.contains(word), "{word}");
    }
    let source = [
        include_str!("../../../room-api/src/press.rs"),
        include_str!("../../../room-api/src/state.rs"),
        include_str!("../../../room-api/src/trial.rs"),
    ];
    for text in source {
        for line in text
            .lines()
            .filter(|line| !line.trim_start().starts_with("//"))
        {
            let line = line.replace("CrossOrigin", "").replace("cross-origin", "");
            assert!(!line.to_lowercase().contains("origin"), "{line}");
        }
    }
}

#[test]
fn what_people_typed_or_titled_does_not_print() {
    let press: PressRequest =
        serde_json::from_value(json!({"press":"passcode","code":"s3cret"})).unwrap();
    assert!(!format!("{press:?}").contains("s3cret"));
    let pair: PairRequest = serde_json::from_value(json!({"code":"123456"})).unwrap();
    assert!(!format!("{pair:?}").contains("123456"));
}

/// Each instance made from the schema is read by the type, and what the type writes obeys the schema again.
fn understood<T: DeserializeOwned + Serialize>(name: &str) {
    let document = document();
    let made = instances(
        &document,
        &json!({ "$ref": format!("#/components/schemas/{name}") }),
    );
    assert!(!made.is_empty());
    for instance in made {
        let read: T = serde_json::from_value(instance.clone())
            .unwrap_or_else(|error| panic!("{name}: {error} in {instance}"));
        check(name, &serde_json::to_value(read).unwrap()).unwrap();
    }
}

fn check(name: &str, value: &Value) -> Result<(), String> {
    let document = document();
    obeys(
        &document,
        &json!({ "$ref": format!("#/components/schemas/{name}") }),
        value,
    )
}

fn resolve<'a>(document: &'a Value, schema: &'a Value) -> &'a Value {
    match schema["$ref"].as_str() {
        Some(path) => document
            .pointer(&path[1..])
            .unwrap_or_else(|| panic!("{path} is missing")),
        None => schema,
    }
}

/// The part of JSON Schema that the document uses; anything else in it fails the test.
fn obeys(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let schema = resolve(document, schema);
    const KNOWN: [&str; 13] = [
        "type",
        "description",
        "properties",
        "required",
        "additionalProperties",
        "oneOf",
        "enum",
        "const",
        "items",
        "minimum",
        "maximum",
        "pattern",
        "minLength",
    ];
    for key in schema.as_object().unwrap().keys() {
        assert!(
            KNOWN.contains(&key.as_str()) || key == "maxLength",
            "{key} is not checked here"
        );
    }
    if let Some(options) = schema["oneOf"].as_array() {
        let fits = options
            .iter()
            .filter(|option| obeys(document, option, value).is_ok())
            .count();
        return (fits == 1)
            .then_some(())
            .ok_or(format!("{fits} options fit {value}"));
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return allowed
            .contains(value)
            .then_some(())
            .ok_or(format!("{value} is none of {allowed:?}"));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        return Err(format!("{value} is not {}", schema["const"]));
    }
    let kinds = kinds(schema);
    let kind = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    if !kinds.contains(&kind) {
        return Err(format!("{value} is no {kinds:?}"));
    }
    match value {
        Value::Number(number) => {
            let number = number.as_f64().ok_or("no number")?;
            let low = schema["minimum"].as_f64().is_none_or(|low| number >= low);
            let high = schema["maximum"].as_f64().is_none_or(|high| number <= high);
            (low && high)
                .then_some(())
                .ok_or(format!("{number} is out of range"))
        }
        Value::Array(items) => items
            .iter()
            .try_for_each(|item| obeys(document, &schema["items"], item)),
        Value::Object(fields) => object_obeys(document, schema, fields),
        _ => Ok(()),
    }
}

fn object_obeys(
    document: &Value,
    schema: &Value,
    fields: &Map<String, Value>,
) -> Result<(), String> {
    for name in schema["required"].as_array().into_iter().flatten() {
        if !fields.contains_key(name.as_str().unwrap()) {
            return Err(format!("{name} is missing"));
        }
    }
    for (name, value) in fields {
        let Some(property) = schema["properties"].get(name) else {
            return Err(format!("{name} is not in the schema"));
        };
        obeys(document, property, value).map_err(|wrong| format!("{name}: {wrong}"))?;
    }
    Ok(())
}

fn kinds(schema: &Value) -> Vec<&str> {
    match &schema["type"] {
        Value::String(kind) => vec![kind],
        Value::Array(kinds) => kinds.iter().map(|kind| kind.as_str().unwrap()).collect(),
        _ => vec!["string"],
    }
}

/// Values that together use every branch of a schema: each option, each word, each field with each of its values.
fn instances(document: &Value, schema: &Value) -> Vec<Value> {
    let schema = resolve(document, schema);
    if let Some(options) = schema["oneOf"].as_array() {
        return options
            .iter()
            .flat_map(|option| instances(document, option))
            .collect();
    }
    if let Some(words) = schema["enum"].as_array() {
        return words.clone();
    }
    if let Some(only) = schema.get("const") {
        return vec![only.clone()];
    }
    let mut made = Vec::new();
    for kind in kinds(schema) {
        match kind {
            "null" => made.push(Value::Null),
            "boolean" => made.extend([json!(false), json!(true)]),
            "number" => made.push(json!(0.5)),
            "integer" => {
                made.push(schema.get("minimum").cloned().unwrap_or(json!(0)));
                made.extend(schema.get("maximum").cloned());
            }
            "string" => made.push(json!("x")),
            "array" => {
                made.push(json!([]));
                made.extend(
                    instances(document, &schema["items"])
                        .into_iter()
                        .map(|item| json!([item])),
                );
            }
            "object" => made.extend(objects(document, schema)),
            other => panic!("no instances of {other}"),
        }
    }
    made
}

fn objects(document: &Value, schema: &Value) -> Vec<Value> {
    let properties = schema["properties"].as_object().unwrap();
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    let values: Vec<_> = properties
        .iter()
        .map(|(name, part)| (name, instances(document, part)))
        .collect();
    let plain: Map<String, Value> = values
        .iter()
        .filter(|(name, _)| required.contains(&json!(name)))
        .map(|(name, values)| ((*name).clone(), values[0].clone()))
        .collect();
    let mut made = vec![Value::Object(plain.clone())];
    for (name, values) in &values {
        for value in values {
            let mut object = plain.clone();
            object.insert((*name).clone(), value.clone());
            made.push(Value::Object(object));
        }
    }
    made
}
