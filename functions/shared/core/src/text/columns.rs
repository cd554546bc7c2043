//! Columns that line up in a terminal and in mail: what counts is how wide a text is shown, not how many characters it has.

use unicode_width::UnicodeWidthStr;

/// [`lines`] for East Asian text, where characters of ambiguous width (`…`, `×`) take two columns (Unicode Standard Annex #11).
pub fn wide_lines(rows: &[Vec<String>]) -> Vec<String> {
    laid_out(rows, UnicodeWidthStr::width_cjk)
}

/// The rows as lines: every column as wide as its widest cell, two blanks between columns, the last column as long as it
/// is. Rows may be shorter than others.
pub fn lines(rows: &[Vec<String>]) -> Vec<String> {
    laid_out(rows, UnicodeWidthStr::width)
}

fn laid_out(rows: &[Vec<String>], wide: impl Fn(&str) -> usize) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
    let width = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|it| wide(it)).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or_default()).collect();
    rows.iter().map(|row| line(row, &widths, &wide)).collect()
}

fn line(row: &[String], widths: &[usize], wide: impl Fn(&str) -> usize) -> String {
    let mut out = String::new();
    for (cell, width) in row.iter().zip(widths) {
        out.push_str(cell);
        out.push_str(&" ".repeat(width.saturating_sub(wide(cell)) + 2));
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_take_two_columns_and_marks_none() {
        let rows = [["WHO", "FROM"], ["夜警", "x"], ["ae\u{301}", "y"], ["alice", ""]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(lines(&rows), ["WHO    FROM", "夜警   x", "ae\u{301}     y", "alice"]);
    }

    #[test]
    fn in_east_asian_text_ambiguous_characters_take_two_columns() {
        let rows = [["実行者", "送信元"], ["Алиса", "x"], ["夜警…", "y"], ["alice", "z"]];
        let rows: Vec<Vec<String>> = rows.iter().map(|row| row.map(str::to_owned).to_vec()).collect();
        assert_eq!(wide_lines(&rows), ["実行者  送信元", "Алиса   x", "夜警…  y", "alice   z"]);
    }
}
