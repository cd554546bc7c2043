//! `[[notify.known]]`: networks that people know by a name, so that a notice says *from Osaka VPN* or *from an address not
//! known*. Never a reason to keep anything back.

use std::net::IpAddr;

use crate::activity::{Group, Place};
use crate::ignore::{Source, is_private};

/// A network with a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// What people call it.
    pub name: String,
    /// Its addresses.
    pub source_ip: Vec<Source>,
    /// Where it counts: the accounts where something happened; everywhere when empty.
    pub accounts: Vec<String>,
}

impl Known {
    /// Whether, and how exactly, the activity came from it. A private address is of every network that uses it: it counts only through a
    /// VPC endpoint of the account where it happened, or of one that the entry names.
    ///
    /// The length of the narrowest of its networks in which the address lies.
    fn bits(&self, group: &Group) -> Option<u8> {
        let endpoint = &group.endpoint_account;
        let own = !endpoint.is_empty() && (*endpoint == group.account || self.accounts.contains(endpoint));
        let here = self.accounts.is_empty() || self.accounts.contains(&group.account);
        let counts = here && (own || !is_private(&group.source_ip));
        let around = self.source_ip.iter().filter(|it| counts && it.matches(&group.source_ip));
        around.map(Source::bits).max()
    }
}

/// Where activity came from, in the words of the file; [`Place::Unsaid`] when the file has none. Where networks overlap the
/// narrowest says it, of equal ones the first.
pub fn place(group: &Group, known: &[Known]) -> Place {
    if known.is_empty() || group.source_ip.is_empty() || group.drill {
        return Place::Unsaid;
    }
    let around = known.iter().filter_map(|it| Some((it.bits(group)?, it)));
    // The last of the greatest is the first in the file.
    match around.rev().max_by_key(|(bits, _)| *bits) {
        Some((_, network)) => Place::Known(network.name.clone()),
        None => of_aws(group).unwrap_or(Place::Unknown),
    }
}

/// An AWS service or a VPC endpoint, whatever the file says: a record names them in members that no caller writes.
pub(crate) fn of_aws(group: &Group) -> Option<Place> {
    let service =
        |it: &str| it == "AWS Internal" || it.ends_with(".amazonaws.com") || it.ends_with(".amazonaws.com.cn");
    match group.source_ip.parse::<IpAddr>() {
        _ if group.drill => None,
        Ok(_) => (!group.endpoint_account.is_empty()).then_some(Place::Endpoint),
        Err(_) => service(&group.source_ip).then_some(Place::Service),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Groups;
    use jiff::Timestamp;
    use serde_json::{Value, json};

    fn from(source_ip: &str, account: &str, endpoint: &str) -> Group {
        let endpoint = if endpoint.is_empty() { Value::Null } else { json!(endpoint) };
        let record = json!({"eventName": "X", "sourceIPAddress": source_ip, "recipientAccountId": account,
            "vpcEndpointAccountId": endpoint, "userIdentity": {"type": "IAMUser", "userName": "alice", "accountId": account}});
        let mut groups = Groups::default();
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
        groups.newest_first().remove(0)
    }

    #[test]
    fn a_place_has_the_name_that_the_file_gives_it() {
        let (here, there) = ("111111111111", "222222222222");
        let network = |name: &str, source_ip: &[&str], accounts: &[&str]| Known {
            name: name.into(),
            source_ip: source_ip.iter().map(|it| Source::parse(it).unwrap()).collect(),
            accounts: accounts.iter().map(|it| (*it).to_owned()).collect(),
        };
        let known = [
            network("Osaka VPN", &["203.0.113.0/24", "2001:db8::/32"], &[]),
            network("Build", &["198.51.100.7"], &[here]),
            network("Office", &["10.0.0.0/8"], &[]),
        ];
        let named = |name: &str| Place::Known(name.to_owned());
        let cases = [
            ("203.0.113.5", here, "", named("Osaka VPN")),
            ("2001:db8::7", there, "", named("Osaka VPN")),
            ("198.51.100.7", here, "", named("Build")),
            ("198.51.100.7", there, "", Place::Unknown),
            ("192.0.2.1", here, "", Place::Unknown),
            ("10.0.0.5", here, "", Place::Unknown),
            ("10.0.0.5", here, here, named("Office")),
            ("10.0.0.5", here, there, Place::Endpoint),
            ("192.0.2.1", here, here, Place::Endpoint),
            ("config.amazonaws.com", here, "", Place::Service),
            ("AWS Internal", here, "", Place::Service),
            ("config.amazonaws.com.cn", here, "", Place::Service),
            ("evil.example", here, "", Place::Unknown),
            ("config.amazonaws.com.evil.example", here, "", Place::Unknown),
        ];
        for (source_ip, account, endpoint, expected) in cases {
            assert_eq!(
                place(&from(source_ip, account, endpoint), &known),
                expected,
                "{source_ip} {account} {endpoint}"
            );
        }
        assert_eq!(place(&from("203.0.113.5", here, ""), &[]), Place::Unsaid);
        // Where networks overlap, the narrowest says it, whatever their order, and the first of equal ones.
        let (wide, narrow) = (
            network("Company", &["203.0.113.0/24", "2001:db8::/32"], &[]),
            network("Osaka", &["203.0.113.4/30", "2001:db8:1::/48"], &[]),
        );
        let again = network("Again", &["203.0.113.0/24"], &[]);
        for known in [[wide.clone(), narrow.clone(), again.clone()], [narrow, wide, again]] {
            for (source_ip, name) in [
                ("203.0.113.5", "Osaka"),
                ("203.0.113.9", "Company"),
                ("2001:db8:1::7", "Osaka"),
                ("2001:db8:2::7", "Company"),
            ] {
                assert_eq!(place(&from(source_ip, here, ""), &known), named(name), "{source_ip}");
            }
        }
    }
}
