//! Do the README's commands build every dependency with the same features?
//!
//! Otherwise the second one recompiles it, and everything that depends on it.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use crate::sources::ROOT;

/// The features of each dependency, by its name and version, that these arguments of `cargo tree`
/// select.
fn features(arguments: &[&str]) -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "--locked", "--offline", "--prefix=none"])
        .args(["--format={p}\t{f}"])
        .args(arguments)
        .current_dir(ROOT)
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    let mut features: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line = line.trim_end_matches(" (*)");
        let Some((package, enabled)) = line.split_once('\t') else {
            continue;
        };
        let is_ours = package.contains(" (/");
        let enabled = enabled.split(',').filter(|feature| !feature.is_empty());
        if !is_ours {
            let known = features.entry(package.to_owned()).or_default();
            known.extend(enabled.map(str::to_owned));
        }
    }
    features
}

#[test]
fn cargo_run_and_cargo_build_share_the_dependencies_of_cargo_test() {
    let test = features(&["--edges=normal,build,dev", "--workspace"]);
    for command in [
        &["--edges=normal,build"][..],
        &["--edges=normal,build", "--workspace"],
    ] {
        let built = features(command);
        assert!(built.keys().any(|package| package.starts_with("tokio v")));
        let lacking = built.iter().filter_map(|(package, enabled)| {
            let more: Vec<_> = test[package].difference(enabled).collect();
            (!more.is_empty()).then_some((package, more))
        });
        let lacking: Vec<_> = lacking.collect();
        assert_eq!(lacking, [], "infra/workspace-hack lacks these features");
    }
}
