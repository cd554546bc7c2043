//! A pattern's text, and a record under it: the first line is the pattern, the rest the record.

#![no_main]

use filter_pattern::{Pattern, PatternSet};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (text, record) = input.split_once('\n').unwrap_or((input, "{}"));
    let pattern = match Pattern::parse(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            assert!(!error.to_string().is_empty() && !error.aws_message().is_empty());
            return;
        }
    };
    let matched = pattern.matches(record);
    assert_eq!(pattern.explain(record).matched, matched, "explain and matches");
    assert_eq!(!PatternSet::new([pattern.clone()]).matching(record).is_empty(), matched, "a set of one");
    let _ = (pattern.extract(record), pattern.explain(record).to_string());
    // What is printed is the same pattern, and is printed alike.
    let printed = pattern.to_string();
    if printed.chars().count() <= 1024 {
        let again = Pattern::parse(&printed).unwrap_or_else(|error| panic!("{printed} is refused: {error}"));
        assert_eq!(again.matches(record), matched, "{printed}");
        assert_eq!(again.to_string(), printed);
    }
});
