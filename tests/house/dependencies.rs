//! Does each package of the workspace depend only on those it may?

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

use crate::modules::metadata;
use crate::sources::ROOT;

/// The packages that those in a folder may depend on, and those that their tests may depend on as
/// well.
struct Rule {
    folder: &'static str,
    may_know: &'static [&'static str],
    tests_may_know: &'static [&'static str],
}

/// No function and no shared crate depends on the command, not even in tests, and testing a
/// shared crate builds no function: the tests may use the emulator, which depends on none.
const RULES: [Rule; 5] = [
    Rule {
        folder: "shared/",
        may_know: &["shared/"],
        tests_may_know: &["infra/emulator/"],
    },
    Rule {
        folder: "functions/",
        may_know: &["shared/"],
        tests_may_know: &[],
    },
    Rule {
        folder: "infra/emulator/",
        may_know: &["shared/"],
        tests_may_know: &[],
    },
    Rule {
        folder: "infra/stack/",
        may_know: &["shared/", "functions/", "infra/emulator/"],
        tests_may_know: &[],
    },
    Rule {
        folder: "infra/cli/",
        may_know: &[
            "shared/",
            "functions/",
            "infra/emulator/",
            "infra/stack/",
            "infra/workspace-hack/",
        ],
        tests_may_know: &["tests/"],
    },
];

/// A dependency on another package of the workspace, by folder.
#[derive(Debug, PartialEq, Eq)]
struct Edge {
    from: String,
    to: String,
    is_for_tests: bool,
}

/// The dependencies between packages of the workspace, as their `Cargo.toml` files declare them.
fn edges() -> Vec<Edge> {
    let metadata = metadata("Cargo.toml");
    let packages = metadata["packages"].as_array().unwrap();
    let root = Path::new(ROOT).canonicalize().unwrap();
    let folder = |path: &Value| {
        let path = Path::new(path.as_str().unwrap()).canonicalize().unwrap();
        format!("{}/", path.strip_prefix(&root).unwrap().display())
    };
    let mut folders = BTreeMap::new();
    for package in packages {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let path = manifest.parent().unwrap().to_str().unwrap();
        folders.insert(package["name"].as_str().unwrap(), folder(&path.into()));
    }
    let edges = packages.iter().flat_map(|package| {
        let from = &folders[package["name"].as_str().unwrap()];
        let own = package["dependencies"].as_array().unwrap().iter();
        let own = own.filter(|dependency| dependency["path"].is_string());
        own.map(move |dependency| Edge {
            from: from.clone(),
            to: folder(&dependency["path"]),
            is_for_tests: dependency["kind"] == "dev",
        })
    });
    edges.collect()
}

/// Whether a rule allows a dependency. Tests and benchmarks have no rule.
fn is_allowed(edge: &Edge) -> bool {
    let in_one_of = |folders: &[&str]| folders.iter().any(|f| edge.to.starts_with(f));
    let rule = RULES.iter().find(|rule| edge.from.starts_with(rule.folder));
    rule.is_none_or(|rule| {
        in_one_of(rule.may_know) || edge.is_for_tests && in_one_of(rule.tests_may_know)
    })
}

#[test]
fn packages_depend_only_on_allowed_packages() {
    let edges = edges();
    let wrong: Vec<_> = edges.iter().filter(|edge| !is_allowed(edge)).collect();
    assert!(wrong.is_empty(), "see RULES: {wrong:#?}");
    // Every rule must match a dependency: otherwise a renamed folder would escape the rules.
    for rule in &RULES {
        for known in rule.may_know.iter().chain(rule.tests_may_know) {
            let uses =
                |edge: &Edge| edge.from.starts_with(rule.folder) && edge.to.starts_with(known);
            assert!(edges.iter().any(uses), "{}: {known}", rule.folder);
        }
    }
}

#[test]
fn a_dependency_in_the_wrong_direction_is_found() {
    let edge = |from: &str, to: &str, is_for_tests| Edge {
        from: from.to_owned(),
        to: to.to_owned(),
        is_for_tests,
    };
    for (from, to) in [
        ("shared/table/", "infra/cli/"),
        ("shared/table/", "functions/consumer/"),
        ("shared/table/", "infra/stack/"),
        ("shared/table/", "tests/"),
        ("functions/api/", "infra/emulator/"),
        ("functions/api/", "functions/consumer/"),
        ("infra/emulator/", "functions/consumer/"),
        ("infra/emulator/", "infra/stack/"),
        ("infra/emulator/", "infra/cli/"),
        ("infra/stack/", "infra/cli/"),
    ] {
        for is_for_tests in [false, true] {
            let edge = edge(from, to, is_for_tests);
            assert!(!is_allowed(&edge), "{edge:?}");
        }
    }
    assert!(!is_allowed(&edge(
        "shared/table/",
        "infra/emulator/",
        false
    )));
    assert!(is_allowed(&edge("shared/table/", "infra/emulator/", true)));
}
