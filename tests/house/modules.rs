//! Is every source file compiled, and every test script run?

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::sources::{ROOT, files, read};

/// A path from the root, without `.` and `..`.
fn plain(path: &Path) -> String {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => assert!(plain.pop(), "{}", path.display()),
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain.to_str().unwrap().to_owned()
}

/// The output of `cargo metadata` for the workspace of this manifest.
pub fn metadata(manifest: &str) -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--offline",
            "--format-version",
            "1",
        ])
        .args(["--manifest-path", manifest])
        .current_dir(ROOT)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The root files of all targets of the workspace at a manifest, with the kind of each.
fn targets(manifest: &str) -> Vec<(String, String)> {
    let metadata = metadata(manifest);
    let root = Path::new(ROOT).canonicalize().unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let targets = packages.flat_map(|package| package["targets"].as_array().unwrap());
    targets
        .map(|target| {
            let path = Path::new(target["src_path"].as_str().unwrap());
            let path = path.canonicalize().unwrap();
            let kind = target["kind"][0].as_str().unwrap().to_owned();
            (plain(path.strip_prefix(&root).unwrap()), kind)
        })
        .collect()
}

/// The modules that a file declares: the name, and the path in an attribute, if any.
fn declared(source: &str) -> Vec<(&str, Option<&str>)> {
    let mut stated = None;
    let mut modules = Vec::new();
    for line in source.lines().map(str::trim) {
        if let Some(path) = line.strip_prefix("#[path = \"") {
            stated = path.strip_suffix("\"]");
        } else if let Some(name) = line.strip_suffix(';').and_then(module) {
            modules.push((name, stated.take()));
        } else if !line.starts_with("#[") {
            stated = None;
        }
    }
    modules
}

/// The name in `mod name`, `pub mod name` or `pub(crate) mod name`.
fn module(declaration: &str) -> Option<&str> {
    let (visibility, name) = declaration.split_once("mod ")?;
    (visibility.is_empty() || visibility.starts_with("pub") && !visibility.contains('"'))
        .then_some(name)
}

/// The files of the modules that a file declares, and whether each is found by a path attribute:
/// the modules of such a file are next to it, like those of a root and of `mod.rs`.
fn children(file: &str, beside: bool) -> Vec<(String, bool)> {
    let path = Path::new(file);
    let folder = path.parent().unwrap();
    let below = if beside || file.ends_with("/mod.rs") {
        folder.to_owned()
    } else {
        path.with_extension("")
    };
    let source = read(file);
    let modules = declared(&source).into_iter();
    modules
        .map(|(name, stated)| {
            let own = below.join(name).with_extension("rs");
            let path = match stated {
                Some(stated) => folder.join(stated),
                None if Path::new(ROOT).join(&own).exists() => own,
                None => below.join(name).join("mod.rs"),
            };
            (plain(&path), stated.is_some())
        })
        .collect()
}

/// Every file that is part of a target.
fn compiled() -> BTreeSet<String> {
    let manifests = ["Cargo.toml", "tests/fuzz/Cargo.toml"];
    let roots = manifests.iter().flat_map(|manifest| targets(manifest));
    let mut open: Vec<_> = roots.map(|(root, _)| (root, true)).collect();
    let mut compiled = BTreeSet::new();
    while let Some((file, beside)) = open.pop() {
        open.extend(children(&file, beside));
        compiled.insert(file);
    }
    compiled
}

#[test]
fn every_source_file_is_part_of_a_target() {
    let compiled = compiled();
    let files = files(&["functions", "shared", "infra", "tests"]).into_iter();
    let sources = files.filter(|file| file.ends_with(".rs"));
    let forgotten: Vec<_> = sources.filter(|file| !compiled.contains(file)).collect();
    assert_eq!(forgotten, [""; 0], "no target is compiled from these");
}

/// A file that is only a module of another test would run there, under another name.
#[test]
fn every_file_directly_in_tests_is_a_test_target() {
    let targets = targets("Cargo.toml").into_iter();
    let tests: BTreeSet<_> = targets
        .filter(|(_, kind)| kind == "test")
        .map(|(file, _)| file)
        .collect();
    let files = files(&["tests"]).into_iter();
    let direct = files.filter(|file| file.ends_with(".rs") && file.matches('/').count() == 1);
    let forgotten: Vec<_> = direct.filter(|file| !tests.contains(file)).collect();
    assert_eq!(
        forgotten, [""; 0],
        "declare these as [[test]] in tests/Cargo.toml"
    );
}

#[test]
fn every_script_of_the_tests_is_a_step_of_the_gate() {
    let gate = read(".ci/run");
    let runs = |script: &str| {
        let mut lines = gate.lines().map(|line| line.split(' '));
        lines.any(|mut words| words.next() == Some("step") && words.next() == Some(script))
    };
    let files = files(&["tests"]).into_iter();
    let scripts = files.filter(|file| file.ends_with(".sh") && file.matches('/').count() == 1);
    let sourced = ["tests/tools.sh", "tests/up.sh"];
    let forgotten: Vec<_> = scripts
        .filter(|file| !sourced.contains(&file.as_str()) && !runs(file))
        .collect();
    assert_eq!(forgotten, [""; 0], "no step of .ci/run runs these");
}
