//! Strangers' names in commands that people paste into a shell.
//!
//! A name is what its command says or it is in none: quoted so that bash, dash and zsh hand it over as one argument as it
//! is, and so that no mail or chat client makes a link of it. What cannot be shown as it is is not quoted at all.

use std::fmt::Write as _;

use crate::text::{clean, unlinked};

/// A text as a shell reads it back: in single quotes, in which nothing but the quote itself means anything. Dots stand
/// between the quotes, `'alice'.'smith'`: the shell joins them, and to a client it is no host.
///
/// None for a text with hidden characters, line breaks or blanks that would be lost, and for one that is a link even so.
pub(super) fn quoted(text: &str) -> Option<String> {
    if text.is_empty() || clean(text, usize::MAX) != text {
        return None;
    }
    let mut out = String::with_capacity(text.len() + 2);
    out.push('\'');
    for c in text.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            '.' => out.push_str("'.'"),
            c => out.push(c),
        }
    }
    out.push('\'');
    (unlinked(&out) == out).then_some(out)
}

/// A command of the AWS CLI, each option with its value. `--name=value`: a value that begins with a dash is still one.
pub(super) fn aws(call: &str, options: &[(&str, &str)]) -> Option<String> {
    let mut out = format!("aws {call}");
    for (name, value) in options {
        let _ = write!(out, " --{name}={}", quoted(value)?);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::process::Command;

    /// What a real bash makes of some words: its arguments, one a line of output. Only what it prints comes back.
    fn read_back(words: &str) -> Vec<String> {
        let script = format!("aws() {{ printf '%s\\0' \"$@\"; }}\n{words}\n");
        let run = Command::new("bash").args(["--norc", "--noprofile", "-c", &script]).env_clear().output().unwrap();
        assert!(run.status.success() && run.stderr.is_empty(), "{words:?}: {}", String::from_utf8_lossy(&run.stderr));
        let text = String::from_utf8(run.stdout).unwrap();
        text.split_terminator('\0').map(str::to_owned).collect()
    }

    #[test]
    fn names_are_quoted_as_people_can_read_them() {
        let cases = [
            ("alice", Some("'alice'")),
            ("alice.smith", Some("'alice'.'smith'")),
            ("bob@example.com", Some("'bob@example'.'com'")),
            ("evil.example", Some("'evil'.'example'")),
            ("it's", Some("'it'\\''s'")),
            ("-rf", Some("'-rf'")),
            ("$(reboot)`x`;&|!#~*?\"\\", Some("'$(reboot)`x`;&|!#~*?\"\\'")),
            ("夜警", Some("'夜警'")),
            ("https://evil.example", None),
            ("mailto:x", None),
            ("a\nb", None),
            ("a\u{202e}b", None),
            ("a\u{200b}b", None),
            ("\u{1b}[31m", None),
            ("a\u{0}b", None),
            (" a", None),
            ("", None),
        ];
        for (name, expected) in cases {
            assert_eq!(quoted(name).as_deref(), expected, "{name:?}");
            if let Some(quoted) = expected {
                assert_eq!(read_back(&format!("aws {quoted}")), [name], "{name:?}");
            }
        }
    }

    #[test]
    fn a_name_that_begins_with_a_dash_is_no_option() {
        let command = aws("iam get-user", &[("user-name", "--debug"), ("x", "a=b")]).unwrap();
        assert_eq!(read_back(&command), ["iam", "get-user", "--user-name=--debug", "--x=a=b"]);
        assert_eq!(aws("iam get-user", &[("user-name", "a\nb")]), None);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(192))]
        /// Whatever a name is made of, bash hands over the name itself and runs nothing, or there is no command.
        #[test]
        fn bash_reads_back_the_very_name(
            name in prop_oneof![
                any::<String>(),
                "[-'\"`$(){}\\[\\]<>;&|!#~*?\\\\ \\n\\t.a-z=/:@,+_%^]{1,24}",
                "(\\$\\(|`|'|\"|;|\\||&&|\\n|\\\\|\\.|evil|rm -rf|[{]a,b[}]|\u{202e}|\u{200b}|夜){1,9}",
            ]
        ) {
            if let Some(quoted) = quoted(&name) {
                prop_assert_eq!(read_back(&format!("aws {quoted} end")), [name.as_str(), "end"]);
                prop_assert_eq!(unlinked(&quoted), quoted.as_str());
                prop_assert_eq!(clean(&quoted, usize::MAX), quoted.as_str());
            }
        }
    }
}
