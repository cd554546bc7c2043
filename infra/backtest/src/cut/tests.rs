//! What is cut out, by examples, by `serde_json` and by a cutter that goes byte by byte.

use proptest::prelude::*;

use super::*;

/// What is cut, in one go or in parts of so many bytes; `!` for what is broken, `?` for what stands between records, `…` for a
/// file that is cut off, nothing for an hour in which nothing happened.
fn cut(text: &[u8], part: usize) -> Vec<String> {
    let (mut cutter, mut out) = (Cutter::default(), Vec::new());
    let mut each = |piece: Piece<'_>| {
        out.push(match piece {
            Piece::Nothing => return,
            Piece::Record(bytes, _) => String::from_utf8_lossy(bytes).into_owned(),
            Piece::TooLong => "too long".to_owned(),
            Piece::Other => "something else".to_owned(),
            Piece::Broken => "!".to_owned(),
            Piece::Junk => "?".to_owned(),
        });
    };
    for part in text.chunks(part.max(1)) {
        cutter.push(part, &(), &mut each);
    }
    if cutter.finish(&mut each) {
        out.push("…".to_owned());
    }
    out
}

#[test]
fn every_form_gives_the_same_records() {
    let (a, b) = (r#"{"a":{"x":"}\"{"},"n":[{}]}"#, r#"{"b":"日本 \\"}"#);
    for form in [
        format!("{{\"Records\":[{a},{b}]}}"),
        format!("{{ \"Records\" : [ {a} ,\n {b} ] }}\n"),
        format!("{{\"from\":\"x\",\"Records\":[{a},{b}]}}"),
        format!("{{\"Records\":[{a}]}}{{\"Records\":[]}}\n{{\"Records\":[{b}]}}"),
        format!("{a}\n\n{b}\n"),
        format!("{a}\r\n{b}"),
        format!("[{a},{b}]"),
        format!("[\n{a},\n{b}\n]"),
        format!("{a}{b}"),
        format!("2026-11-21T18:41:00.000Z {a}\n2026-11-21T18:42:00.000Z {b}\n"),
    ] {
        for part in [1, 7, 63, 64, 65, 10_000] {
            assert_eq!(cut(form.as_bytes(), part), [a, b], "{form} in parts of {part}");
        }
    }
    let pretty = "{\n  \"a\": {\n    \"b\": [\n{}\n]\n  }\n}";
    assert_eq!(cut(format!("{pretty}\n{pretty}\n").as_bytes(), 5), [pretty, pretty]);
}

#[test]
fn a_broken_line_costs_itself_alone() {
    let whole = r#"{"a":{"b":1}}"#;
    for broken in ["START RequestId: 1", "{\"a\":{\"b\":1}", "{\"a\":\"x", "{\"a\":1,", "}", "say \"x", "\\"] {
        let text = format!("{whole}\n{broken}\n{whole}\n");
        for part in [1, 8, 1000] {
            assert_eq!(cut(text.as_bytes(), part), [whole, "!", whole], "{broken} in parts of {part}");
        }
    }
    assert_eq!(cut(format!("{whole}\n{}", &whole[..6]).as_bytes(), 9), [whole, "…"]);
    assert_eq!(cut(b"{\"Records\":[{\"a\":1},{\"b\":", 9), ["{\"a\":1}", "…"]);
    assert_eq!(cut(b"no JSON at all", 4), ["!"]);
    assert_eq!(cut(b"", 4), [""; 0]);
    assert_eq!(cut(b" \n\n ", 2), [""; 0]);
}

#[test]
fn what_no_log_group_gets_is_told_and_not_kept() {
    let long = format!("{{\"eventID\":\"1\",\"a\":\"{}\"}}", "x".repeat(LONGEST));
    let late = format!("{{\"a\":\"{}\",\"eventTime\":\"2026-11-24T18:00:00Z\"}}", "x".repeat(LONGEST));
    // A record in it does not make it one.
    let other = format!("{{\"a\":\"{}\",\"b\":{late}}}", "x".repeat(LONGEST));
    let fits = format!("{{\"a\":\"{}\"}}", "x".repeat(LONGEST - 8));
    let all = [&long, &late, &other, &fits, "{\"b\":1}"];
    let wanted = ["too long", "too long", "something else", &fits, "{\"b\":1}"];
    for text in [format!("{{\"Records\":[{}]}}", all.join(",")), all.join("\n")] {
        for part in [1000, 10_000_000] {
            assert_eq!(cut(text.as_bytes(), part), wanted);
        }
    }
}

#[test]
fn what_stands_between_records_is_told_once_each_time() {
    let (a, b) = (r#"{"a":1}"#, r#"{"b":1}"#);
    for (text, expected) in [
        (format!("{{\"Records\":[{a},null,{b}]}}"), vec![a, "?", b]),
        (format!("{{\"Records\":[{a} x {b},1,\"}}\"]}}"), vec![a, "?", b, "?"]),
        (format!("{{\"Records\":[{a},{b}],\"more\":[1,2]}}\n{{\"Records\":[{a}x]}}"), vec![a, b, a, "?"]),
        (format!("{{\"Records\":[ {a} , \n\t{b}{a} ] }}{{\"Records\":[]}}"), vec![a, b, a]),
    ] {
        for part in [1, 2, 7, 64, 10_000] {
            assert_eq!(cut(text.as_bytes(), part), expected, "{text} in parts of {part}");
        }
    }
}

/// A line of a log group's export begins with its time; behind a record nothing is in its place.
#[test]
fn what_stands_behind_a_record_is_told_and_the_time_before_one_is_not() {
    let (a, b) = (r#"{"a":1}"#, r#"{"b":1}"#);
    for (text, expected) in [
        (format!("2026-10-31T10:00:00.000Z {a}\n2026-10-31T10:00:01.000Z {b}\n"), vec![a, b]),
        (format!("{a} x\n{b}\r\n"), vec![a, "?", b]),
        (format!("{a}x y{b}z\n{b}\n"), vec![a, "?", b, "?", b]),
        ("{\"Records\":[]}\u{1}\0".to_owned(), vec!["?"]),
        (format!("{{\"Records\":[{a}]}}x"), vec![a, "?"]),
        (format!("{{\"Records\":[{a}]}}\n\0\0\n{b}"), vec![a, "!", b]),
    ] {
        for part in [1, 2, 7, 64, 10_000] {
            assert_eq!(cut(text.as_bytes(), part), expected, "{text} in parts of {part}");
        }
    }
}

/// Looks for two strings beside the names that are told.
struct Two(Heads);

impl Look for Two {
    fn heads(&self) -> &Heads {
        &self.0
    }
    fn met_at(&self, bytes: &[u8], at: usize) -> u64 {
        let is = |string: &[u8]| bytes[at..].starts_with(string);
        u64::from(is(b"eventName\"")) | u64::from(is(b"Root\"")) << 1
    }
    fn matters(&self, met: u64) -> bool {
        met == 3
    }
    fn matters_escaped(&self, object: &[u8]) -> bool {
        object.len().is_multiple_of(2)
    }
}

/// All that is told of a text in one go, with what is seen of the objects.
fn told(text: &[u8], level: Level, look: &Two, plain: bool) -> Vec<String> {
    let (mut cutter, mut out) = (Cutter { level, plain, ..Cutter::default() }, Vec::new());
    let mut each = |piece: Piece<'_>| out.push(format!("{piece:?}"));
    cutter.push(text, look, &mut each);
    let cut_off = cutter.finish(&mut each);
    out.push(cut_off.to_string());
    out
}

/// This processor's instructions, the widest and lesser ones.
fn levels() -> Vec<Level> {
    let widest = Level::new();
    #[cfg(target_arch = "x86_64")]
    let lesser = [widest.as_avx2().map(Level::Avx2), widest.as_sse4_2().map(Level::Sse4_2)];
    #[cfg(not(target_arch = "x86_64"))]
    let lesser: [Option<Level>; 0] = [];
    std::iter::once(widest).chain(lesser.into_iter().flatten()).collect()
}

/// JSON and near it, with what is long enough that whole blocks are inside of strings or objects.
const SOUP: &str = "([{}\\[\\]:, ]|\"event(ID|Time|Name|Type)\":\"[a-z{}]{0,40}\"|\"Root\"|\"[a{}\\\\\"]{0,9}\"|\"|\\\\|\n|\\{\"Records\":\\[\\{|x|[a-z]{50,90}|\\{\"a\":\\{\"b\":\"[a-z ]{40,80}\"\\}\\}){0,80}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Counting through a block, and telling strings by two of their bytes, changes nothing of what is told, on no processor.
    #[test]
    fn what_is_told_is_what_is_found_mark_by_mark(text in SOUP) {
        let narrow = Two(Heads::of([b"eventName\"".as_slice(), b"Root\""]));
        let mut wide = Two(narrow.0.clone());
        wide.0.behind = 0;
        wide.0.other = wide.0.first.clone();
        wide.0.few = None;
        let mut tables = Two(narrow.0.clone());
        tables.0.few = None;
        let expected = told(text.as_bytes(), Level::new(), &wide, true);
        for level in levels() {
            for look in [&narrow, &tables] {
                prop_assert_eq!(&told(text.as_bytes(), level, look, false), &expected, "{:?}", level);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    /// `serde_json` is the judge: what it reads as a sequence of objects is cut into these objects.
    #[test]
    fn objects_are_cut_as_serde_json_reads_them(
        objects in prop::collection::vec("\\{(\"[a{}\\[\\],:ü]{0,9}(\\\\\\\\|\\\\\"|\\\\u007b){0,3}\":(\\{\\}|\\[\\{\"k\":\"\\}\"\\}\\]|1|\"\\{\"))?\\}", 0..6),
        part in 1..200_usize,
        between in prop::sample::select(vec!["", "\n", ",", " \n "]),
    ) {
        prop_assume!(objects.iter().all(|it| serde_json::from_str::<serde_json::Value>(it).is_ok()));
        let text = objects.join(between);
        prop_assert_eq!(&cut(text.as_bytes(), part), &objects);
        let file = format!("{{\"Records\":[{}]}}", objects.join(","));
        prop_assert_eq!(&cut(file.as_bytes(), part), &objects);
    }

    #[test]
    fn no_soup_panics_and_its_parts_do_not_matter(
        text in "([{}\\[\\]:, ]|\"[a\\\\\"]{0,9}\"|\"|\\\\|\n|\"Records\":\\[|x){0,80}",
        part in 1..100_usize,
    ) {
        prop_assert_eq!(cut(text.as_bytes(), part), cut(text.as_bytes(), 100_000));
    }
}
