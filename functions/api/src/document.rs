//! Additions to the OpenAPI document that apply to all routes.

use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn, PathItem};
use utoipa::openapi::schema::{AnyOfBuilder, ObjectBuilder, Schema, Type};
use utoipa::openapi::{OpenApi, RefOr, Required};

/// Adds a query parameter for each id in a path ([`roster_http::ids`]).
pub fn add_ids_by_query(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let names: Vec<_> = ids(path).collect();
        for operation in operations(item) {
            let parameters = operation.parameters.get_or_insert_default();
            parameters.extend(names.iter().map(|name| by_query(name).into()));
        }
    }
}

/// Lets a response fit several of its alternatives. A list of memberships is one of organizations, too,
/// since objects may have more members than a schema names.
pub fn allow_overlaps(document: &mut OpenApi) {
    let components = document.components.iter_mut();
    for schema in components.flat_map(|components| components.schemas.values_mut()) {
        if let RefOr::T(Schema::OneOf(one_of)) = schema {
            let mut any_of = AnyOfBuilder::new().description(one_of.description.take());
            for item in one_of.items.drain(..) {
                any_of = any_of.item(item);
            }
            *schema = RefOr::T(Schema::AnyOf(any_of.build()));
        }
    }
}

/// Returns the names in the braces of a path.
fn ids(path: &str) -> impl Iterator<Item = &str> {
    let segments = path.split('/');
    segments.filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'))
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    let operations = [
        &mut item.get,
        &mut item.put,
        &mut item.post,
        &mut item.delete,
        &mut item.patch,
    ];
    operations.into_iter().flatten()
}

fn by_query(name: &str) -> Parameter {
    let description = format!(
        "The `{name}` of the path, if the path has `-` in its place. Use it for ids that a path \
        cannot carry: `.`, `..`, and ids that contain `/`, `?`, `#`, `%` or `\\`. With anything \
        but `-` in the path, the request returns 400",
    );
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .build()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::openapi;

    #[test]
    fn each_id_in_a_path_is_also_an_optional_query_parameter() {
        let document = serde_json::to_value(openapi()).unwrap();
        let mut ids = 0;
        for (path, item) in document["paths"].as_object().unwrap() {
            for operation in item.as_object().unwrap().values() {
                let parameters = operation["parameters"].as_array();
                let names = |place: &str| -> Vec<&Value> {
                    let parameters = parameters.into_iter().flatten();
                    let there = parameters.filter(|parameter| parameter["in"] == json!(place));
                    there.map(|parameter| &parameter["name"]).collect()
                };
                assert_eq!(path.matches('{').count(), names("path").len(), "{path}");
                for id in names("path") {
                    let by_query = names("query").into_iter().filter(|name| *name == id);
                    assert_eq!(by_query.count(), 1, "{path}");
                    ids += 1;
                }
            }
        }
        assert!(ids > 10);
    }
}
