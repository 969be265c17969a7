//! Do the guides in CONTRIBUTING name every file that such a change touches?

use crate::sources::{files, read};

const PAGE: &str = ".github/CONTRIBUTING.md";

/// The heading of each guide, and the words that identify its example in a file.
const GUIDES: [(&str, &[&str]); 5] = [
    (
        "Add a field",
        &[
            "CreatedByUserId",
            "createdByUserId",
            "created_by_user_id",
            "Field::Creator",
        ],
    ),
    (
        "Add a kind",
        &[
            "Entity::ProjectTeam",
            "Kind::ProjectTeam",
            "ProjectTeam {",
            "project team",
        ],
    ),
    ("Add an event type", &["TeamUpdated"]),
    ("Add a route", &["list_team_users"]),
    ("Add an alarm", &["OldMessagesAlarm"]),
];

/// Files that `ROSTER_WRITE=1` generates, and files that are not part of the project.
const LEFT_OUT: [&str; 7] = [
    "functions/api/openapi.json",
    "shared/domain/EVENTS.md",
    "shared/domain/schemas/",
    "shared/envelope/schemas/",
    "/tests/",
    "tests/",
    PAGE,
];

/// The text under a heading, up to the next heading.
fn section<'a>(page: &'a str, heading: &str) -> &'a str {
    let (_, after) = page.split_once(&format!("### {heading}\n")).unwrap();
    after.split("\n#").next().unwrap()
}

/// The files that contain one of these words, apart from tests and generated files.
fn with(words: &[&str]) -> Vec<String> {
    let candidates = files(&["functions", "shared", "infra", "template.yaml"]).into_iter();
    let candidates = candidates.filter(|file| {
        let out =
            |part: &&str| file.starts_with(*part) || part.starts_with('/') && file.contains(*part);
        !LEFT_OUT.iter().any(out)
    });
    candidates
        .filter(|file| {
            let text = read(file);
            words.iter().any(|word| text.contains(word))
        })
        .collect()
}

#[test]
fn each_guide_names_every_file_of_its_example() {
    let page = read(PAGE);
    for (heading, words) in GUIDES {
        let guide = section(&page, heading);
        let found = with(words);
        assert!(found.len() > 1, "{heading}: {words:?} is in {found:?}");
        let lacking = found
            .iter()
            .filter(|file| !guide.contains(&format!("`{file}`")));
        let lacking: Vec<_> = lacking.collect();
        assert!(lacking.is_empty(), "{heading} does not name {lacking:?}");
    }
}
