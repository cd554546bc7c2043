//! `[notify]`: who is told.

use super::dom::{Node, each, section, zone};
use super::{ignore, known};
use crate::hours::Zone;
use crate::ignore::Ignore;
use crate::known::Known;
use crate::names::Name;
use crate::notice::Language;

/// `[notify]`.
#[derive(Debug, Clone)]
pub struct Notify {
    /// Zone of the local time shown beside UTC; default the first schedule's.
    pub timezone: Zone,
    /// The languages of notices, at least one: each notice is published once in each of them. Default English.
    pub languages: Vec<Language>,
    /// Addresses that the bootstrapper subscribes to the notice topic; none without `[notify]`.
    pub emails: Vec<Email>,
    /// Whether HTTPS subscribers of the notice topic are the AWS chat applications (`https = "chat"`) and get
    /// their custom notification; default `https = "json"`, the notice itself.
    pub chat: bool,
    /// Whether notices say what is new or usual, by looking back in the trail's log; default yes.
    pub history: bool,
    /// `[[notify.ignore]]`: activity that nobody is woken for.
    pub ignore: Vec<Ignore>,
    /// `[[notify.known]]`: networks that notices call by name.
    pub known: Vec<Known>,
    /// The ARN of a customer KMS key that encrypts both topics. The bootstrapper adds to its policy what lets
    /// CloudWatch use it.
    pub kms_key: Option<String>,
    /// An existing topic for people; without it one is made.
    pub topic: Option<ExistingTopic>,
    /// An existing topic that alarms publish to; without it one is made. Another than [`Notify::topic`].
    pub alarm_topic: Option<ExistingTopic>,
}

/// An address and what it reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Email {
    /// The address.
    pub address: String,
    /// The languages that it gets, each of them one of [`Notify::languages`]; empty for all, where there is one anyway.
    pub languages: Vec<Language>,
}

/// A topic that is named instead of made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExistingTopic {
    /// Its name.
    pub name: String,
    /// Its ARN, where the config gives one: it must be of the account and Region that the bootstrapper works in.
    pub arn: Option<String>,
}

/// `[notify]`, its zone possibly that of the first schedule.
#[derive(Default)]
pub(super) struct NotifyPart {
    pub(super) zone: Option<Zone>,
    pub(super) languages: Vec<Language>,
    pub(super) emails: Vec<Email>,
    pub(super) chat: bool,
    pub(super) history: Option<bool>,
    pub(super) ignore: Vec<Ignore>,
    pub(super) known: Vec<Known>,
    pub(super) kms_key: Option<String>,
    pub(super) topic: Option<ExistingTopic>,
    pub(super) alarm_topic: Option<ExistingTopic>,
}

/// `languages` becomes what the key says, also where the rest is wrong: nothing where it is not there, no language where
/// it cannot be read. `is_chat` likewise.
pub(super) fn notify(
    node: &Node<'_>,
    name: Option<&Name>,
    languages: &mut Option<Vec<Language>>,
    is_chat: &mut bool,
) -> Option<NotifyPart> {
    let mut table = section(node)?;
    let language_node = table.get("language");
    let read = language_node.as_ref().map_or(Some(vec![Language::default()]), one_or_more_languages);
    *languages = language_node.as_ref().map(|_| read.clone().unwrap_or_default());
    let known = read.clone().unwrap_or_default();
    let zone = table.get("timezone").map(|node| zone(&node));
    let topic_node = table.get("topic");
    let alarm_node = table.get("alarm_topic");
    let (topic, alarm_topic) = (topic_node.as_ref().and_then(topic), alarm_node.as_ref().and_then(topic));
    if let (Some(node), Some(name)) = (alarm_node.as_ref().or(topic_node.as_ref()), name) {
        apart(node, name, topic.as_ref(), alarm_topic.as_ref());
    }
    // A topic that exists already has its own subscribers.
    let emails = match &topic_node {
        Some(_) => table.get("emails").map_or(Some(Vec::new()), |node| emails(&node, &known)),
        None => table.require("emails", "[\"security@example.com\"]").and_then(|node| emails(&node, &known)),
    };
    let chat = table.get("https").is_some_and(|node| chat(&node));
    *is_chat = chat;
    let history = table.get("history").and_then(|node| node.flag());
    let ignore = table.get("ignore").map(|node| ignore::all(&node)).unwrap_or_default();
    let known = table.get("known").map(|node| known::all(&node)).unwrap_or_default();
    let kms_key = table.get("kms_key").and_then(|node| kms_key(&node));
    table.finish();
    let zone = match zone {
        None => None,
        Some(zone) => Some(zone?),
    };
    let languages = read?;
    let emails = emails?;
    Some(NotifyPart { zone, languages, emails, chat, history, ignore, known, kms_key, topic, alarm_topic })
}

/// Whether a text is the ARN of a key, and not of an alias.
pub(super) fn is_key_arn(text: &str) -> bool {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    matches!(parts[..], ["arn", _, "kms", _, _, key] if key.starts_with("key/") && key.len() > 4)
}

/// A key's ARN: CloudWatch cannot publish through `alias/aws/sns`, and another alias can be moved unseen.
fn kms_key(node: &Node<'_>) -> Option<String> {
    const EXAMPLE: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…";
    let text = node.text(EXAMPLE)?;
    if !is_key_arn(text) {
        node.wrong(format!(
            "the ARN of a customer key is expected, such as {EXAMPLE:?}; alarms cannot use alias/aws/sns"
        ));
        return None;
    }
    Some(text.to_owned())
}

