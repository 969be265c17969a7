//! Does every path in a page or a comment exist?

use std::collections::BTreeSet;
use std::path::Path;

use crate::sources::{ROOT, files, read};

/// The folders in which paths from the root begin.
const TOPS: [&str; 7] = [
    "functions/",
    "shared/",
    "infra/",
    "tests/",
    ".ci/",
    ".github/",
    ".cargo/",
];
/// Endings of files in the repository. Other files, such as a reader's events, are not checked.
const ENDINGS: [&str; 6] = [".rs", ".md", ".sh", ".yaml", ".toml", ".py"];

/// Created by a script when it finds something.
const MADE_LATER: &str = "tests/fuzz/regressions";

/// The words between two marks on one line.
fn between<'a>(text: &'a str, open: &str, close: char) -> Vec<&'a str> {
    let spans = text.lines().flat_map(|line| {
        let parts = line.split(open).skip(1);
        parts.filter_map(|part| part.split(close).next())
    });
    spans.flat_map(str::split_whitespace).collect()
}

fn is_like_a_path(word: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/".contains(c);
    word.chars().all(plain)
}

/// The paths in a file: in pages, the targets of links and the names of files; in any file, the
/// words that begin with a folder of the repository.
fn named(file: &str, text: &str) -> Vec<String> {
    let page = file.ends_with(".md");
    let links = between(text, "](", ')').into_iter().filter(|_| page);
    let links = links.filter_map(|link| link.split('#').next());
    let links = links.filter(|link| !link.is_empty() && !link.contains(':'));
    let words = text.split(|c: char| c.is_whitespace() || "`()|,\"'".contains(c));
    let words = words.map(|word| word.trim_end_matches(['.', ':', ';']));
    let words = words.filter(|word| is_like_a_path(word));
    let words = words.filter(|word| {
        let is_file = page && ENDINGS.iter().any(|ending| word.ends_with(ending));
        is_file || TOPS.iter().any(|top| word.starts_with(top))
    });
    links.chain(words).map(str::to_owned).collect()
}

/// Whether a path exists from the root, from the file that names it or, in a crate, from the root
/// of the crate. A bare name may be anywhere.
fn is_there(path: &str, file: &str, names: &BTreeSet<&str>) -> bool {
    let from = |folder: &Path| Path::new(ROOT).join(folder).join(path).exists();
    Path::new(file).ancestors().skip(1).any(from) || names.contains(path)
}

#[test]
fn every_named_path_exists() {
    let files = files(&[""]);
    let names = files.iter().filter_map(|file| file.rsplit('/').next());
    let names: BTreeSet<_> = names.collect();
    let here = "tests/house/pages.rs"; // it names what is not there, below
    let texts = files.iter().filter(|file| *file != here).filter(|file| {
        let endings = [".md", ".rs", ".sh", ".py", ".toml", ".yaml", ".yml", "/run"];
        endings.iter().any(|ending| file.ends_with(ending))
    });
    let missing: Vec<_> = texts
        .flat_map(|file| {
            named(file, &read(file))
                .into_iter()
                .map(move |path| (file, path))
        })
        .filter(|(file, path)| !is_there(path, file, &names))
        .filter(|(_, path)| path.trim_end_matches('/') != MADE_LATER)
        .collect();
    assert_eq!(missing, [], "these name what is not there");
}

#[test]
fn links_paths_and_file_names_are_found() {
    let text = "See [a](gone.md#part), `shared/gone.rs`, gone.sh: and\nhttps://a.example/b.md";
    let seen = named("README.md", text);
    assert_eq!(seen, ["gone.md", "shared/gone.rs", "gone.sh"]);
    assert_eq!(
        named("a.rs", "// `tests/gone.rs` and gone.rs"),
        ["tests/gone.rs"]
    );
}
