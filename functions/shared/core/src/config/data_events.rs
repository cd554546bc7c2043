//! `[trail] data_events`: which data events a trail of Yakei's own records besides.
//!
//! Never those of the trail's own buckets: each delivery would be an event of the next.

use std::collections::BTreeSet;

use super::dom::{Node, each};
use crate::names::Name;

/// Values that a trail's event selectors may hold in all (CloudTrail API reference, `PutEventSelectors`).
const MOST_VALUES: usize = 500;

/// Data events of S3 that a trail records.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DataEvents {
    /// The buckets whose objects they are about, by name; empty for all but the trail's own.
    pub buckets: Vec<String>,
    /// Reads, writes or both.
    pub read_write: ReadWrite,
}

/// Which of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReadWrite {
    /// Both.
    #[default]
    All,
    /// `GetObject`, `ListObjects`, …
    Read,
    /// `PutObject`, `DeleteObject`, …
    Write,
}

const FORMS: &str = "\"s3\" is expected, or { service = \"s3\", buckets = [\"my-data\"], read_write = \"write\" }";

/// `["s3"]`, or tables. `existing` is `[trail] bucket`.
pub(super) fn all(node: &Node<'_>, name: Option<&Name>, existing: Option<&str>) -> Option<Vec<DataEvents>> {
    let list = node.list()?;
    if list.is_empty() {
        node.wrong(format!("the list is empty: {FORMS}; without this key no data events are recorded"));
        return None;
    }
    let all = each(&list, |node| one(node, name, existing))?;
    let everything = all.iter().filter(|it| it.buckets.is_empty()).count();
    if everything > 1 {
        node.wrong("all buckets are named more than once: one such entry is expected, beside those with `buckets`");
        return None;
    }
    // Category, type and direction, and buckets: named, or the trail's own two; one more for management events.
    let values: usize = all.iter().map(|it| 3 + it.buckets.len().max(2)).sum::<usize>() + 1;
    if values > MOST_VALUES {
        node.wrong(format!(
            "CloudTrail takes {MOST_VALUES} values in a trail's event selectors, these are {values}: name fewer buckets, \
             or record all (\"s3\")"
        ));
        return None;
    }
    Some(all)
}

fn one(node: &Node<'_>, name: Option<&Name>, existing: Option<&str>) -> Option<DataEvents> {
    if node.is_text() {
        return service(node).then(DataEvents::default);
    }
    if !node.is_table() {
        node.wrong(FORMS);
        return None;
    }
    let mut table = node.table()?;
    let known = table.require("service", "\"s3\"").is_some_and(|node| service(&node));
    let buckets = match table.get("buckets") {
        None => Some(Vec::new()),
        Some(node) => buckets(&node, name, existing),
    };
    let read_write = match table.get("read_write") {
        None => Some(ReadWrite::All),
        Some(node) => read_write(&node),
    };
    table.finish();
    Some(DataEvents { buckets: buckets?, read_write: read_write? }).filter(|_| known)
}

fn service(node: &Node<'_>) -> bool {
    let text = node.text("s3");
    if let Some(other) = text.filter(|text| *text != "s3") {
        node.wrong(format!("data events of {other:?} are not known here; \"s3\" is expected"));
    }
    text == Some("s3")
}

fn read_write(node: &Node<'_>) -> Option<ReadWrite> {
    match node.text("write")? {
        "all" => Some(ReadWrite::All),
        "read" => Some(ReadWrite::Read),
        "write" => Some(ReadWrite::Write),
        other => {
            node.wrong(format!("\"all\", \"read\" or \"write\" is expected, this is {other:?}"));
            None
        }
    }
}

