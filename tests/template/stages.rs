//! Does each stage get what it should?

use std::collections::BTreeMap;
use std::fs;

use crate::stack::Stack;

type Section = BTreeMap<String, String>;

/// The tables of `samconfig.toml`, which holds strings and booleans only.
fn samconfig() -> BTreeMap<String, Section> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../samconfig.toml");
    let text = fs::read_to_string(path).unwrap();
    let mut sections = BTreeMap::new();
    for block in text.split("\n[").skip(1) {
        let (name, lines) = block.split_once("]\n").unwrap();
        let entries = lines.lines().filter_map(|line| line.split_once(" = "));
        let entries = entries.map(|(key, value)| {
            let value = value.split(" #").next().unwrap().trim_matches('"');
            (key.to_owned(), value.to_owned())
        });
        sections.insert(name.to_owned(), entries.collect::<Section>());
    }
    sections
}

fn deployed(environment: &str) -> Section {
    samconfig()[&format!("{environment}.deploy.parameters")].clone()
}

#[test]
fn each_stage_is_a_stack_of_its_own_with_its_tags() {
    for stage in ["dev", "staging", "prod"] {
        let section = deployed(stage);
        assert_eq!(section["stack_name"], format!("roster-{stage}"));
        assert_eq!(section["parameter_overrides"], format!("Stage={stage}"));
        let tags = format!("Application=roster Stage={stage}");
        assert_eq!(section["tags"], tags);
        assert_eq!(section["capabilities"], "CAPABILITY_IAM");
        assert_eq!(section["resolve_s3"], "true");
    }
}

#[test]
fn sam_deploys_dev_unless_told_otherwise_and_asks_before_it_changes_another_stage() {
    assert_eq!(deployed("default"), deployed("dev"));
    let asks = |stage| deployed(stage).contains_key("confirm_changeset");
    assert_eq!(["dev", "staging", "prod"].map(asks), [false, true, true]);
}

#[test]
fn sam_builds_without_being_told_anything() {
    let build = samconfig()["default.build.parameters"].clone();
    assert_eq!(build["beta_features"], "true");
}

#[test]
fn only_prod_protects_the_tables_from_deletion() {
    for table in ["Table", "HistoryTable"] {
        let protected = |stage| {
            let table = Stack::with(&[("Stage", stage)]).properties(table);
            table["DeletionProtectionEnabled"].as_bool().unwrap()
        };
        let stages = ["dev", "staging", "prod"];
        assert_eq!(stages.map(protected), [false, false, true], "{table}");
    }
}
