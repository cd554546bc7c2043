//! `[controls]`: which controls are set up, and controls of your own.

use std::collections::BTreeMap;

use super::dom::{Node, nearest, non_empty, section};
use crate::controls::{Control, ControlChoice, Pack, Severity, Texts};
use crate::notice::Language;

pub(super) fn controls(node: &Node<'_>) -> Option<ControlChoice> {
    let mut table = section(node)?;
    let benchmark = table.get("benchmark").and_then(|node| non_empty(&node, "cis-3.0"));
    let only = table.get("only");
    if let Some(node) = only.as_ref().filter(|node| node.list().is_some_and(|list| list.is_empty())) {
        node.wrong("at least one control is expected, the list is empty; without this key all are set up");
    }
    let only = only.map(|node| keys(&node)).unwrap_or_default();
    let skip = table.get("skip").map(|node| keys(&node)).unwrap_or_default();
    let extra = table.get("extra").and_then(|node| node.list()).unwrap_or_default().iter().filter_map(pack).collect();
    let thresholds = table.get("thresholds").and_then(|node| thresholds(&node)).unwrap_or_default();
    let companions = table.get("companions").and_then(|node| node.flag()).unwrap_or(false);
    let own = table.get("own").and_then(|node| node.list()).unwrap_or_default().iter().filter_map(own).collect();
    table.finish();
    Some(ControlChoice { benchmark, only, skip, extra, thresholds, companions, own })
}

fn keys(node: &Node<'_>) -> Vec<String> {
    let list = node.list().unwrap_or_default();
    list.iter().filter_map(|node| non_empty(node, "ConsoleLogin")).collect()
}

fn pack(node: &Node<'_>) -> Option<Pack> {
    let text = node.text("sign-ins")?;
    let found = Pack::ALL.into_iter().find(|pack| pack.as_str() == text);
    if found.is_none() {
        let known = Pack::ALL.map(Pack::as_str);
        let hint = nearest(text, &known).map(|near| format!("; did you mean {near:?}?")).unwrap_or_default();
        node.wrong(format!("{text:?} is no pack of controls; there are {}{hint}", known.join(" and ")));
    }
    found
}

fn thresholds(node: &Node<'_>) -> Option<BTreeMap<String, f64>> {
    let table = section(node)?;
    let positive = |(key, node): (&str, Node<'_>)| Some((key.to_owned(), threshold(&node)?));
    Some(table.entries().filter_map(positive).collect())
}

fn threshold(node: &Node<'_>) -> Option<f64> {
    let number = node.number()?;
    if !number.is_finite() || number <= 0.0 {
        node.wrong(format!("a number above 0 is expected, this is {number}"));
        return None;
    }
    Some(number)
}

/// One `[[controls.own]]`, in the form of the catalogue. Its samples are tried at once: a pattern that does not do
/// what its author thinks is refused before AWS is asked.
fn own(node: &Node<'_>) -> Option<Control> {
    let mut table = section(node)?;
    let key = table.require("key", "\"DeletedBackup\"");
    let pattern = table.require("pattern", "'{ $.eventName = \"DeleteBackupVault\" }'");
    let notice = table.require("notice", "\"A backup vault was deleted\"").and_then(|node| line(&node));
    let next = table.get("next").and_then(|node| line(&node));
    let texts = table.get("texts").and_then(|node| texts(&node)).unwrap_or_default();
    let title = table.get("title").and_then(|node| line(&node));
    let severity = table.get("severity").and_then(|node| severity(&node)).unwrap_or_default();
    let threshold = table.get("threshold").and_then(|node| threshold(&node)).unwrap_or(1.0);
    let period = table.get("period").and_then(|node| node.integer()).and_then(|n| i32::try_from(n).ok()).unwrap_or(300);
    let must_match = table.get("must_match").map(|node| records(&node)).unwrap_or_default();
    let must_not_match = table.get("must_not_match").map(|node| records(&node)).unwrap_or_default();
    table.finish();
    let (key, pattern, notice) = (key?, pattern?, notice?);
    let control = Control {
        key: non_empty(&key, "DeletedBackup")?,
        title: title.unwrap_or_else(|| notice.clone()),
        ids: BTreeMap::new(),
        pack: None,
        security_hub: None,
        severity,
        pattern: pattern.text("{ $.eventName = DeleteBackupVault }")?.to_owned(),
        further: Vec::new(),
        itself: false,
        companion: None,
        threshold,
        period,
        notice,
        texts: with_next(texts, next.is_none()),
        next: next.unwrap_or_else(|| Language::En.ask_about_own().to_owned()),
        must_match,
        must_not_match,
    };
    let mistakes = control.mistakes();
    for mistake in &mistakes {
        pattern.wrong(mistake.clone());
    }
    mistakes.is_empty().then_some(control)
}

/// `{ ja = { notice = "…", next = "…" } }`.
fn texts(node: &Node<'_>) -> Option<BTreeMap<Language, Texts>> {
    let table = section(node)?;
    let mut all = BTreeMap::new();
    for (code, node) in table.entries() {
        match Language::parse(code) {
            Some(Language::En) => node.wrong("English is what notice and next beside texts are"),
            Some(language) => drop(in_language(&node).map(|texts| all.insert(language, texts))),
            None => node.wrong(format!("there is no language {code:?}; expected is one of {}", other_languages())),
        }
    }
    Some(all)
}

fn other_languages() -> String {
    let others = Language::ALL.iter().filter(|it| **it != Language::En);
    others.map(|it| it.code()).collect::<Vec<_>>().join(", ")
}

fn in_language(node: &Node<'_>) -> Option<Texts> {
    let mut table = section(node)?;
    let notice = table.get("notice").and_then(|node| line(&node));
    let next = table.get("next").and_then(|node| line(&node));
    table.finish();
    Some(Texts { notice, next })
}

/// Where no next step is given at all, each language has one of its own.
fn with_next(mut texts: BTreeMap<Language, Texts>, not_given: bool) -> BTreeMap<Language, Texts> {
    for language in Language::ALL.into_iter().filter(|it| not_given && *it != Language::En) {
        let next = &mut texts.entry(language).or_default().next;
        next.get_or_insert_with(|| language.ask_about_own().to_owned());
    }
    texts
}

/// A text of one line; it stands in mails and alarm descriptions.
fn line(node: &Node<'_>) -> Option<String> {
    let text = node.text("one line")?.trim();
    if text.is_empty() || text.chars().any(char::is_control) {
        node.wrong("one line of text is expected");
        return None;
    }
    Some(text.to_owned())
}

fn severity(node: &Node<'_>) -> Option<Severity> {
    let text = node.text("high")?;
    let known = [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];
    let found = known.into_iter().find(|severity| severity.as_str() == text);
    if found.is_none() {
        node.wrong(format!("one of low, medium, high, critical is expected, this is {text:?}"));
    }
    found
}

/// Sample records, each a text with JSON.
fn records(node: &Node<'_>) -> Vec<String> {
    let read = |node: &Node<'_>| {
        let text = node.text("{\"eventName\":\"DeleteBackupVault\"}")?;
        if let Err(error) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(text) {
            node.wrong(format!("a JSON object is expected: {error}"));
            return None;
        }
        Some(text.to_owned())
    };
    node.list().unwrap_or_default().iter().filter_map(read).collect()
}