fn buckets(node: &Node<'_>, name: Option<&Name>, existing: Option<&str>) -> Option<Vec<String>> {
    let list = node.list()?;
    if list.is_empty() {
        node.wrong("the list is empty: name buckets, or leave `buckets` out for all of them");
        return None;
    }
    let named = each(&list, |node| {
        let text = node.text("my-data")?;
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '.');
        if !(3..=63).contains(&text.len()) || !text.chars().all(fits) {
            node.wrong(format!(
                "{text:?} is no bucket's name; one such as \"my-data\" is expected, without s3:// or arn:"
            ));
            return None;
        }
        if existing == Some(text) || name.is_some_and(|name| name.is_own_bucket(text)) {
            node.wrong(format!(
                "{text} holds the trail's own logs: each delivery to it would be an event of the next; remove it here"
            ));
            return None;
        }
        Some(text.to_owned())
    })?;
    let mut seen = BTreeSet::new();
    if let Some(twice) = named.iter().find(|name| !seen.insert(name.as_str())) {
        node.wrong(format!("{twice} is named twice"));
        return None;
    }
    Some(named)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigErrors};

    fn read(trail: &str) -> Result<Vec<DataEvents>, ConfigErrors> {
        let office = "[[schedule]]\ntimezone = 'UTC'\nwindows = []\n";
        let config = Config::parse(&format!("{office}[notify]\nemails = ['a@example.com']\n[trail]\n{trail}\n"))?;
        Ok(config.trail.data_events)
    }

    #[test]
    fn data_events_are_of_all_buckets_or_of_some_read_or_written_or_both() {
        assert_eq!(read("retention_days = 30").unwrap(), []);
        assert_eq!(read("data_events = ['s3']").unwrap(), [DataEvents::default()]);
        let table = "data_events = [{ service = 's3', buckets = ['a.b', 'data-2'], read_write = 'write' }, 's3']";
        let named = DataEvents { buckets: vec!["a.b".into(), "data-2".into()], read_write: ReadWrite::Write };
        assert_eq!(read(table).unwrap(), [named, DataEvents::default()]);
        for (word, read_write) in [("all", ReadWrite::All), ("read", ReadWrite::Read), ("write", ReadWrite::Write)] {
            let all = read(&format!("data_events = [{{ service = 's3', read_write = '{word}' }}]")).unwrap();
            assert_eq!(all, [DataEvents { buckets: Vec::new(), read_write }]);
        }
    }

    #[test]
    fn what_would_feed_the_trail_or_means_nothing_is_refused_with_the_mend() {
        let one = |rest: &str| format!("data_events = [{{ service = 's3', {rest} }}]");
        let many: Vec<String> = (0..600).map(|n| format!("'bucket-{n}'")).collect();
        for (wrong, said) in [
            ("data_events = []".to_owned(), "without this key"),
            ("data_events = 's3'".to_owned(), "a list"),
            ("data_events = ['dynamodb']".to_owned(), "\"s3\" is expected"),
            ("data_events = [3]".to_owned(), "service = \"s3\""),
            ("data_events = ['s3', 's3']".to_owned(), "more than once"),
            ("data_events = [{ buckets = ['abc'] }]".to_owned(), "service"),
            (one("bucket = ['abc']"), "did you mean \"buckets\"?"),
            (one("buckets = []"), "leave `buckets` out"),
            (one("buckets = ['arn:aws:s3:::abc']"), "without s3:// or arn:"),
            (one("buckets = ['abc', 'abc']"), "named twice"),
            (one(&format!("buckets = [{}]", many.join(", "))), "500 values"),
            (one("read_write = 'WriteOnly'"), "\"write\""),
            (one("buckets = ['yakei-trail-111122223333-eu-west-1']"), "an event of the next"),
            (one("buckets = ['yakei-access-111122223333-eu-west-1']"), "an event of the next"),
            (format!("bucket = 'company-logs'\n{}", one("buckets = ['company-logs']")), "an event of the next"),
            ("name = 'company'\ndata_events = ['s3']".to_owned(), "remove name"),
        ] {
            let told = read(&wrong).unwrap_err().to_string();
            assert!(told.contains(said), "{wrong}: {told}");
        }
        // Names that only look alike are anybody's.
        assert!(read(&one("buckets = ['yakei-trail-photos', 'yakei-trails-111122223333-eu-west-1']")).is_ok());
    }
}
