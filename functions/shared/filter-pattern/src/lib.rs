//! Filter patterns of CloudWatch Logs: parse, print, explain and match them as AWS does, without AWS.
//!
//! All of AWS's pattern languages are here: JSON (`{ $.eventName = "ConsoleLogin" }`), text (`ERROR -Exiting`), lone
//! regular expressions (`%4[0-9]{2}%`), space-delimited (`[ip, ..., status = 4*, bytes]`) and the empty pattern, which
//! matches everything. The source is the [user guide][guide], read together with what others saw the service do.
//!
//! [`Pattern::parse`] accepts what AWS accepts; a [`PatternError`] carries AWS's wording, the place and the mend.
//! [`PatternSet`] matches many patterns in one pass over a record. [`view`] lays a pattern open for translation.
//!
//! ```
//! use filter_pattern::Pattern;
//!
//! let pattern = Pattern::parse("{ $.errorCode = \"AccessDenied*\" && $.userIdentity.invokedBy NOT EXISTS }")?;
//! assert!(pattern.matches(r#"{"errorCode":"AccessDeniedException","userIdentity":{"type":"IAMUser"}}"#));
//!
//! let error = Pattern::parse("{ $.errorCode == 5 }").unwrap_err();
//! assert_eq!(error.aws_message(), "Invalid character(s) in term '=='");
//! assert_eq!(error.mend(), Some("write ="));
//! # Ok::<(), filter_pattern::PatternError>(())
//! ```
//!
//! # What is certain
//!
//! - A comparison with a missing member is false, `!=` too; so is one with an array or an object.
//! - An unquoted number and a JSON number are compared as numbers (`12` equals `12.0`, exactly, at any size);
//!   a quoted value and a JSON number as texts (`"123"` is `123`, `"12"` is not `12.0`).
//! - `<` `<=` `>` `>=` need an unquoted number and a JSON number.
//! - `()` binds before `&&`, and that before `||`. Everything is case-sensitive.
//! - 1,024 characters; one wildcard in a selector, three such selectors and two regular expressions in a pattern.
//!
//! # Choices where AWS's behaviour is not settled
//!
//! | question | here |
//! |---|---|
//! | `*` inside a value, `Ev*ent`, `10.*.1.*` | is that character; only at the start and at the end it is a wildcard (user guide of 2021; calls of 2019 saw another model on numbers) |
//! | blanks or line breaks around `{…}` or `[…]` | refused (`TestMetricFilter`, 2019) |
//! | keywords in lower case, single quotes around a value, `$` alone | refused |
//! | `""` as a value | the empty string. As a text pattern: refused (Live Tail) |
//! | `=` and `!=` on true, false, null | false; use `IS`. So `= *` means "a string or number is there" |
//! | `= 404` on the string `"404"` | true, by text; `> 400` on it is false |
//! | `1E3`, `.5`, `+1` | numbers |
//! | the text of a JSON number | its own: `0.10` is `"0.10"`, not `"0.1"` |
//! | several values under `[*]` or `.*` | a condition holds if it holds for any of them, `!=` too; `NOT EXISTS` if there is none |
//! | `.*`, `[*]` | every member of an object, every element of an array; `$.a.*.b` is allowed |
//! | `$["a"]`, `$['a']` | the same as `$.['a']` |
//! | a regular expression on a JSON number | searches its text |
//! | regular expressions beyond AWS's list: `\b`, `\n`, `\u0041`, `\p{L}`, `[[:alpha:]]`, `\1`, `(?i)`, `a*?`, `a{2}{3}` | refused. So are `\x80` and above, and a `[` in brackets |
//! | `{n,}`, a `}` or `]` alone, an empty side of `\|` | taken, as every implementation does |
//! | the largest count | 1,000, and 2,048 characters with all repetitions written out; more is refused |
//! | `.` on a line break | does not match it; `[^x]` does |
//! | `^` and `$` | the text's begin and end, not those of its lines |
//! | `NOT EXISTS` on a null | false |
//! | text before or after the JSON object | no JSON pattern matches; blanks and line breaks are allowed |
//! | two members with the same name | the last one counts |
//! | a bare string | letters, digits, `_`, `.`, `*` (the guide's rule and its examples); everything else needs quotes |
//! | a backslash in quotes | escapes `"` and `\`, is itself before anything else |
//! | a blank in `%…%` | allowed, as an example of the guide has it |
//! | `?a` beside other terms | ignored, as the guide says |
//! | `-a` alone | matches what does not have it |
//! | a line with more fields than `[w1=ERROR, w2]` has | the last slot takes the rest of the line: so the first word decides, and AWS's own pattern for Lambda's logs, `[timestamp=*Z, request_id="*-*", event]`, finds its events |
//! | a line with fewer fields | does not match |
//! | another field's name in a slot's condition | refused |
//!
//! # What it costs
//!
//! Parsing and merging take time and memory in proportion to the patterns' texts. Matching takes time in proportion to
//! the record: a regular expression takes one step of at most 32 words for each character, a selector with a wildcard
//! one place more for each of its steps, and no value is kept.
//!
//! # Records of strangers
//!
//! Matching never panics and needs stack only for the members that patterns name: a deeply nested record cannot
//! overflow it, and neither depth nor half a surrogate pair hides a record.
//! Errors and explanations show control characters and text-direction marks as symbols.
//!
//! [guide]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html

// From the ground up: text, number, glob, regex, scalar, selector, condition, expr; then matcher (one pass over a record),
// sieve (refusing a record by its bytes), plan (many patterns at once); then the languages json, terms, delimited, and
// kind over them; then parse, print, explain, view; then pattern and set.
mod condition;
mod delimited;
mod error;
mod explain;
mod expr;
mod glob;
mod json;
mod kind;
mod matcher;
mod number;
mod parse;
mod pattern;
mod plan;
mod print;
mod regex;
mod render;
mod scalar;
mod selector;
mod set;
mod sieve;
mod terms;
mod text;
pub mod view;

pub use error::{ErrorKind, PatternError};
pub use explain::{Explanation, Part};
pub use matcher::is_object;
pub use pattern::Pattern;
pub use scalar::Scalar;
pub use selector::Selector;
pub use set::PatternSet;
pub use sieve::Strings;
pub use text::is_hidden;