/// Whether HTTPS subscribers are the AWS chat applications.
fn chat(node: &Node<'_>) -> bool {
    let text = node.text("chat");
    if let Some(other) = text.filter(|text| !matches!(*text, "chat" | "json")) {
        node.wrong(format!("\"json\" or \"chat\" is expected, this is {other:?}"));
    }
    text == Some("chat")
}

/// A topic that exists: its name or its ARN. SNS: 1 to 256 letters, digits, `-` and `_`.
fn topic(node: &Node<'_>) -> Option<ExistingTopic> {
    let text = node.text("company-alerts")?;
    let (name, arn) = match text.splitn(6, ':').collect::<Vec<_>>()[..] {
        ["arn", _, "sns", _, _, name] => (name, Some(text.to_owned())),
        _ => (text, None),
    };
    if name.strip_suffix(".fifo").is_some() {
        node.wrong("a FIFO topic takes neither alarms nor mail subscriptions; a standard topic is expected");
        return None;
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    if !(1..=256).contains(&name.len()) || !name.chars().all(fits) {
        node.wrong(format!(
            "the name or ARN of a topic is expected, such as \"company-alerts\" or \
             \"arn:aws:sns:eu-west-1:111122223333:company-alerts\"; this is {text:?}"
        ));
        return None;
    }
    Some(ExistingTopic { name: name.to_owned(), arn })
}

/// The enricher reads the one topic and writes to the other; on a single one it would answer itself without end.
fn apart(node: &Node<'_>, name: &Name, topic: Option<&ExistingTopic>, alarm_topic: Option<&ExistingTopic>) {
    let notices = topic.map_or_else(|| name.notice_topic(), |topic| topic.name.clone());
    let alarms = alarm_topic.map_or_else(|| name.alarm_topic(), |topic| topic.name.clone());
    if notices == alarms {
        node.wrong(format!(
            "alarms and notices need a topic each, both are {notices:?}: the enricher would read its own notices"
        ));
    }
}

/// A language, or a list of them.
fn one_or_more_languages(node: &Node<'_>) -> Option<Vec<Language>> {
    let list = if node.is_text() { vec![node.clone()] } else { node.list()? };
    if list.is_empty() {
        node.wrong("at least one language is expected, the list is empty; without this key it is \"en\"");
        return None;
    }
    let languages = each(&list, language)?;
    let twice = |(at, it): (usize, &Language)| languages.iter().take(at).any(|before| before == it);
    if let Some((_, it)) = languages.iter().enumerate().find(|it| twice(*it)) {
        node.wrong(format!("{:?} is there twice: each notice is sent once in each language", it.code()));
        return None;
    }
    Some(languages)
}

fn language(node: &Node<'_>) -> Option<Language> {
    let text = node.text("ja")?;
    let language = Language::parse(text);
    if language.is_none() {
        let known: Vec<String> = Language::ALL.iter().map(|it| format!("{:?}", it.code())).collect();
        node.wrong(format!("one of {} is expected, this is {text:?}", known.join(", ")));
    }
    language
}

/// Addresses, each a text or, where there are several languages, `{ address = "…", language = "ja" }`.
fn emails(node: &Node<'_>, languages: &[Language]) -> Option<Vec<Email>> {
    let list = node.list()?;
    if list.is_empty() {
        node.wrong("at least one address is expected, the list is empty");
        return None;
    }
    let emails = each(&list, |node| email(node, languages))?;
    for (at, (node, email)) in list.iter().zip(&emails).enumerate() {
        let before = emails.iter().take(at).find(|it| it.address == email.address);
        if before.is_some_and(|it| it.languages != email.languages) {
            node.wrong(format!("{} is there already, in another language; SNS subscribes an address once: list its languages in one entry", email.address));
            return None;
        }
    }
    Some(emails)
}

fn email(node: &Node<'_>, languages: &[Language]) -> Option<Email> {
    if !node.is_table() {
        // Of several languages an address gets the first.
        let own = if languages.len() > 1 { languages.iter().take(1).copied().collect() } else { Vec::new() };
        return Some(Email { address: address(node)?, languages: own });
    }
    let mut table = node.table()?;
    let address_node = table.require("address", "\"security@example.com\"");
    let language_node = table.require("language", "\"ja\"");
    table.finish();
    let (address, own) =
        (address_node.and_then(|it| address(&it)), language_node.as_ref().and_then(one_or_more_languages));
    if let (Some(node), Some(own)) = (&language_node, &own)
        && let Some(other) = own.iter().find(|it| !languages.contains(it))
        && !languages.is_empty()
    {
        let code = other.code();
        node.wrong(format!("nothing is sent in {code:?}: name it in [notify] language as well"));
        return None;
    }
    let own = if languages.len() > 1 { own? } else { own.map(|_| Vec::new())? };
    Some(Email { address: address?, languages: own })
}

fn address(node: &Node<'_>) -> Option<String> {
    let text = node.text("security@example.com")?;
    if !looks_like_an_address(text) {
        node.wrong(format!("{text:?} is no e-mail address; one such as \"security@example.com\" is expected"));
        return None;
    }
    Some(text.to_owned())
}

/// Shallow on purpose: whether mail arrives is proven by the subscription's confirmation alone.
fn looks_like_an_address(text: &str) -> bool {
    let printable = text.chars().all(|c| c.is_ascii_graphic() && !matches!(c, ',' | ';' | '<' | '>' | '"'));
    let parts = text.split_once('@');
    let parts_fit = parts.is_some_and(|(user, host)| {
        !user.is_empty() && !host.contains('@') && host.split('.').count() > 1 && !host.split('.').any(str::is_empty)
    });
    printable && parts_fit && text.len() <= 254
}
