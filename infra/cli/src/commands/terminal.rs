//! The terminal: how wide it is, whether colors are wanted, and texts that it must not obey.

use std::env;
use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use terminal_size::{Width, terminal_size_of};
use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// The width of what is not written to a terminal, and of a terminal that does not tell its own.
const DEFAULT_WIDTH: usize = 80;

/// How many columns a line on standard output may have.
pub fn width() -> usize {
    let size = terminal_size_of(io::stdout());
    size.map_or(DEFAULT_WIDTH, |(Width(columns), _)| columns.into())
}

/// Whether what is written to standard error may have colors: only on a terminal, and not with
/// `NO_COLOR` (<https://no-color.org>).
pub fn has_colors() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    io::stderr().is_terminal() && !refused
}

/// A text as a terminal may show it: control characters, characters that change the direction of the
/// text, and invisible ones are escaped, as in `\u{202e}`.
pub fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_deceptive(letter) {
            // Writing to a string cannot fail.
            write!(shown, "\\u{{{:x}}}", u32::from(letter)).ok();
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// Whether a terminal would obey the character, or a reader could not see it. Besides those that
/// Unicode categorizes so, these are its `Default_Ignorable_Code_Point`s of other categories, and the
/// blank Braille pattern.
fn is_deceptive(letter: char) -> bool {
    let category = get_general_category(letter);
    matches!(
        category,
        Category::Control
            | Category::Format
            | Category::LineSeparator
            | Category::ParagraphSeparator
            | Category::PrivateUse
            | Category::Surrogate
            | Category::Unassigned
    ) || matches!(letter,
        '\u{34f}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{ffa0}'
        | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_escaped() {
        for (text, shown) in [
            ("\u{1b}[2J", "\\u{1b}[2J"),
            ("a\nb\tc\r", "a\\u{a}b\\u{9}c\\u{d}"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("admin\u{202e}nimda", "admin\\u{202e}nimda"),
            ("\u{2066}x\u{2069}", "\\u{2066}x\\u{2069}"),
            (
                "a\u{200b}b\u{200d}c\u{feff}",
                "a\\u{200b}b\\u{200d}c\\u{feff}",
            ),
            ("a\u{ad}b\u{2028}c", "a\\u{ad}b\\u{2028}c"),
            ("\u{3164}\u{34f}\u{fe0f}", "\\u{3164}\\u{34f}\\u{fe0f}"),
            ("\u{e0041}\u{e000}", "\\u{e0041}\\u{e000}"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "Ada Lovelace <ada@x.org>",
            "Zoe\u{308} Straße ΚΑΦΕΣ",
            "王小明 山田\u{3000}太郎",
            "محمد علي",
            "नरेंद्र 😀 c:\\temp",
        ] {
            assert_eq!(printable(text), text);
        }
    }
}
