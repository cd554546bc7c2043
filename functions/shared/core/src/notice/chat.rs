//! The notice as the custom notification of the AWS chat applications (Amazon Q Developer in chat
//! applications, once AWS Chatbot), which drop any other JSON without a word.
//!
//! Source: its administrator guide, "Custom notifications": `version` 1.0, `source` custom, markdown as
//! Slack and Teams have it.

use std::fmt;

use serde_json::{Value, json};

use super::answers;
use super::language::words::Words;
use super::model::Notice;
use super::stop::Stop;
use super::style::Style;
use super::words::{found, headline, next, sentence};
use crate::text::{clean, fitted, unlinked};

/// How many further groups are told.
const GROUPS: usize = 8;

/// How long what should be short may be.
const SHORT: usize = 250;

impl Notice {
    /// The custom notification as JSON on one line.
    pub(super) fn chat(&self, style: &Style<'_>) -> String {
        let words = style.language.words();
        let title = self.alarm.name.as_deref().unwrap_or(words.labels().no_alarm);
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
        let link = link.map(|url| Link { url, text: words.labels().open_search }.to_string());
        let steps = next(self, style).map(|it| entities(&clean(it, 500))).into_iter();
        let steps: Vec<_> = steps.chain(answers::chat_steps(self, style)).chain(link).collect();
        let keywords = [&self.control, &self.severity, &self.alarm.region].into_iter().flatten();
        let custom = Custom {
            id: &self.id,
            title: &format!("{} {title}", self.alarm.state.as_str()),
            lines,
            steps,
            keywords: keywords.map(|it| escaped(it)).collect(),
            thread: title,
            summary: &headline(self, style),
            kind: "yakei.notice",
            resources: self.alarm.arn.iter().map(|it| escaped(it)).collect(),
            context: json!({"suppressed": self.is_suppressed().to_string(), "complete": self.is_complete().to_string()}),
        };
        custom.to_json()
    }
}

/// What a custom notification holds. What is a text here is made harmless by it, what is a list is so already.
#[derive(Debug)]
pub(crate) struct Custom<'a> {
    /// The same whenever the same thing is told again.
    pub id: &'a str,
    /// What stands above.
    pub title: &'a str,
    /// The message.
    pub lines: Vec<String>,
    /// What to do.
    pub steps: Vec<String>,
    /// What stands below.
    pub keywords: Vec<String>,
    /// Messages of one thread stand together.
    pub thread: &'a str,
    /// The message in short.
    pub summary: &'a str,
    /// What kind of message it is.
    pub kind: &'static str,
    /// What it is about.
    pub resources: Vec<String>,
    /// More of it, as texts by name.
    pub context: Value,
}

impl Custom<'_> {
    /// The notification as JSON on one line.
    pub(crate) fn to_json(&self) -> String {
        let content = json!({
            "textType": "client-markdown",
            "title": escaped_within(self.title, SHORT),
            "description": self.lines.join("\n"),
            "nextSteps": self.steps,
            "keywords": self.keywords,
        });
        json!({
            "version": "1.0",
            "source": "custom",
            "id": self.id,
            "content": content,
            "metadata": {
                "threadId": escaped_within(self.thread, SHORT),
                "summary": escaped_within(self.summary, SHORT),
                "eventType": self.kind,
                "relatedResources": self.resources,
                "additionalContext": self.context,
            },
        })
        .to_string()
    }
}

/// A link of ours, as chat applications write one.
#[derive(Debug)]
pub(crate) struct Link<'a> {
    /// Where it leads.
    pub url: &'a str,
    /// Its words.
    pub text: &'a str,
}

impl fmt::Display for Link<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "<{}|{}>", self.url, self.text)
    }
}

/// What stops the first of these identities: commands as code, and its links.
pub(crate) fn steps(stops: &[Stop], words: &dyn Words) -> Vec<String> {
    let labels = words.labels();
    let Some(stop) = stops.first() else { return Vec::new() };
    let mut lines = vec![words.to_stop(&answers::whom(stop))];
    for step in &stop.steps {
        let command = step.command.as_ref().map_or(String::new(), |it| format!(" `{it}`"));
        lines.push(format!("{}{command}", words.step(step.does)));
    }
    let mut lines: Vec<String> = lines.iter().map(|it| entities(&clean(it, 2_000))).collect();
    for (text, url) in [(labels.open_event, &stop.event_url), (labels.open_identity, &stop.identity_url)] {
        lines.extend(url.as_ref().map(|url| Link { url, text }.to_string()));
    }
    lines
}

/// Our own or the config's text, which may link.
fn entities(text: &str) -> String {
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
pub(crate) fn escaped(text: &str) -> String {
    escaped_within(text, usize::MAX)
}

/// The same in at most `max` characters.
pub(crate) fn escaped_within(text: &str, max: usize) -> String {
    fitted(max, |at| disarmed(&unlinked(&clean(text, at))), |form| form.chars().count())
}

/// A sentence whose parts are without links already, as a line without markup.
pub(crate) fn without_markup(sentence: &str) -> String {
    disarmed(&clean(sentence, usize::MAX))
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
