//! Where calls come from: networks and the names that CloudTrail writes in place of an address.
//!
//! What no `sourceIPAddress` can ever be is refused, with what was probably meant.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::{IpNet, Ipv4Net};

use super::wildcard::Wildcard;

/// Where a call came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// An address or a network.
    Network(IpNet),
    /// A service's name or `AWS Internal`.
    Name(Wildcard),
}

/// Why a text is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSource {
    /// Neither an address nor a name.
    #[error("an address, a network such as 203.0.113.0/24, or a service's name is expected")]
    Neither,
    /// Some numbers of an address.
    #[error("this is a part of an address and never matches one; write {0}")]
    Part(IpNet),
    /// The number after the `/`.
    #[error("after the / a number of bits is expected: 1 to 32 for IPv4, 1 to 128 for IPv6")]
    Bits,
    /// Bits beyond the network's own are set.
    #[error("the address has bits beyond its network; write {0}, or was another length meant?")]
    HostBits(IpNet),
    /// An IPv4 address in an IPv6 one; calls have the plain one.
    #[error("calls from an IPv4 address have it in its own form, so this never matches; write {0}")]
    Mapped(IpNet),
    /// No call comes from such an address.
    #[error("no call comes from such an address: it is nobody's, or a group's")]
    Nobody,
    /// A name in another spelling than CloudTrail's.
    #[error("letter case counts, so this never matches; write {0}")]
    Case(String),
}

impl Source {
    /// Reads `203.0.113.5`, `203.0.113.0/24`, `2001:db8::/32`, `config.amazonaws.com`, `AWS Internal`.
    ///
    /// # Errors
    /// [`InvalidSource`] with what was expected.
    pub fn parse(text: &str) -> Result<Self, InvalidSource> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        match address.trim().parse::<IpAddr>() {
            Ok(address) => network(address, bits).map(Self::Network),
            Err(_) if bits.is_some() => Err(part(address).map_or(InvalidSource::Neither, InvalidSource::Part)),
            Err(_) => name(text).map(Self::Name),
        }
    }

    /// How many bits of an address it fixes; a name is as exact as an address.
    pub fn bits(&self) -> u8 {
        match self {
            Self::Network(network) => network.prefix_len(),
            Self::Name(_) => u8::MAX,
        }
    }

    /// Whether `sourceIPAddress` is it or lies in it.
    pub fn matches(&self, source_ip: &str) -> bool {
        match self {
            Self::Name(name) => name.matches(source_ip),
            Self::Network(network) => {
                source_ip.parse::<IpAddr>().is_ok_and(|address| network.contains(&address.to_canonical()))
            }
        }
    }
}

