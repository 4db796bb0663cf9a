//! The description of the API (OpenAPI 3.1), made from the table. Knows no handler.

use super::door::Door;
use super::routes::{ROUTES, Route, Side, Way};
use serde_json::{Map, Value, json};

/// The description.
#[must_use]
pub fn description() -> Value {
    let mut paths = Map::new();
    for route in ROUTES.iter().filter(|route| route.side == Side::Api) {
        let entry = paths.entry(route.path).or_insert_with(|| json!({}));
        entry[method(route.way)] = operation(route);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "fleetd",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Rooms of one fleet. Times end in `_ms` and are milliseconds since 1970-01-01 UTC. \
                Nothing here can open a microphone or a camera.",
        },
        "paths": paths,
        "components": {
            "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            "schemas": {
                "Refused": {
                    "type": "object",
                    "required": ["error"],
                    "properties": { "error": { "type": "string" }, "more": { "type": ["string", "null"] } },
                },
            },
        },
    })
}

fn method(way: Way) -> &'static str {
    match way {
        Way::Get => "get",
        Way::Post => "post",
        Way::Put => "put",
        Way::Delete => "delete",
    }
}

fn operation(route: &Route) -> Value {
    let parts = route.path.split('/').filter_map(|part| {
        part.strip_prefix('{')
            .and_then(|part| part.strip_suffix('}'))
    });
    let parts: Vec<Value> = parts
        .map(|name| json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }))
        .collect();
    let refused = json!({ "$ref": "#/components/schemas/Refused" });
    let mut operation = json!({
        "operationId": format!("{:?}", route.act),
        "summary": route.says,
        "parameters": parts,
        "responses": {
            "200": { "description": "Done." },
            "default": { "description": "Refused.", "content": { "application/json": { "schema": refused } } },
        },
    });
    if let Door::Person(right) = route.door {
        operation["security"] = json!([{ "token": [right.word()] }]);
    }
    operation
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_for_programs_is_described_with_its_parts_and_its_right() {
        let all = description();
        for route in ROUTES.iter().filter(|route| route.side == Side::Api) {
            let described = &all["paths"][route.path][method(route.way)];
            assert_eq!(described["summary"], route.says);
            let parts = described["parameters"].as_array().unwrap().len();
            assert_eq!(parts, route.path.matches('{').count(), "{}", route.path);
            let safe = route.door == Door::Anyone || described["security"].is_array();
            assert!(safe, "{}", route.path);
        }
    }
}
