//! The notice as the custom notification of the AWS chat applications (Amazon Q Developer in chat
//! applications, once AWS Chatbot), which drop any other JSON without a word.
//!
//! Source: its administrator guide, "Custom notifications": `version` 1.0, `source` custom, markdown as
//! Slack and Teams have it.

use serde_json::json;

use super::Notice;
use super::mail::{Style, found, next};
use super::words::{headline, sentence};
use crate::text::clean;

/// How many further groups are told.
const GROUPS: usize = 8;

impl Notice {
    /// The custom notification as JSON on one line.
    pub(super) fn chat(&self, style: &Style<'_>) -> String {
        let name = self.alarm.name.as_deref().unwrap_or("a message that is no alarm");
        let others = self.activity.iter().skip(1).take(GROUPS).map(|it| format!("• {}", sentence(it, style.local)));
        let problems = self.problems.iter().take(3).map(|it| format!("not known: {it}"));
        let mut lines = vec![escaped(&headline(self, style.local))];
        lines.extend(others.chain(problems).map(|it| escaped(&it)));
        if !self.search.is_empty() {
            lines.push(found(self));
        }
        let link =
            self.search.iter().find_map(|it| it.console_url.as_deref()).map(|url| format!("<{url}|Open the search>"));
        let steps: Vec<_> = next(self, style).map(escaped).into_iter().chain(link).collect();
        let keywords: Vec<_> = [&self.control, &self.severity, &self.alarm.region].into_iter().flatten().collect();
        let content = json!({
            "textType": "client-markdown",
            "title": clean(&escaped(&format!("{} {name}", self.alarm.state.as_str())), 250),
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
                "summary": clean(&headline(self, style.local), 250),
                "eventType": "yakei.notice",
                "relatedResources": self.alarm.arn.iter().collect::<Vec<_>>(),
                "additionalContext": {"suppressed": self.suppressed.to_string(), "complete": self.complete.to_string()},
            },
        })
        .to_string()
    }
}

/// Strangers' text must not become markup: links, mentions, emphasis.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // A look-alike keeps the text readable where a backslash would be shown.
            '*' => out.push('∗'),
            '`' => out.push('ˋ'),
            '~' => out.push('∼'),
            '[' => out.push('［'),
            ']' => out.push('］'),
            c => out.push(c),
        }
    }
    out
}
