//! The files of the repository, and source files without their tests.

use std::fs;
use std::path::{Path, PathBuf};

pub const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// All files below these folders, as paths from the root, without build outputs.
pub fn files(folders: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    let mut open: Vec<PathBuf> = folders.iter().map(|f| Path::new(ROOT).join(f)).collect();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            let skipped = ["target", ".git", ".aws-sam", "__pycache__"];
            let entries = fs::read_dir(&path).unwrap().map(Result::unwrap);
            let kept = entries.filter(|e| skipped.iter().all(|name| e.file_name() != *name));
            open.extend(kept.map(|entry| entry.path()));
        } else {
            let path = path.strip_prefix(ROOT).unwrap();
            files.push(path.to_str().unwrap().to_owned());
        }
    }
    assert!(!files.is_empty());
    files.sort();
    files
}

/// The content of a file.
pub fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_default()
}

/// All shipped source files below these folders, without their tests.
pub fn shipped(folders: &[&str]) -> Vec<(String, String)> {
    let files = files(folders).into_iter();
    let sources = files.filter(|file| file.ends_with(".rs") && !file.contains("/tests/"));
    sources
        .map(|file| {
            let code = without_tests(&read(&file));
            (file, code)
        })
        .collect()
}

/// The files below these folders whose code contains this word.
pub fn files_with(word: &str, folders: &[&str]) -> Vec<String> {
    let sources = shipped(folders).into_iter();
    let having = sources.filter(|(_, code)| code.contains(word));
    having.map(|(file, _)| file).collect()
}

/// A source file without the items under `#[cfg(test)]`.
///
/// It relies on how rustfmt lays out an item: the item ends with a line that is indented like its
/// attribute and is `}` or ends with `;`. A line of a string literal may look like that. The item
/// then ends too early, so that more is checked, never less.
pub fn without_tests(source: &str) -> String {
    let mut code = String::new();
    let mut lines = source.lines();
    while let Some(line) = lines.next() {
        let item = line.trim_start();
        if item != "#[cfg(test)]" {
            code.push_str(line);
            code.push('\n');
            continue;
        }
        let indent = line.strip_suffix(item).unwrap();
        let ends = |line: &str| {
            let rest = line.strip_prefix(indent).unwrap_or_default();
            rest == "}" || !rest.starts_with([' ', '}']) && rest.ends_with([';', '}'])
        };
        let _end_of_item = lines.by_ref().find(|line| ends(line));
    }
    code
}

#[test]
fn only_the_item_under_cfg_test_is_left_out() {
    let source = "\
fn first() {}
#[cfg(test)]
mod mint;
use std::time::SystemTime;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = \"a test\")]
mod tests {
    #[test]
    fn nothing() {
        assert_eq!(1, 1);
    }
}

impl Second {
    #[cfg(test)]
    fn hidden() {
        panic!();
    }
    fn seen() {}
}
";
    let code = without_tests(source);
    for kept in ["first", "SystemTime", "impl Second", "seen"] {
        assert!(code.contains(kept), "{kept}");
    }
    for dropped in ["mint", "nothing", "assert_eq", "hidden", "panic"] {
        assert!(!code.contains(dropped), "{dropped}");
    }
    assert_eq!(code.matches('{').count(), code.matches('}').count());
}
