//! ServoX's tables: columns with two spaces between them and no rules, cells of one or more lines.

use crate::printable::printable;

/// A table that is filled row by row.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these headings.
    pub(crate) fn new<const N: usize>(headings: [&str; N]) -> Self {
        Self { rows: vec![headings.map(printable).to_vec()] }
    }

    /// A table with any number of headings.
    pub(crate) fn with<'a>(headings: impl IntoIterator<Item = &'a str>) -> Self {
        Self { rows: vec![headings.into_iter().map(printable).collect()] }
    }

    /// Adds a row of any number of cells.
    pub(crate) fn cells(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| printable(&cell)).collect());
    }

    /// Adds a row; a cell with line feeds takes several lines.
    pub(crate) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.iter().map(|cell| printable(cell)).collect());
    }

    /// Whether it has no rows but its headings.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.len() == 1
    }

    /// The text, without spaces at the end of lines, with a line feed after the last one.
    pub(crate) fn render(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or_default();
        let widest = |column: usize| {
            let lines = self.rows.iter().filter_map(|row| row.get(column)).flat_map(|cell| cell.lines());
            lines.map(width).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..columns).map(widest).collect();
        let mut text = String::new();
        for row in &self.rows {
            let cells: Vec<Vec<&str>> = row.iter().map(|cell| cell.lines().collect()).collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or_default().max(1);
            for line in 0..height {
                let mut whole = String::new();
                for (cell, wide) in cells.iter().zip(&widths) {
                    let part = cell.get(line).copied().unwrap_or_default();
                    whole.push_str(part);
                    whole.push_str(&" ".repeat(wide.saturating_sub(width(part)) + 2));
                }
                text.push_str(whole.trim_end());
                text.push('\n');
            }
        }
        text
    }
}

/// Characters, which is what terminals show for everything that we print in tables.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests;
