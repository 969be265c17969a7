//! Are the invariants of the code map true?

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise"
)]

#[path = "house/dependencies.rs"]
mod dependencies;
#[path = "house/features.rs"]
mod features;
#[path = "house/guides.rs"]
mod guides;
#[path = "house/modules.rs"]
mod modules;
#[path = "house/pages.rs"]
mod pages;
#[path = "house/sources.rs"]
mod sources;
#[path = "house/types.rs"]
mod types;

use std::process::Command;

use sources::{ROOT, files_with, read};

/// All packages that a package is built from, as cargo resolves them.
fn built_from(package: &str) -> Vec<String> {
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--package",
            package,
        ])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).unwrap();
    tree.lines()
        .filter_map(|line| line.split(' ').next().map(str::to_owned))
        .collect()
}

#[test]
fn the_dependencies_of_domain_and_envelope_are_pure() {
    for package in ["roster-domain", "roster-envelope"] {
        for name in built_from(package) {
            let impure = [
                "tokio",
                "futures",
                "hyper",
                "tracing",
                "log",
                "rand",
                "getrandom",
            ];
            assert!(
                !impure.contains(&name.as_str()),
                "{package} is built from {name}"
            );
            assert!(!name.starts_with("aws"), "{package} is built from {name}");
        }
    }
}

#[test]
fn shared_crates_have_only_the_expected_dependencies() {
    let own = |package| {
        let own = built_from(package)
            .into_iter()
            .filter(|name| name.starts_with("roster"));
        own.collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(own("roster-domain").len(), 1);
    assert_eq!(own("roster-envelope").len(), 2);
    assert_eq!(own("roster-item").len(), 2);
    assert_eq!(own("roster-table").len(), 3);
    assert_eq!(own("roster-history").len(), 4);
    assert_eq!(own("roster-queue").len(), 1);
}

#[test]
fn functions_do_not_contain_the_emulator() {
    let emulator = [
        "dynoxide",
        "rustack",
        "rusqlite",
        "libsqlite3",
        "roster-emulator",
        "roster-stack",
        "roster-cli",
    ];
    for (function, other) in [("consumer", "axum"), ("api", "aws-sdk-sqs")] {
        for name in built_from(function) {
            let carried = emulator.iter().any(|part| name.contains(part));
            assert!(!carried && name != other, "{function}: {name}");
        }
    }
}

#[test]
fn attribute_names_are_in_one_file() {
    for name in [
        "GSI1PK",
        "GSI2PK",
        "newestClock",
        "lifeKind",
        "lifeClock",
        "itemVersion",
        "createdAt",
    ] {
        let files = files_with(&format!("\"{name}\""), &["shared", "functions", "infra"]);
        assert_eq!(files, ["shared/item/src/attribute.rs"], "{name}");
    }
}

#[test]
fn attribute_names_of_the_history_are_in_one_file() {
    for name in ["historyVersion", "recordedAt", "cleared"] {
        let files = files_with(&format!("\"{name}\""), &["shared", "functions", "infra"]);
        assert_eq!(files, ["shared/history/src/attribute.rs"], "{name}");
    }
}

#[test]
fn names_of_dead_letter_attributes_are_in_one_file() {
    for name in ["ErrorCode", "ErrorMessage", "ErrorPath", "FunctionVersion"] {
        let files = files_with(&format!("\"{name}\""), &["shared", "functions", "infra"]);
        assert_eq!(files, ["shared/queue/src/attribute.rs"], "{name}");
    }
}

#[test]
fn only_the_dump_of_the_command_scans() {
    let files = files_with(".scan()", &["shared", "functions", "infra"]);
    assert_eq!(files, ["infra/cli/src/directory.rs"]);
}

#[test]
fn only_recording_and_applying_events_writes_the_tables() {
    let folders = ["shared", "functions", "infra"];
    assert_eq!(
        files_with(".update_item()", &folders),
        ["shared/table/src/apply.rs"]
    );
    assert_eq!(
        files_with(".batch_execute_statement()", &folders),
        ["shared/history/src/insert.rs"]
    );
    for other in [
        "execute_statement",
        "execute_transaction",
        "put_item",
        "delete_item",
        "batch_write_item",
        "transact_write_items",
    ] {
        assert_eq!(
            files_with(&format!(".{other}()"), &folders),
            [""; 0],
            "{other}"
        );
    }
}

#[test]
fn only_the_table_and_queue_crates_inspect_sdk_errors() {
    for word in ["as_service_error", "ProvideErrorMetadata", "SdkError"] {
        let files = files_with(word, &["shared", "functions"]);
        let allowed = ["shared/table/", "shared/queue/"];
        let is_allowed = |file: &String| allowed.iter().any(|folder| file.starts_with(folder));
        assert!(files.iter().all(is_allowed), "{files:?}");
    }
}

#[test]
fn one_file_reads_the_wall_clock_and_one_per_function_the_environment() {
    let folders = ["shared", "functions"];
    assert_eq!(
        files_with("SystemTime::now", &folders),
        [
            "functions/consumer/src/handler.rs",
            "shared/http/src/clock.rs"
        ]
    );
    assert_eq!(
        files_with("env::var", &folders),
        [
            "functions/api/src/main.rs",
            "functions/consumer/src/main.rs"
        ]
    );
}

/// The SDK logs bodies at the level trace; `tests/privacy.rs` checks the levels above it.
#[test]
fn the_shipped_functions_cannot_log_at_the_level_trace() {
    for function in ["api", "consumer"] {
        let manifest = read(&format!("functions/{function}/Cargo.toml"));
        assert!(manifest.contains("release_max_level_debug"), "{function}");
    }
}
