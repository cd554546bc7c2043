//! `[[notify.ignore]]` in the file. What an entry means stands in [`crate::ignore`].

use super::dom::Node;
use crate::activity::{HIDDEN_USER, Identity};
use crate::arns::is_account;
use crate::ignore::{Ignore, Source, Wildcard, identities};
use crate::text::clean;

/// The longest name that a notice shows.
const LONGEST_WHO: usize = 200;

/// All entries; a mistake in any of them is noted and the entry left out.
pub(super) fn all(node: &Node<'_>) -> Vec<Ignore> {
    node.list().unwrap_or_default().iter().filter_map(entry).collect()
}

fn entry(node: &Node<'_>) -> Option<Ignore> {
    let mut table = node.table()?;
    let who = table.get("who");
    let kind = table.get("kind");
    let account = table.get("account");
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
    let kind = kind.map(|it| one_or_more(&it, identity)).unwrap_or_default();
    let named = account.map(|it| one_or_more(&it, account_id)).unwrap_or_default();
    Some(Ignore {
        who: who.and_then(|it| name(&it, &kind, !named.is_empty())),
        kind,
        account: named,
        event: event.and_then(|it| event_name(&it)),
        error_code: error_code.and_then(|it| wildcard(&it, "AccessDenied*")),
        source_ip: source_ip.and_then(|it| source(&it)),
        until: until.and_then(|it| date(&it)),
        reason: reason.and_then(|it| sentence(&it))?,
    })
}

/// What a node holds, or each of a list holds.
pub(super) fn one_or_more<T>(node: &Node<'_>, read: impl Fn(&Node<'_>) -> Option<T>) -> Vec<T> {
    if node.is_text() {
        return read(node).into_iter().collect();
    }
    let list = node.list().unwrap_or_default();
    if list.is_empty() {
        node.wrong("nothing is named here; leave the key out, or name one or more");
    }
    list.iter().filter_map(read).collect()
}

fn identity(node: &Node<'_>) -> Option<Identity> {
    let text = node.text("IAMUser")?;
    let known = Identity::WORDS.iter().find(|(_, word)| *word == text).map(|(identity, _)| *identity);
    if known.is_none() {
        let words: Vec<_> = Identity::WORDS.iter().map(|(_, word)| *word).collect();
        node.wrong(format!("{text:?} is no kind of identity; one of {} is expected", words.join(", ")));
    }
    known
}

pub(super) fn account_id(node: &Node<'_>) -> Option<String> {
    let text = node.text("111122223333")?;
    if is_account(text) {
        return Some(text.to_owned());
    }
    node.wrong(format!("{text:?} is no account; twelve digits in quotes, such as \"111122223333\", are expected"));
    None
}

/// A name as notices show it. What no notice can show would never match, and is a mistake.
fn name(node: &Node<'_>, kind: &[Identity], with_account: bool) -> Option<Wildcard> {
    const NEVER: &str = "notices never show this, so it never matches";
    let text = &crate::text::linked(node.text("Ci/*")?);
    if text.starts_with("arn:") && kind.is_empty() {
        node.wrong(format!("{NEVER}; of {text:?} a notice shows the name alone, such as \"alice\" or \"Ci/*\""));
    } else if text.contains("unknown user name") {
        node.wrong(format!("{NEVER}; the name of whoever has no user name here is {HIDDEN_USER:?}"));
    } else if clean(text, LONGEST_WHO) != text.as_str() {
        let shown = clean(text, LONGEST_WHO);
        node.wrong(format!(
            "{NEVER}; write {shown:?}, without blanks around it and in at most {LONGEST_WHO} characters"
        ));
    } else if let ([form], false) = (identities(text), kind.is_empty())
        && *form != Identity::IamUser
        && !kind.contains(form)
    {
        node.wrong(format!("{text:?} is the form of {form:?}, which `kind` does not name, so it never matches"));
    } else if identities(text) == [Identity::AwsAccount] && !with_account {
        node.wrong(format!("{text:?} acts from another account, so name it as well: account = \"111122223333\""));
    }
    as_wildcard(node, text, "Ci/*")
}

/// `eventName` has no service before it.
fn event_name(node: &Node<'_>) -> Option<Wildcard> {
    let text = node.text("DescribeInstances")?;
    if text.contains(|c: char| c == ':' || c == '/' || c.is_whitespace()) {
        let alone = text.rsplit([':', '/']).next().unwrap_or_default().replace(char::is_whitespace, "");
        node.wrong(format!("{text:?} is never an eventName, which has no service and no blank; write {alone:?}"));
    }
    as_wildcard(node, text, "DescribeInstances")
}

fn wildcard(node: &Node<'_>, example: &str) -> Option<Wildcard> {
    let text = node.text(example)?;
    if clean(text, 200) != text {
        node.wrong(format!("no outcome is written like {text:?}, so it never matches; write {:?}", clean(text, 200)));
    }
    as_wildcard(node, text, example)
}

fn as_wildcard(node: &Node<'_>, text: &str, example: &str) -> Option<Wildcard> {
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
kind = "AssumedRole"
account = ["111122223333", "444455556666"]
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
        assert_eq!(
            (first.account.len(), first.kind.as_slice()),
            (2, [crate::activity::Identity::AssumedRole].as_slice())
        );
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

    #[test]
    fn a_name_may_be_copied_from_a_notice() {
        let config = notify("[[notify.ignore]]\nwho = \"ci[.]example[.]com\"\nreason = \"x\"").unwrap();
        assert!(config.notify.ignore[0].who.as_ref().unwrap().matches("ci.example.com"));
    }

    #[test]
    fn entries_that_can_never_match_are_refused_with_the_mend() {
        let entries = [
            "source_ip = \"203.0.113\"",
            "source_ip = \"::ffff:203.0.113.0/120\"",
            "source_ip = \"203.0.113.7/24\"",
            "source_ip = \"aws internal\"",
            "who = \"arn:aws:iam::111122223333:user/alice\"",
            "who = \" alice\"",
            "who = \"someone with an unknown user name\"",
            "who = \"Ci/*\"\nkind = \"IAMUser\"",
            "who = \"root of 111122223333\"\nkind = [\"AssumedRole\", \"IAMUser\"]",
            "who = \"account 111122223333\"",
            "event = \"iam:CreateUser\"",
            "event = \"Create User\"",
            "error_code = \"AccessDenied \"",
            "who = \"alice\"\naccount = \"1111-2222-3333\"",
            "who = \"alice\"\naccount = []",
            "who = \"alice\"\nkind = \"IamUser\"",
        ];
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                let error = notify(&format!("[[notify.ignore]]\nreason = \"x\"\n{entry}")).unwrap_err();
                format!("{entry}\n    {}", error.replace('\n', "\n    "))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
