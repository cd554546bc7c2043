//! What the plainer reader takes, TOML's own reader takes too, and reads the same from it.

use proptest::prelude::*;
use toml::Table;

use super::*;

/// A value, a key, a header or a line break, well formed more often than not.
fn piece() -> impl Strategy<Value = &'static str> {
    let whole = [
        "[[a]]\n",
        "[[b]]\n",
        "[a.c]\n",
        "[b.c] # x\n",
        "k = 1\n",
        "l = 'x'\n",
        "m = \"y\" # z\n",
        "t.u = true\n",
        "t.v = {}\n",
        "t = { a = 1, \"b.c\" = 'd' }\n",
        "n = [\n  'x', # y\n  \"z\",\n]\n",
        "o = [1, [2], { p = false }]\r\n",
        "\n",
    ];
    let broken = [
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        "=",
        ",",
        ".",
        " ",
        "\t",
        "\n",
        "\r",
        "#",
        "\"",
        "'",
        "\\",
        "a",
        "k = ",
        "k.",
        "é",
        "\u{a0}",
        "\u{7f}",
        "\0",
        "\u{b}",
        "\u{feff}",
        "0",
        "00",
        "7",
        "-1",
        "+1",
        "1_0",
        "1.5",
        "1e3",
        "0x1",
        "true",
        "inf",
        "\"\"",
        "''",
        "'''",
        "[[a.b]]\n",
        "[a]\n",
        "[b.c.d]\n",
        "99999999999999999999",
        "2026-11-26",
    ];
    prop_oneof![4 => prop::sample::select(whole.to_vec()), 1 => prop::sample::select(broken.to_vec())]
}

proptest! {
    #[test]
    fn what_is_read_is_what_toml_reads(pieces in prop::collection::vec(piece(), 0..24)) {
        let text = pieces.concat();
        if let Ok(table) = read::<Table>(&text) {
            let toml = toml::from_str::<Table>(&text).map_err(|error| error.to_string());
            prop_assert_eq!(toml, Ok(table), "{}", text);
        }
    }

    #[test]
    fn what_is_well_formed_is_read(
        texts in prop::collection::vec("[^\\p{Cc}'\"\\\\]{0,12}", 1..6),
        number in 0i64..,
        switch: bool,
    ) {
        let list = texts.iter().fold(String::new(), |list, text| format!("{list}  \"{text}\", # '\n"));
        let first = &texts[0];
        let text = format!(
            "# x\n[[a]]\nb = '{first}'\nc = {number} # y\nd.e = {{ f = \"{first}\" }}\n\n[a.g]\nh = {switch}\ni = [\n{list}]\n"
        );
        prop_assert_eq!(read::<Table>(&text), Ok(toml::from_str(&text).unwrap()));
    }
}

#[test]
fn what_is_beyond_it_is_named_with_its_line() {
    let mistake = read::<Table>("[[a]]\nb = 1\n\nc = 1.5\nd = 2\n").unwrap_err();
    assert_eq!(mistake, "line 4: \"c = 1.5\" is not plain enough");
}
