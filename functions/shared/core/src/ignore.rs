//! `[[notify.ignore]]`: activity that people agreed not to be woken for.
//!
//! An entry names something: none matches everything. What it matches is counted, never dropped unseen,
//! and after its last day it matches nothing more.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::activity::Group;

/// One entry. Every member that is there must match.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ignore {
    /// Who, as notices show it; `*` stands for any text.
    pub who: Option<Wildcard>,
    /// `eventName`; `*` stands for any text.
    pub event: Option<Wildcard>,
    /// Where from.
    pub source_ip: Option<Source>,
    /// The error code or outcome, such as `AccessDenied`; `*` stands for any text.
    pub error_code: Option<Wildcard>,
    /// The last day on which the entry counts, in the local zone.
    pub until: Option<Date>,
    /// Why, for those who read the notice or the file.
    pub reason: String,
}

/// A text in which `*` stands for any text, also an empty one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wildcard(String);

impl Wildcard {
    /// Takes a text; `None` when it would match everything.
    pub fn parse(text: &str) -> Option<Self> {
        let names_something = text.chars().any(|c| c != '*' && !c.is_whitespace());
        names_something.then(|| Self(text.to_owned()))
    }

    /// Whether a whole text matches, letter case included.
    pub fn matches(&self, text: &str) -> bool {
        let mut parts = self.0.split('*');
        let first = parts.next().unwrap_or_default();
        let Some(mut rest) = text.strip_prefix(first) else { return false };
        let Some(last) = parts.next_back() else { return rest.is_empty() };
        for part in parts {
            match rest.find(part) {
                Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// Where a call came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An address or a network: the address and how many of its bits count.
    Network(IpAddr, u8),
    /// A service's name or `AWS Internal`.
    Name(Wildcard),
}

/// Why a text is no source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSource {
    /// Neither an address nor a name.
    #[error("an address, a network such as 203.0.113.0/24, or a service's name is expected")]
    Neither,
    /// The number after the `/`.
    #[error("after the / a number of bits is expected: 1 to 32 for IPv4, 1 to 128 for IPv6")]
    Bits,
    /// Bits beyond the network's own are set.
    #[error("the address has bits beyond its network; was another length meant?")]
    HostBits,
}

impl Source {
    /// Reads `203.0.113.5`, `203.0.113.0/24`, `2001:db8::/32`, `config.amazonaws.com`, `AWS Internal`.
    ///
    /// # Errors
    /// [`InvalidSource`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidSource> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let Ok(address) = address.trim().parse::<IpAddr>() else {
            return if bits.is_some() || text.parse::<f64>().is_ok() {
                Err(InvalidSource::Neither)
            } else {
                Wildcard::parse(text).map(Self::Name).ok_or(InvalidSource::Neither)
            };
        };
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => all,
            Some(bits) => {
                bits.trim().parse().ok().filter(|bits| (1..=all).contains(bits)).ok_or(InvalidSource::Bits)?
            }
        };
        if network(address, bits) != numeric(address) {
            return Err(InvalidSource::HostBits);
        }
        Ok(Self::Network(address, bits))
    }

    /// Whether `sourceIPAddress` is it or lies in it.
    pub fn matches(&self, source_ip: &str) -> bool {
        match self {
            Self::Name(name) => name.matches(source_ip),
            Self::Network(network_address, bits) => source_ip.parse::<IpAddr>().is_ok_and(|address| {
                let address = address.to_canonical();
                address.is_ipv4() == network_address.is_ipv4() && network(address, *bits) == numeric(*network_address)
            }),
        }
    }
}

/// An address as a number, its first bit the highest of 128.
fn numeric(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// The first so many bits of an address.
fn network(address: IpAddr, bits: u8) -> u128 {
    numeric(address) & u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0)
}

impl Ignore {
    /// Whether the entry means this activity, its last day aside.
    pub fn means(&self, group: &Group) -> bool {
        let fits = |wildcard: &Option<Wildcard>, text: &str| wildcard.as_ref().is_none_or(|it| it.matches(text));
        fits(&self.who, &group.who)
            && fits(&self.event, &group.event)
            && fits(&self.error_code, &group.outcome)
            && self.source_ip.as_ref().is_none_or(|it| it.matches(&group.source_ip))
    }

    /// Whether the entry's last day is over.
    pub fn is_over(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.until.is_some_and(|last| now.to_zoned_datetime(zone.clone()).date() > last)
    }
}

