//! Links into the AWS console.
//!
//! The console reads what stands after `#` as a path whose parts are percent-encoded twice, with `$`
//! for `%` (undocumented; it is what the console itself puts into the address bar).

use std::fmt::Write as _;

use crate::alarm::Span;

/// The log group's events, filtered with this very pattern in this very window.
pub(super) fn log_events(region: &str, log_group: &str, pattern: &str, window: Span) -> String {
    let host = match region {
        _ if region.starts_with("cn-") => "console.amazonaws.cn",
        _ if region.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!(
        "https://{region}.{host}/cloudwatch/home?region={region}#logsV2:log-groups/log-group/{}/log-events\
         $3FfilterPattern$3D{}$26start$3D{}$26end$3D{}",
        twice_encoded(log_group),
        twice_encoded(pattern),
        window.from.as_millisecond(),
        window.to.as_millisecond() - 1,
    )
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
            log_events("eu-west-1", "/yakei/cloudtrail", "{ $.eventName = \"ConsoleLogin\" }", window),
            "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#logsV2:log-groups/log-group/\
             $252Fyakei$252Fcloudtrail/log-events$3FfilterPattern$3D$257B$2520$2524.eventName$2520$253D$2520$2522ConsoleLogin\
             $2522$2520$257D$26start$3D1000$26end$3D1999"
        );
        for (region, host) in
            [("cn-north-1", "console.amazonaws.cn/"), ("us-gov-west-1", "console.amazonaws-us-gov.com/")]
        {
            assert!(log_events(region, "g", "p", window).contains(host), "{region}");
        }
    }
}
