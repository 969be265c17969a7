//! Tables that fit a width, and never break a word or an id.

use comfy_table::presets::NOTHING;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width};
use unicode_width::UnicodeWidthStr;

/// The space on both sides of a cell.
const PADDING: usize = 2;

/// The heading of a column.
#[derive(Debug, Clone, Copy)]
pub struct Column<'a> {
    name: &'a str,
    is_whole: bool,
}

impl<'a> From<&'a str> for Column<'a> {
    /// A column whose cells may be wrapped between words.
    fn from(name: &'a str) -> Self {
        let is_whole = false;
        Self { name, is_whole }
    }
}

impl<'a> Column<'a> {
    /// A column whose cells stay on one line each, such as ids.
    pub const fn whole(name: &'a str) -> Self {
        let is_whole = true;
        Self { name, is_whole }
    }

    /// The least width of a cell.
    fn least(&self, cell: &str) -> usize {
        if self.is_whole {
            return cell.width();
        }
        let words = cell.split(' ').map(UnicodeWidthStr::width);
        words.max().unwrap_or_default()
    }
}

/// Lays out rows side by side if that fits the width, wrapping cells between words where necessary,
/// and otherwise below each other with a line for each field. A word that is longer than the width
/// is the only thing that exceeds it.
pub fn laid_out(header: &[Column<'_>], rows: &[Vec<String>], width: usize) -> String {
    let least: Vec<_> = header
        .iter()
        .enumerate()
        .map(|(at, column)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let cells = cells.map(|cell| column.least(cell));
            cells.fold(column.least(column.name), usize::max) + PADDING
        })
        .collect();
    if least.iter().sum::<usize>() > width {
        return stacked(header, rows, width);
    }
    let columns = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
    let mut table = Table::new();
    table
        .load_style(NOTHING)
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(columns(width))
        .set_header(header.iter().map(|column| column.name))
        .add_rows(rows);
    for (column, least) in table.column_iter_mut().zip(least) {
        let least = Width::Fixed(columns(least));
        column.set_constraint(ColumnConstraint::LowerBoundary(least));
    }
    table.trim_fmt()
}

/// The rows below each other, with an empty line between them.
fn stacked(header: &[Column<'_>], rows: &[Vec<String>], width: usize) -> String {
    let names = header.iter().map(|column| column.name.width());
    let names = names.max().unwrap_or_default();
    let row = |row: &Vec<String>| {
        let fields = header.iter().zip(row).filter(|(_, cell)| !cell.is_empty());
        let fields = fields.flat_map(|(column, cell)| field(*column, cell, names, width));
        fields.collect::<Vec<_>>().join("\n")
    };
    let rows: Vec<_> = rows.iter().map(row).collect();
    rows.join("\n\n")
}

/// A field beside its name, or below it if there is no room beside it.
fn field(column: Column<'_>, cell: &str, names: usize, width: usize) -> Vec<String> {
    let beside = names + 3;
    let (mut lines, indent, first) = if beside + column.least(cell) <= width {
        let name = format!(" {:names$}  ", column.name);
        (Vec::new(), beside, name)
    } else {
        (vec![format!(" {}", column.name)], 2, "  ".to_owned())
    };
    let parts = if column.is_whole {
        vec![cell.to_owned()]
    } else {
        wrapped(cell, width.saturating_sub(indent))
    };
    for (n, part) in parts.into_iter().enumerate() {
        let start = if n == 0 {
            first.clone()
        } else {
            " ".repeat(indent)
        };
        lines.push(start + &part);
    }
    lines
}

/// The lines of a text of at most that width, if no word is longer.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.width() + 1 + word.width() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0b5d0f4e-52a1-4d39-9a55-5a7ec4f2b0c1";

    fn shown(header: &[Column<'_>], row: &[&str], width: usize) -> String {
        let row = row.iter().map(|&cell| cell.to_owned()).collect();
        laid_out(header, &[row], width)
    }

    #[test]
    fn a_table_that_fits_has_a_line_for_each_row() {
        let header = ["id", "name"].map(Column::from);
        let table = shown(&header, &["ada", "Ada Lovelace"], 80);
        assert_eq!(table, " id   name\n ada  Ada Lovelace");
    }

    #[test]
    fn cells_are_wrapped_between_words_and_ids_are_not() {
        let header = [Column::whole("id"), Column::from("name")];
        let table = shown(&header, &["ada of acme", "Augusta Ada King Lovelace"], 31);
        let expected = " id           name\n ada of acme  Augusta Ada King\n              Lovelace";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_table_that_is_too_wide_has_a_line_for_each_field() {
        let header = [Column::whole("message"), "type".into(), "age".into()];
        let table = shown(&header, &[ID, "OrganizationUserAdded", "2h 3m"], 60);
        let expected = format!(" message  {ID}\n type     OrganizationUserAdded\n age      2h 3m");
        assert_eq!(table, expected);
        let table = shown(&header, &[ID, "OrganizationUserAdded", "2h 3m"], 40);
        let expected =
            format!(" message\n  {ID}\n type     OrganizationUserAdded\n age      2h 3m");
        assert_eq!(table, expected);
    }

    #[test]
    fn only_a_word_longer_than_the_width_exceeds_it() {
        let cells = [
            ID,
            "Augusta Ada King Lovelace",
            "no: user ada does not exist",
            "王小明",
        ];
        let header = [
            Column::whole("id"),
            "what it is".into(),
            "effective".into(),
            "n".into(),
        ];
        for width in 1..120 {
            let table = shown(&header, &cells, width);
            for line in table.lines() {
                let longest = line
                    .trim_start()
                    .split(' ')
                    .map(UnicodeWidthStr::width)
                    .max();
                let is_one_word = !line.trim_start().contains(' ') || line.contains(ID);
                assert!(
                    line.width() <= width
                        || is_one_word && longest.unwrap() + 2 > width
                        || line.trim_start() == "what it is",
                    "{width}: {line:?} in\n{table}"
                );
            }
            assert!(table.contains(ID), "{table}");
        }
    }
}
