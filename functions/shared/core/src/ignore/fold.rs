//! Folds away what was agreed upon: it is counted with its reasons, the rest remains.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::entry::Ignore;
use crate::activity::Group;

/// Activity after the agreed part was folded away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folded {
    /// What remains to be told.
    pub remaining: Vec<Group>,
    /// How many events were folded away.
    pub ignored: u64,
    /// The reasons of the entries that did it, each once.
    pub reasons: Vec<String>,
    /// Entries that are over but would have matched, each once.
    pub ended: Vec<Ended>,
}

/// An entry that is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ended {
    /// Its last day.
    pub last: Date,
    /// Its reason.
    pub reason: String,
}

/// Folds away what the entries mean.
pub fn fold(groups: Vec<Group>, entries: &[Ignore], now: Timestamp, zone: &TimeZone) -> Folded {
    let mut folded = Folded::default();
    for group in groups {
        let (over, active): (Vec<_>, Vec<_>) =
            entries.iter().filter(|it| it.means(&group)).partition(|it| it.is_over(now, zone));
        if let Some(entry) = active.first() {
            folded.ignored += group.count;
            once(&mut folded.reasons, entry.reason.clone());
            continue;
        }
        for (entry, last) in over.into_iter().filter_map(|it| Some((it, it.until?))) {
            once(&mut folded.ended, Ended { last, reason: entry.reason.clone() });
        }
        folded.remaining.push(group);
    }
    folded
}

fn once<T: PartialEq>(list: &mut Vec<T>, it: T) {
    if !list.contains(&it) {
        list.push(it);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Groups;
    use crate::ignore::{Source, Wildcard};
    use serde_json::json;

    fn group(who: &str, ip: &str) -> Group {
        let record = json!({"eventName": "CreateUser", "eventTime": "2026-11-21T18:41:00Z", "errorCode": "AccessDenied", "sourceIPAddress": ip,
            "userIdentity": {"type": "IAMUser", "userName": who, "accountId": "123456789012"}});
        let mut groups = Groups::default();
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
        groups.newest_first().remove(0)
    }

    fn entry(who: &str) -> Ignore {
        Ignore { who: Wildcard::parse(who), reason: format!("for {who}"), ..Ignore::default() }
    }

    #[test]
    fn what_is_agreed_is_counted_and_the_rest_remains() {
        let now = "2026-11-21T18:41:00Z".parse().unwrap();
        let over = Ignore { until: Some(jiff::civil::date(2026, 11, 20)), ..entry("bob") };
        let last_day = Ignore { until: Some(jiff::civil::date(2026, 11, 21)), ..entry("ci") };
        let elsewhere = Ignore { source_ip: Source::parse("192.0.2.0/24").ok(), ..entry("alice") };
        let entries = [over, last_day, elsewhere];
        let groups = ["alice", "bob", "ci"].map(|who| group(who, "203.0.113.5")).to_vec();
        let folded = fold(groups.clone(), &entries, now, &TimeZone::UTC);
        let who: Vec<_> = folded.remaining.iter().map(|it| it.who.as_str()).collect();
        assert_eq!((who, folded.ignored, folded.reasons), (vec!["alice", "bob"], 1, vec!["for ci".to_owned()]));
        assert_eq!(folded.ended, [Ended { last: jiff::civil::date(2026, 11, 20), reason: "for bob".into() }]);
        // In Tokyo it is the 22nd already.
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(fold(groups, &entries, now, &tokyo).ignored, 0);
    }
}
