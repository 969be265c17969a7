//! What a person or a program reads.

use std::io::{self, IsTerminal, Write};

use anyhow::Result;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use super::table::{self, Column};
use super::terminal;

pub use super::terminal::printable;

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

/// Prints a text of one line that may contain names, wrapped to the width of the terminal.
pub fn paragraph(text: &str) -> Result<()> {
    line(&table::wrapped(&printable(text), terminal::width()).join("\n"))
}

/// Prints a text that may contain names beside a label, wrapped to the width of the terminal.
pub fn labeled(label: &str, text: &str) -> Result<()> {
    const LABEL: usize = 10;
    let width = terminal::width().saturating_sub(LABEL);
    let lines = table::wrapped(&printable(text), width);
    let next = format!("\n{:LABEL$}", "");
    line(&format!("{label:LABEL$}{}", lines.join(&next)))
}

/// Prints a whole text.
pub fn text(text: &[u8]) -> Result<()> {
    Ok(io::stdout().write_all(text)?)
}

/// Tells a person something beside the output. Whoever does not listen need not be told.
pub fn note(text: &str) {
    writeln!(io::stderr(), "{}", printable(text)).ok();
}

/// Prints a title with the number of rows, and the first `most` of them.
pub fn table<'a, H: Into<Column<'a>>, R: IntoIterator<Item = String>>(
    title: &str,
    header: impl IntoIterator<Item = H>,
    rows: impl ExactSizeIterator<Item = R>,
    most: usize,
) -> Result<()> {
    let count = rows.len();
    line("")?;
    paragraph(&format!("{title} ({count})"))?;
    if count == 0 {
        return Ok(());
    }
    let header: Vec<_> = header.into_iter().map(Into::into).collect();
    let row = |row: R| row.into_iter().map(|cell| printable(&cell)).collect();
    let rows: Vec<_> = rows.take(most).map(row).collect();
    line(&table::laid_out(&header, &rows, terminal::width()))?;
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

/// A bar on a terminal, and nothing elsewhere.
pub fn progress(events: u64) -> ProgressBar {
    let bar = bar("{bar:40} {human_pos}/{human_len} events, {eta} left");
    bar.set_length(events);
    bar
}

/// A bar that looks like the template on a terminal, and nothing elsewhere.
pub fn bar(template: &str) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::with_draw_target(Some(0), target).with_style(style)
}
