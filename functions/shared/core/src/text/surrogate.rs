//! Half of a surrogate pair in JSON text, which strangers can write and no Rust string can hold.

/// JSON text may hold half of a surrogate pair (`"\ud83d"`), which no Rust string can: `�` takes its
/// place. `None` when the text has no such escape, so that its trouble is another one.
pub fn without_lone_surrogates(line: &str) -> Option<String> {
    let mut out = String::with_capacity(line.len());
    let (mut rest, mut mended) = (line, false);
    while let Some(at) = rest.find('\\') {
        let (before, escape) = rest.split_at(at);
        out.push_str(before);
        let taken = match surrogate(escape) {
            None => escape.chars().take(2).map(char::len_utf8).sum(),
            Some(high) if high < 0xdc00 && escape.get(6..).and_then(surrogate).is_some_and(|low| low >= 0xdc00) => 12,
            Some(_) => {
                out.push_str("\\ufffd");
                mended = true;
                rest = escape.get(6..).unwrap_or_default();
                continue;
            }
        };
        let (escape, after) = escape.split_at(taken);
        out.push_str(escape);
        rest = after;
    }
    out.push_str(rest);
    mended.then_some(out)
}

/// The code unit of the `\uD8xx`…`\uDFxx` escape that the text begins with.
fn surrogate(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u32::from_str_radix(digits, 16).ok().filter(|unit| (0xd800..=0xdfff).contains(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_pair_is_mended_and_whole_pairs_stay() {
        assert_eq!(without_lone_surrogates(r#"{"a":"\ud83d x"}"#).as_deref(), Some(r#"{"a":"\ufffd x"}"#));
        assert_eq!(
            without_lone_surrogates(r#"{"a":"\ude00\ud83d\ude00"}"#).as_deref(),
            Some(r#"{"a":"\ufffd\ud83d\ude00"}"#)
        );
        assert_eq!(without_lone_surrogates(r#"{"a":"\\ud83d \ud83d\ude00"}"#), None);
        assert_eq!(without_lone_surrogates("cut off \\"), None);
    }
}
