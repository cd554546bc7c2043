//! Links into the AWS console.
//!
//! The console reads what stands after `#` as a path whose parts are percent-encoded twice, with `$`
//! for `%` (undocumented; it is what the console itself puts into the address bar).

use std::fmt::Write as _;

use super::stop::Of;
use crate::alarm::Span;
use crate::regions::{global_region, is_region, partition};

/// The log group's events, filtered with this very pattern in this very window.
///
/// None where the console's host is not known: a wrong link leads a person to somebody else's page.
pub(super) fn log_events(region: &str, log_group: &str, pattern: &str, window: Span) -> Option<String> {
    let host = console(region)?;
    Some(format!(
        "https://{region}.{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}/log-events\
         $3FfilterPattern$3D{}$26start$3D{}$26end$3D{}",
        twice_encoded(log_group),
        twice_encoded(pattern),
        window.from.as_millisecond(),
        window.to.as_millisecond() - 1,
    ))
}

/// The id of no event, by which whether a Region has a console can be asked.
pub(super) const NO_EVENT: &str = "00000000-0000-0000-0000-000000000000";

/// An event in CloudTrail's event history, in the Region where it was recorded.
///
/// None where the console's host is not known, and for what is no event's id.
pub(super) fn event(region: &str, event_id: &str) -> Option<String> {
    let host = console(region)?;
    let is_id = event_id.len() == 36 && event_id.bytes().all(|it| it.is_ascii_hexdigit() || it == b'-');
    is_id.then(|| format!("https://{region}.{host}/cloudtrailv2/home?region={region}#/events/{event_id}"))
}

/// A user or a role in IAM, of the partition in which a Region is; people in IAM Identity Center.
pub(super) fn identity(region: &str, of: Of, name: &str) -> Option<String> {
    let host = console(region)?;
    // IAM is global: its console stands in one Region of the partition.
    let global = global_region(partition(region)).unwrap_or(region);
    let iam = |page: &str| Some(format!("https://{global}.{host}/iam/home?region={global}#/{page}"));
    match of {
        Of::User | Of::Federator => iam(&format!("users/details/{}", encoded(name))),
        Of::Role => iam(&format!("roles/details/{}", encoded(name))),
        Of::Person => Some(format!("https://{host}/singlesignon/home")),
        Of::Root | Of::Unfit => None,
    }
}

/// Percent-encoded; dots too, at which some mail readers end a link.
fn encoded(name: &str) -> String {
    twice_encoded(name).replace("$25", "%").replace('.', "%2E")
}

/// The console's host by partition. `aws-iso` and its siblings have hosts that are not published.
fn console(region: &str) -> Option<&'static str> {
    const COMMERCIAL: [&str; 9] = ["af", "ap", "ca", "eu", "il", "me", "mx", "sa", "us"];
    if !is_region(region) {
        return None;
    }
    match partition(region) {
        "aws" => {
            let (continent, _) = region.split_once('-')?;
            COMMERCIAL.contains(&continent).then_some("console.aws.amazon.com")
        }
        "aws-cn" => Some("console.amazonaws.cn"),
        "aws-us-gov" => Some("console.amazonaws-us-gov.com"),
        "aws-eusc" => Some("console.amazonaws-eusc.eu"),
        _ => None,
    }
}

/// Letters, digits, `-`, `_` and `.` stay; every other byte `XX` becomes `$25XX`. Brackets and quotes
/// are encoded too, which browsers do not ask for, because mail readers end a link at them.
fn twice_encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "$25{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    #[test]
    fn the_link_opens_the_search() {
        let window = Span { from: Timestamp::from_second(1).unwrap(), to: Timestamp::from_second(2).unwrap() };
        assert_eq!(
            log_events("eu-west-1", "/yakei/cloudtrail", "{ $.eventName = \"ConsoleLogin\" }", window).unwrap(),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/\
             $252Fyakei$252Fcloudtrail/log-events$3FfilterPattern$3D$257B$2520$2524.eventName$2520$253D$2520$2522ConsoleLogin\
             $2522$2520$257D$26start$3D1000$26end$3D1999"
        );
    }

    #[test]
    fn an_event_a_user_and_a_role_are_opened_in_their_partition() {
        let id = "8b0f8a5c-7f3e-4c6e-9d0a-1b2c3d4e5f60";
        assert_eq!(
            event("eu-north-1", id).unwrap(),
            format!("https://eu-north-1.console.aws.amazon.com/cloudtrailv2/home?region=eu-north-1#/events/{id}")
        );
        for (region, id) in [("us-iso-east-1", id), ("evil.example/", id), ("eu-west-1", "x"), ("eu-west-1", "")] {
            assert_eq!(event(region, id), None, "{region} {id}");
        }
        let iam = "https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/";
        assert_eq!(identity("eu-west-1", Of::User, "a.b+c@d").unwrap(), format!("{iam}users/details/a%2Eb%2Bc%40d"));
        assert_eq!(identity("eu-west-1", Of::Role, "Admin").unwrap(), format!("{iam}roles/details/Admin"));
        let china = identity("cn-northwest-1", Of::Role, "Admin").unwrap();
        assert!(china.contains(".console.amazonaws.cn/iam/home?region=cn-north"), "{china}");
        assert_eq!(identity("us-isob-east-1", Of::Role, "Admin"), None);
        assert_eq!(identity("eu-west-1", Of::Root, ""), None);
    }

    #[test]
    fn each_partition_has_its_console_and_what_is_not_known_has_no_link() {
        let window = Span { from: Timestamp::UNIX_EPOCH, to: Timestamp::UNIX_EPOCH };
        let cases = [
            ("ap-northeast-1", Some("https://ap-northeast-1.console.aws.amazon.com/cloudwatch/home?")),
            ("us-east-1", Some("https://us-east-1.console.aws.amazon.com/")),
            ("mx-central-1", Some("https://mx-central-1.console.aws.amazon.com/")),
            ("cn-north-1", Some("https://cn-north-1.console.amazonaws.cn/")),
            ("us-gov-west-1", Some("https://us-gov-west-1.console.amazonaws-us-gov.com/")),
            ("eusc-de-east-1", Some("https://eusc-de-east-1.console.amazonaws-eusc.eu/")),
            ("us-iso-east-1", None),
            ("us-isob-east-1", None),
            ("us-isof-south-1", None),
            ("eu-isoe-west-1", None),
            ("xx-north-1", None),
            ("evil.example/", None),
            ("eu-west-1.evil.example/-1", None),
            ("", None),
        ];
        for (region, begins) in cases {
            let link = log_events(region, "g", "p", window);
            assert_eq!(link.is_some(), begins.is_some(), "{region}: {link:?}");
            assert!(link.unwrap_or_default().starts_with(begins.unwrap_or_default()), "{region}");
        }
    }
}
