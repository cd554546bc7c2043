//! `[[notify.known]]` in the file. What an entry means stands in [`crate::known`].

use super::dom::Node;
use super::ignore::{account_id, one_or_more};
use crate::ignore::Source;
use crate::known::Known;
use crate::text::clean;

/// The longest name: it stands on a notice's first line.
const LONGEST: usize = 60;

/// All entries; a mistake in any of them is noted and the entry left out.
pub(super) fn all(node: &Node<'_>) -> Vec<Known> {
    node.list().unwrap_or_default().iter().filter_map(entry).collect()
}

fn entry(node: &Node<'_>) -> Option<Known> {
    let mut table = node.table()?;
    let name = table.require("name", "\"Osaka VPN\"");
    let source_ip = table.require("source_ip", "[\"203.0.113.0/24\"]");
    let accounts = table.get("accounts");
    table.finish();
    Some(Known {
        source_ip: source_ip.map(|it| one_or_more(&it, network)).unwrap_or_default(),
        accounts: accounts.map(|it| one_or_more(&it, account_id)).unwrap_or_default(),
        name: name.and_then(|it| network_name(&it))?,
    })
}

fn network_name(node: &Node<'_>) -> Option<String> {
    let text = node.text("Osaka VPN")?;
    if text.is_empty() || clean(text, LONGEST) != text {
        node.wrong(format!(
            "a name on one line, without blanks around it, of at most {LONGEST} characters is expected"
        ));
        return None;
    }
    Some(text.to_owned())
}

/// Services have names already.
fn network(node: &Node<'_>) -> Option<Source> {
    let text = node.text("203.0.113.0/24")?;
    match Source::parse(text) {
        Ok(network @ Source::Network(_)) => Some(network),
        Ok(Source::Name(_)) => {
            node.wrong(format!("{text:?} does not fit: an address or a network such as 203.0.113.0/24 is expected"));
            None
        }
        Err(why) => {
            node.wrong(format!("{text:?} does not fit: {why}"));
            None
        }
    }
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
    fn known_networks_are_read() {
        let config = notify(
            r#"[[notify.known]]
name = "Osaka VPN"
source_ip = ["203.0.113.0/24", "2001:db8::/32"]
accounts = ["111122223333"]
[[notify.known]]
name = "大阪"
source_ip = "198.51.100.7""#,
        );
        let known = config.unwrap().notify.known;
        assert_eq!((known[0].name.as_str(), known[0].source_ip.len(), known[0].accounts.len()), ("Osaka VPN", 2, 1));
        assert_eq!((known[1].name.as_str(), known[1].accounts.len()), ("大阪", 0));
        assert!(known[1].source_ip[0].matches("198.51.100.7"));
        assert!(notify("").unwrap().notify.known.is_empty());
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let errors = notify(
            r#"[[notify.known]]
source_ip = "203.0.113"
[[notify.known]]
name = " x"
source_ip = ["config.amazonaws.com", "::ffff:203.0.113.0/120"]
accounts = []
[[notify.known]]
name = "VPN"
networks = ["203.0.113.0/24"]"#,
        );
        insta::assert_snapshot!(errors.unwrap_err());
    }
}
