//! The notice as the custom notification of the AWS chat applications (Amazon Q Developer in chat
//! applications, once AWS Chatbot), which drop any other JSON without a word.
//!
//! Source: its administrator guide, "Custom notifications": `version` 1.0, `source` custom, markdown as
//! Slack and Teams have it.

use serde_json::json;

use super::answers;
use super::model::Notice;
use super::style::Style;
use super::words::{found, headline, next, sentence};
use crate::text::{clean, fitted, unlinked};

/// How many further groups are told.
const GROUPS: usize = 8;

impl Notice {
    /// The custom notification as JSON on one line.
    pub(super) fn chat(&self, style: &Style<'_>) -> String {
        let words = style.language.words();
        let title = self.alarm.name.as_deref().unwrap_or(words.labels().no_alarm);
        let name = escaped_within(title, 250);
        let told = usize::from(self.is_attributed());
        let others = self.activity.iter().skip(told).take(GROUPS).map(|it| {
            let act = sentence(it, style);
            let act = match (self.is_attributed(), it.new) {
                (false, _) => words.perhaps(&act),
                (true, false) => words.known_before(&act),
                (true, true) => act,
            };
            format!("• {act}")
        });
        let problems = self.problems.iter().take(3).map(|it| words.not_known(&style.language.problem(it)));
        let mut lines = vec![escaped(&headline(self, style))];
        let histories = answers::histories(self, style);
        lines.extend(histories.iter().map(|it| escaped(it)));
        lines.extend(others.chain(problems).map(|it| escaped(&it)));
        if !self.search.is_empty() {
            lines.push(found(self, style));
        }
        let link = self.search.iter().find_map(|it| it.console_url.as_deref());
        let link = link.map(|url| format!("<{url}|{}>", words.labels().open_search));
        let steps = next(self, style).map(|it| entities(&clean(it, 500))).into_iter();
        let steps: Vec<_> = steps.chain(answers::chat_steps(self, style)).chain(link).collect();
        let keywords = [&self.control, &self.severity, &self.alarm.region].into_iter().flatten();
        let keywords: Vec<_> = keywords.map(|it| escaped(it)).collect();
        let title = format!("{} {title}", self.alarm.state.as_str());
        let content = json!({
            "textType": "client-markdown",
            "title": escaped_within(&title, 250),
            "description": lines.join("\n"),
            "nextSteps": steps,
            "keywords": keywords,
        });
        json!({
            "version": "1.0",
            "source": "custom",
            "id": self.id,
            "content": content,
            "metadata": {
                "threadId": name,
                "summary": escaped_within(&headline(self, style), 250),
                "eventType": "yakei.notice",
                "relatedResources": self.alarm.arn.iter().map(|it| escaped(it)).collect::<Vec<_>>(),
                "additionalContext": {"suppressed": self.is_suppressed().to_string(), "complete": self.is_complete().to_string()},
            },
        })
        .to_string()
    }
}

/// Our own or the config's text, which may link.
pub(super) fn entities(text: &str) -> String {
    text.chars().map(|c| entity(c).map_or_else(|| c.to_string(), str::to_owned)).collect()
}

fn entity(c: char) -> Option<&'static str> {
    match c {
        '&' => Some("&amp;"),
        '<' => Some("&lt;"),
        '>' => Some("&gt;"),
        _ => None,
    }
}

/// Strangers' text must not become markup: links, mentions, emphasis.
fn escaped(text: &str) -> String {
    escaped_within(text, usize::MAX)
}

/// The same in at most `max` characters.
pub(super) fn escaped_within(text: &str, max: usize) -> String {
    fitted(max, |at| disarmed(&unlinked(&clean(text, at))), |form| form.chars().count())
}

/// Text without links as text without markup.
fn disarmed(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, c) in text.char_indices() {
        match entity(c) {
            Some(entity) => out.push_str(entity),
            None => out.push(look_alike(text.get(..at).unwrap_or_default(), c, text.get(at + c.len_utf8()..))),
        }
    }
    out
}

/// A look-alike keeps the text readable where a backslash would be shown.
fn look_alike(before: &str, c: char, rest: Option<&str>) -> char {
    let goes_on = rest.is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let inside = before.ends_with(char::is_alphanumeric) && goes_on;
    match c {
        '*' => '∗',
        '`' => '｀',
        '~' => '∼',
        '[' => '［',
        ']' => '］',
        // Emphasis is around words: `user_name` stays as it is, to be copied.
        '_' if !inside => '＿',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn strangers_text_is_no_markup() {
        let cases = [
            ("*bob* `x` ~y~ [a](b)", "∗bob∗ ｀x｀ ∼y∼ ［a］ (b)"),
            ("<!channel> & co", "&lt;!channel&gt; &amp; co"),
            ("_bob_ user_name __x", "＿bob＿ user_name ＿＿x"),
            (
                "see https://evil.example/a www.evil.example",
                "see https［:/］/evil［.］example/a www［.］evil［.］example",
            ),
            ("a\n\u{202e}b", "a �b"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text), expected, "{text:?}");
        }
        assert_eq!(entities("a <b> https://wiki/_x_"), "a &lt;b&gt; https://wiki/_x_");
    }

    #[test]
    fn an_entity_is_never_cut() {
        assert_eq!(escaped_within("a&b", 7), "a&amp;b");
        assert_eq!(escaped_within("ab&c", 6), "ab…");
        assert_eq!(escaped_within("&&&", 9), "&amp;…");
    }

    proptest! {
        #[test]
        fn what_is_shown_is_bounded_and_has_whole_entities(text in "[&<>a_* ]{0,40}", max in 1..60_usize) {
            let out = escaped_within(&text, max);
            prop_assert!(out.chars().count() <= max);
            let plain = out.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "");
            prop_assert!(!plain.contains(['&', '<', '>']), "{}", out);
        }
    }
}