/// Activity after the agreed part was folded away.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Folded {
    /// What remains to be told.
    pub remaining: Vec<Group>,
    /// How many events were folded away.
    pub ignored: u64,
    /// The reasons of the entries that did it, each once.
    pub reasons: Vec<String>,
    /// Sentences about entries that are over but would have matched.
    pub expired: Vec<String>,
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
            let sentence =
                format!("an entry of [[notify.ignore]] ended on {last}: {}; extend or remove it", entry.reason);
            once(&mut folded.expired, sentence);
        }
        folded.remaining.push(group);
    }
    folded
}

fn once(list: &mut Vec<String>, text: String) {
    if !list.contains(&text) {
        list.push(text);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Groups;
    use proptest::prelude::*;
    use serde_json::json;

    fn group(who: &str, ip: &str) -> Group {
        let record = json!({"eventName": "CreateUser", "eventTime": "2026-11-21T18:41:00Z", "errorCode": "AccessDenied", "sourceIPAddress": ip,
            "userIdentity": {"type": "IAMUser", "userName": who}});
        let mut groups = Groups::default();
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
        groups.newest_first().remove(0)
    }

    fn entry(who: &str) -> Ignore {
        Ignore {
            who: Wildcard::parse(who),
            event: None,
            source_ip: None,
            error_code: None,
            until: None,
            reason: format!("for {who}"),
        }
    }

    #[test]
    fn wildcards() {
        let cases = [
            ("alice", "alice", true),
            ("alice", "alice2", false),
            ("Alice", "alice", false),
            ("ci-*", "ci-7", true),
            ("*/deploy", "Ci/deploy", true),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "acb", false),
            ("ab*b", "ab", false),
            ("*x*", "axb", true),
        ];
        for (pattern, text, expected) in cases {
            assert_eq!(Wildcard::parse(pattern).unwrap().matches(text), expected, "{pattern} {text}");
        }
        for everything in ["", "*", "**", " * "] {
            assert_eq!(Wildcard::parse(everything), None, "{everything:?}");
        }
    }

    #[test]
    fn sources() {
        let cases = [
            ("203.0.113.5", "203.0.113.5", true),
            ("203.0.113.5", "203.0.113.50", false),
            ("203.0.113.0/24", "203.0.113.255", true),
            ("203.0.113.0/24", "203.0.114.0", false),
            ("203.0.113.0/24", "::ffff:203.0.113.9", true),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("2001:db8::/32", "2001:db9::", false),
            ("2001:db8::/32", "203.0.113.5", false),
            ("128.0.0.0/1", "203.0.113.5", true),
            ("config.amazonaws.com", "config.amazonaws.com", true),
            ("AWS Internal", "AWS Internal", true),
            ("203.0.113.0/24", "config.amazonaws.com", false),
        ];
        for (source, address, expected) in cases {
            assert_eq!(Source::parse(source).unwrap().matches(address), expected, "{source} {address}");
        }
        let bad = [
            ("", InvalidSource::Neither),
            ("*", InvalidSource::Neither),
            ("203.0.113/24", InvalidSource::Neither),
            ("203.0", InvalidSource::Neither),
            ("203.0.113.0/33", InvalidSource::Bits),
            ("0.0.0.0/0", InvalidSource::Bits),
            ("203.0.113.5/24", InvalidSource::HostBits),
        ];
        for (source, why) in bad {
            assert_eq!(Source::parse(source), Err(why), "{source}");
        }
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
        assert_eq!(folded.expired, ["an entry of [[notify.ignore]] ended on 2026-11-20: for bob; extend or remove it"]);
        // In Tokyo it is the 22nd already.
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        assert_eq!(fold(groups, &entries, now, &tokyo).ignored, 0);
    }

    proptest! {
        #[test]
        fn a_wildcard_matches_what_it_was_made_from(before in "[a-z*]{0,4}", between in any::<String>(), after in "[a-z]{1,4}") {
            let wildcard = Wildcard::parse(&format!("{before}*{after}")).unwrap();
            let text = format!("{}{between}{after}", before.replace('*', &between));
            prop_assert!(wildcard.matches(&text));
        }

        #[test]
        fn no_source_panics(text in any::<String>(), address in any::<String>()) {
            if let Ok(source) = Source::parse(&text) {
                source.matches(&address);
            }
        }
    }
}
