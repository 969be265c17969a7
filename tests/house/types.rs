//! Does a type's name say which type it is?

use std::collections::BTreeMap;

use crate::sources::shipped;

/// Names that more than one crate may define, since they mean the same in each: the settings of a
/// function, and what is looked up in an object (private to its file) or a table.
const SHARED_NAMES: [&str; 2] = ["Config", "Key"];

/// The files that define each type, trait or alias, private ones included.
fn definitions(sources: &[(String, String)]) -> BTreeMap<&str, Vec<&str>> {
    let mut definitions: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (file, code) in sources {
        for name in code.lines().filter_map(defined) {
            definitions.entry(name).or_default().push(file.as_str());
        }
    }
    definitions
}

/// The type that a line defines. An associated type, which is indented, is none.
fn defined(line: &str) -> Option<&str> {
    let item = line.trim_start();
    let public = item.strip_prefix("pub").and_then(|rest| {
        let scope_end = rest.find(") ").filter(|_| rest.starts_with('('));
        rest.get(scope_end.map_or(0, |end| end + 1)..)
    });
    let (keyword, rest) = public.unwrap_or(item).trim_start().split_once(' ')?;
    let defines = match keyword {
        "struct" | "enum" | "trait" | "union" => true,
        "type" => item.len() == line.len(),
        _ => false,
    };
    let name = rest
        .split(|c: char| !c.is_alphanumeric() && c != '_')
        .next()?;
    (defines && name.starts_with(char::is_uppercase)).then_some(name)
}

#[test]
fn no_two_types_share_a_name() {
    let sources = shipped(&["functions", "shared", "infra"]);
    let definitions = definitions(&sources);
    assert!(definitions.len() > 200, "{}", definitions.len());
    let shared: BTreeMap<_, _> = definitions
        .iter()
        .filter(|(name, files)| files.len() > 1 && !SHARED_NAMES.contains(name))
        .collect();
    assert!(shared.is_empty(), "{shared:#?}");
    for name in SHARED_NAMES {
        assert!(definitions[name].len() > 1, "{name} is defined once");
    }
}

#[test]
fn a_name_is_found_in_every_form_of_definition() {
    for (line, name) in [
        ("struct One;", Some("One")),
        ("pub struct One<'a> {", Some("One")),
        ("    pub(super) enum One {", Some("One")),
        ("pub(crate) type One = u8;", Some("One")),
        ("pub trait One: Sync {", Some("One")),
        ("    type Output = u8;", None),
        ("/// struct One", None),
        ("publish struct One", None),
        ("let one = One;", None),
    ] {
        assert_eq!(defined(line), name, "{line}");
    }
}
