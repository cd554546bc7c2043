//! A pattern's regular expression in the few words that RE2, Joni and Java share: classes of two-digit escapes, counts,
//! `\A` and `\z`. So no engine's own idea of a line's end, of `\w` or of case has a say.

use std::fmt::Write as _;

use filter_pattern::view::Piece;

/// As a literal.
pub(super) fn regex(alternatives: &[Vec<Piece>]) -> String {
    let texts: Vec<String> = alternatives.iter().map(|pieces| pieces.iter().map(piece).collect()).collect();
    format!("'{}'", texts.join("|"))
}

fn piece(piece: &Piece) -> String {
    match piece {
        Piece::Start => r"\A".to_owned(),
        Piece::End => r"\z".to_owned(),
        Piece::Repeat { ascii, others, min, max } => {
            let class = class(*ascii, *others);
            match (min, max) {
                (1, Some(1)) => class,
                (0, Some(1)) => class + "?",
                (0, None) => class + "*",
                (1, None) => class + "+",
                (min, None) => format!("{class}{{{min},}}"),
                (min, Some(max)) if min == max => format!("{class}{{{min}}}"),
                (min, Some(max)) => format!("{class}{{{min},{max}}}"),
            }
        }
    }
}

fn class(ascii: u128, others: bool) -> String {
    match (ascii, others) {
        (u128::MAX, true) => r"[\s\S]".to_owned(),
        (0, false) => r"[^\s\S]".to_owned(),
        (ascii, false) => format!("[{}]", ranges(ascii)),
        (ascii, true) => format!("[^{}]", ranges(!ascii)),
    }
}

fn ranges(ascii: u128) -> String {
    let has = |code: u32| code < 128 && ascii >> code & 1 == 1;
    let mut text = String::new();
    let mut code = 0;
    while code < 128 {
        if has(code) {
            let last = (code..128).take_while(|code| has(*code)).last().unwrap_or(code);
            let _ = write!(text, "\\x{code:02x}");
            if last > code {
                let _ = write!(text, "-\\x{last:02x}");
            }
            code = last;
        }
        code += 1;
    }
    text
}
