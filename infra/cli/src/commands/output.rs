//! What a person or a program reads.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use comfy_table::Table;
use comfy_table::presets::NOTHING;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

/// Most rows of a table that a person would only skim.
pub const SOME: usize = 50;

/// Every row of a table, for an entity that a person queried.
pub const ALL: usize = usize::MAX;

/// Prints a value as JSON.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut out = io::stdout().lock();
    serde_json::to_writer_pretty(&mut out, value).map_err(io::Error::from)?;
    Ok(writeln!(out)?)
}

/// Prints a line.
pub fn line(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{text}")?)
}

/// Prints a whole text.
pub fn text(text: &[u8]) -> Result<()> {
    Ok(io::stdout().write_all(text)?)
}

/// Prints a title with the number of rows, and the first `most` of them.
pub fn table<'a, R: IntoIterator<Item = String>>(
    title: &str,
    header: impl IntoIterator<Item = &'a str>,
    rows: impl ExactSizeIterator<Item = R>,
    most: usize,
) -> Result<()> {
    let count = rows.len();
    line(&format!("\n{title} ({count})"))?;
    if count == 0 {
        return Ok(());
    }
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header);
    for row in rows.take(most) {
        table.add_row(row.into_iter().map(|cell| printable(&cell)));
    }
    line(&table.trim_fmt())?;
    if count > most {
        line(&format!(" … and {} more; --json shows all", count - most))?;
    }
    Ok(())
}

/// The words of a title, with a capital first.
pub fn title(words: &str) -> String {
    let mut letters = words.chars();
    letters
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .chain(letters)
        .collect()
}

/// A text from an event may hold what a terminal would obey.
pub fn printable(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// A bar on a terminal, and nothing elsewhere.
pub fn progress(events: u64) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:40} {human_pos}/{human_len} events, {eta} left")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(events), target).with_style(style)
}
