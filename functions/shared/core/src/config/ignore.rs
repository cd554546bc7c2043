//! `[[notify.ignore]]` in the file. What an entry means stands in [`crate::ignore`].

use super::dom::Node;
use crate::ignore::{Ignore, Source, Wildcard};

/// All entries; a mistake in any of them is noted and the entry left out.
pub(super) fn all(node: &Node<'_>) -> Vec<Ignore> {
    node.list().unwrap_or_default().iter().filter_map(entry).collect()
}

fn entry(node: &Node<'_>) -> Option<Ignore> {
    let mut table = node.table()?;
    let who = table.get("who");
    let event = table.get("event");
    let source_ip = table.get("source_ip");
    let error_code = table.get("error_code");
    let until = table.get("until");
    let reason = table.require("reason", "\"penetration test, ticket 4711\"");
    if [&who, &event, &source_ip, &error_code].iter().all(|it| it.is_none()) {
        table.wrong(
            "this entry names nothing to ignore; at least one of who, event, source_ip and error_code is expected",
        );
    }
    table.finish();
    Some(Ignore {
        who: who.and_then(|it| wildcard(&it, "Ci/*")),
        event: event.and_then(|it| wildcard(&it, "DescribeInstances")),
        error_code: error_code.and_then(|it| wildcard(&it, "AccessDenied*")),
        source_ip: source_ip.and_then(|it| source(&it)),
        until: until.and_then(|it| date(&it)),
        reason: reason.and_then(|it| sentence(&it))?,
    })
}

fn wildcard(node: &Node<'_>, example: &str) -> Option<Wildcard> {
    let text = node.text(example)?;
    let wildcard = Wildcard::parse(text);
    if wildcard.is_none() {
        node.wrong(format!("{text:?} would ignore everything; something such as {example:?} is expected"));
    }
    wildcard
}

fn source(node: &Node<'_>) -> Option<Source> {
    let text = node.text("203.0.113.0/24")?;
    Source::parse(text).map_err(|why| node.wrong(format!("{text:?} does not fit: {why}"))).ok()
}

fn date(node: &Node<'_>) -> Option<jiff::civil::Date> {
    let text = node.text("2026-12-31")?;
    let date = text.parse().ok().filter(|_| text.len() == 10);
    if date.is_none() {
        node.wrong(format!("{text:?} is no date; one such as \"2026-12-31\", the last day of the entry, is expected"));
    }
    date
}

fn sentence(node: &Node<'_>) -> Option<String> {
    let text = node.text("penetration test, ticket 4711")?.trim();
    if text.is_empty() {
        node.wrong("a reason is expected: whoever reads the notice wants to know why nobody was woken");
        return None;
    }
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn notify(section: &str) -> Result<Config, String> {
        let schedule = "schedule.timezone = \"Asia/Tokyo\"\nschedule.windows = [{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]\n";
        Config::parse(&format!("{schedule}[notify]\nemails = [\"security@example.com\"]\n{section}"))
            .map_err(|e| e.to_string())
    }

    #[test]
    fn entries_are_read() {
        let config = notify(
            r#"https = "chat"
[[notify.ignore]]
who = "Ci/*"
event = "CreateUser"
source_ip = "203.0.113.0/24"
error_code = "AccessDenied*"
until = "2027-03-31"
reason = "nightly deployment"
[[notify.ignore]]
source_ip = "config.amazonaws.com"
reason = "AWS Config looks at everything""#,
        );
        let notify = config.unwrap().notify;
        assert!(notify.chat);
        let first = &notify.ignore[0];
        assert!(first.who.as_ref().unwrap().matches("Ci/run-7") && first.until == Some(jiff::civil::date(2027, 3, 31)));
        assert_eq!((notify.ignore.len(), notify.ignore[1].until), (2, None));
        assert!(notify_without_entries());
    }

    fn notify_without_entries() -> bool {
        let notify = notify("").unwrap().notify;
        notify.ignore.is_empty() && !notify.chat
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let errors = notify(
            r#"https = "slack"
[[notify.ignore]]
reason = "everything"
[[notify.ignore]]
who = "*"
source_ip = "203.0.113.5/24"
until = 2027-03-31
[[notify.ignore]]
event = 7
until = "tomorrow"
whom = "alice"
reason = " ""#,
        );
        insta::assert_snapshot!(errors.unwrap_err());
    }
}
