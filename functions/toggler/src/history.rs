//! What the history of an alarm says about a span of time in which it was muted. Pure.
//!
//! A change to ALARM counts when nobody was told: an action that CloudWatch carried out for it stands in the history
//! as well. A change for which the alarm still stood in ALARM when its mute rule ended is sent by CloudWatch then, unless
//! its actions were disabled too.

use jiff::{SignedDuration, Timestamp};
use yakei_core::digest::Missed;

use crate::memory::Entry;
use crate::ports::{Item, What};

/// How far the instant of a change and the instant that its action names may lie apart.
const SAME: SignedDuration = SignedDuration::from_secs(1);

/// What one alarm did while it was muted.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Story {
    /// The changes to ALARM of which nobody was told.
    pub missed: Missed,
    /// Whether CloudWatch sends the last change itself.
    pub sent_by_cloudwatch: bool,
}

/// Reads the story of an alarm from its history, up to `until`. `in_alarm` is whether it stands in ALARM now: one that
/// its history left there and that does not was deleted, and CloudWatch sends nothing for it.
pub(crate) fn story(alarm: &str, entry: &Entry, until: Timestamp, in_alarm: bool, items: &[Item]) -> Story {
    let mut items: Vec<&Item> = items.iter().filter(|item| item.alarm == alarm).collect();
    items.sort_by_key(|item| item.at);
    let changes: Vec<(Timestamp, Option<&str>)> = items.iter().filter_map(|item| change(item)).collect();
    let mut missed = Missed::new(alarm, entry.since, until);
    let mut sent_by_cloudwatch = false;
    for (position, (at, reason)) in changes.iter().enumerate() {
        let next = changes.get(position + 1).map(|(next, _)| *next);
        let Some(reason) = reason else { continue };
        if *at < entry.since || *at > until || items.iter().any(|item| told(item, *at, next)) {
            continue;
        }
        let stands = next.map_or(in_alarm, |next| next > until);
        if stands && !entry.silent && entry.rule.is_some_and(|rule| *at >= rule) {
            sent_by_cloudwatch = true;
        } else {
            missed.went_off(*at, reason);
        }
    }
    Story { missed, sent_by_cloudwatch }
}

fn change(item: &Item) -> Option<(Timestamp, Option<&str>)> {
    match &item.what {
        What::WentOff(reason) => Some((item.at, Some(reason))),
        What::Calmed => Some((item.at, None)),
        What::ActionDone(_) => None,
    }
}

/// Whether an entry says that an action was carried out for the change at an instant.
fn told(item: &Item, at: Timestamp, next: Option<Timestamp>) -> bool {
    match item.what {
        What::ActionDone(Some(of)) => of.duration_since(at).abs() <= SAME,
        What::ActionDone(None) => at <= item.at && next.is_none_or(|next| item.at < next),
        What::WentOff(_) | What::Calmed => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn item(second: i64, what: What) -> Item {
        Item { alarm: "a".to_owned(), at: at(second), what }
    }

    fn off(second: i64) -> Item {
        item(second, What::WentOff("because".to_owned()))
    }

    fn told_of(items: &[Item], entry: &Entry) -> (u64, bool) {
        let story = story("a", entry, at(1000), true, items);
        (story.missed.count, story.sent_by_cloudwatch)
    }

    #[test]
    fn what_was_told_live_is_not_told_again() {
        let entry = Entry::since(at(100));
        let calm = |second| item(second, What::Calmed);
        let done = |second, of: Option<i64>| item(second, What::ActionDone(of.map(at)));
        let cases = [
            (vec![off(50), off(100), off(200), calm(300)], 2),
            (vec![off(200), done(201, Some(200)), calm(300), off(400)], 1),
            (vec![off(200), done(201, None), calm(300), off(400)], 1),
            (vec![off(200), done(201, Some(150)), calm(300)], 1), // of an earlier change
            (vec![off(200), calm(300), done(301, None)], 1),      // of the change to OK
            (vec![off(1001)], 0),
            (vec![Item { alarm: "b".to_owned(), ..off(200) }], 0),
        ];
        for (items, expected) in cases {
            assert_eq!(told_of(&items, &entry).0, expected, "{items:?}");
        }
    }

    #[test]
    fn what_stands_when_a_rule_ends_is_sent_by_cloudwatch() {
        let by_rule = Entry { rule: Some(at(150)), ..Entry::since(at(100)) };
        assert_eq!(told_of(&[off(200), item(300, What::Calmed), off(400)], &by_rule), (1, true));
        assert_eq!(told_of(&[off(200), item(300, What::Calmed)], &by_rule), (1, false));
        assert_eq!(told_of(&[off(120)], &by_rule), (1, false), "the rule has not muted this one");
        assert_eq!(told_of(&[off(200)], &Entry::since(at(100))), (1, false));
        let deleted = story("a", &by_rule, at(1000), false, &[off(200)]);
        assert_eq!((deleted.missed.count, deleted.sent_by_cloudwatch), (1, false));
        assert_eq!(
            told_of(&[off(200)], &Entry { silent: true, ..by_rule }),
            (1, false),
            "its actions are disabled too"
        );
    }
}