/// Whether `sourceIPAddress` is an address that many networks have inside: whose it is says only the VPC endpoint.
pub(crate) fn is_private(source_ip: &str) -> bool {
    source_ip.parse::<IpAddr>().is_ok_and(|address| match address.to_canonical() {
        IpAddr::V4(v4) => {
            let shared = v4.octets()[0] == 100 && (64..128).contains(&v4.octets()[1]);
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified() || shared
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback() || v6.is_unspecified(),
    })
}

fn network(address: IpAddr, bits: Option<&str>) -> Result<IpNet, InvalidSource> {
    let all = if address.is_ipv4() { 32 } else { 128 };
    let bits = match bits {
        None => all,
        Some(bits) => bits.trim().parse().ok().filter(|bits| (1..=all).contains(bits)).ok_or(InvalidSource::Bits)?,
    };
    let network = IpNet::new(address, bits).map_err(|_| InvalidSource::Bits)?;
    if let (IpAddr::V6(v6), true) = (address, bits > 96)
        && let Some(v4) = v6.to_ipv4_mapped()
    {
        let plain = Ipv4Net::new(v4, bits - 96).map_err(|_| InvalidSource::Bits)?;
        return Err(InvalidSource::Mapped(plain.trunc().into()));
    }
    if network.trunc() != network {
        return Err(InvalidSource::HostBits(network.trunc()));
    }
    let nobody = match address {
        IpAddr::V4(v4) => v4.is_unspecified() || v4.is_multicast() || v4.is_broadcast(),
        IpAddr::V6(v6) => v6.is_unspecified() || v6.is_multicast() || v6.to_ipv4_mapped().is_some(),
    };
    if nobody { Err(InvalidSource::Nobody) } else { Ok(network) }
}

/// One to three numbers of an IPv4 address, as the network that they stand for.
fn part(text: &str) -> Option<IpNet> {
    let numbers: Option<Vec<u8>> = text.trim().trim_end_matches('.').split('.').map(|it| it.parse().ok()).collect();
    let numbers = numbers.filter(|it| (1..=3).contains(&it.len()))?;
    let octet = |at: usize| numbers.get(at).copied().unwrap_or(0);
    let address = Ipv4Addr::new(octet(0), octet(1), octet(2), 0);
    Some(Ipv4Net::new(address, u8::try_from(numbers.len() * 8).ok()?).ok()?.into())
}

/// The names that CloudTrail writes: hosts of services, in small letters, and `AWS Internal`.
fn name(text: &str) -> Result<Wildcard, InvalidSource> {
    const INTERNAL: &str = "AWS Internal";
    if let Some(network) = part(text) {
        return Err(InvalidSource::Part(network));
    }
    let letters = text.chars().any(|c| c.is_ascii_alphabetic() && !c.is_ascii_hexdigit());
    let fits = text.chars().all(|c| c.is_ascii_alphanumeric() || "*.- ".contains(c));
    if !fits || !(letters || text.contains('*')) {
        return Err(InvalidSource::Neither);
    }
    let small = text.to_ascii_lowercase();
    if small == INTERNAL.to_ascii_lowercase() && text != INTERNAL {
        return Err(InvalidSource::Case(INTERNAL.to_owned()));
    }
    if small.contains("amazonaws") && text != small {
        return Err(InvalidSource::Case(small));
    }
    Wildcard::parse(text).ok_or(InvalidSource::Neither)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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
            ("*.amazonaws.com", "config.amazonaws.com", true),
            ("203.0.113.*", "203.0.113.7", true),
            ("AWS Internal", "AWS Internal", true),
            ("203.0.113.0/24", "config.amazonaws.com", false),
        ];
        for (source, address, expected) in cases {
            assert_eq!(Source::parse(source).unwrap().matches(address), expected, "{source} {address}");
        }
    }

    #[test]
    fn what_can_never_match_is_refused_with_the_mend() {
        let net = |text: &str| text.parse::<IpNet>().unwrap();
        let bad = [
            ("", InvalidSource::Neither),
            ("*", InvalidSource::Neither),
            ("203.0.113", InvalidSource::Part(net("203.0.113.0/24"))),
            ("203.0.113.", InvalidSource::Part(net("203.0.113.0/24"))),
            ("203.0", InvalidSource::Part(net("203.0.0.0/16"))),
            ("203", InvalidSource::Part(net("203.0.0.0/8"))),
            ("203.0.113/24", InvalidSource::Part(net("203.0.113.0/24"))),
            ("203.0.113.256", InvalidSource::Neither),
            ("203.0.113.5:443", InvalidSource::Neither),
            ("203.0.113.1-203.0.113.9", InvalidSource::Neither),
            ("203.0.113.0 255.255.255.0", InvalidSource::Neither),
            ("fe80::1%eth0", InvalidSource::Neither),
            ("2001:db8", InvalidSource::Neither),
            ("https://config.amazonaws.com", InvalidSource::Neither),
            ("203.0.113.0/33", InvalidSource::Bits),
            ("0.0.0.0/0", InvalidSource::Bits),
            ("::/0", InvalidSource::Bits),
            ("203.0.113.5/24", InvalidSource::HostBits(net("203.0.113.0/24"))),
            ("2001:db8::1/32", InvalidSource::HostBits(net("2001:db8::/32"))),
            ("::ffff:203.0.113.0/120", InvalidSource::Mapped(net("203.0.113.0/24"))),
            ("::ffff:203.0.113.5", InvalidSource::Mapped(net("203.0.113.5/32"))),
            ("::ffff:203.0.113.5/120", InvalidSource::Mapped(net("203.0.113.0/24"))),
            ("::ffff:0:0/96", InvalidSource::Nobody),
            ("0.0.0.0", InvalidSource::Nobody),
            ("224.0.0.0/4", InvalidSource::Nobody),
            ("255.255.255.255", InvalidSource::Nobody),
            ("aws internal", InvalidSource::Case("AWS Internal".into())),
            ("Config.amazonaws.com", InvalidSource::Case("config.amazonaws.com".into())),
        ];
        for (source, why) in bad {
            assert_eq!(Source::parse(source), Err(why), "{source}");
        }
    }

    #[test]
    fn private_addresses_are_everybodys() {
        for address in
            ["10.0.0.1", "172.31.0.1", "192.168.1.1", "100.64.0.1", "127.0.0.1", "fd00::1", "::ffff:10.0.0.1"]
        {
            assert!(is_private(address), "{address}");
        }
        for address in ["203.0.113.5", "172.32.0.1", "100.128.0.1", "2001:db8::1", "AWS Internal", ""] {
            assert!(!is_private(address), "{address}");
        }
    }

    proptest! {
        #[test]
        fn no_source_panics(text in any::<String>(), address in any::<String>()) {
            if let Ok(source) = Source::parse(&text) {
                source.matches(&address);
            }
        }

        /// A source without a wildcard that is taken matches something: itself, or its network's first address.
        #[test]
        fn what_is_taken_can_match(text in "[0-9a-f.:/]{1,20}|[a-zA-Z0-9. -]{1,20}") {
            if let Ok(source) = Source::parse(&text) {
                let first = match &source {
                    Source::Network(network) => network.network().to_string(),
                    Source::Name(_) => text.clone(),
                };
                prop_assert!(source.matches(&first), "{} {}", text, first);
            }
        }
    }
}
