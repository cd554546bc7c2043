//! The demo's config: an office that is open, closed or on holiday at the moment the demo runs.

use jiff::tz::TimeZone;
use jiff::{ToSpan as _, ZonedDateTime};

/// What today is in the office.
#[derive(Debug, Clone, Copy)]
pub enum Office {
    /// Business hours all day long.
    Open,
    /// No business hours today.
    Closed,
    /// Today is a holiday.
    Holiday,
}

/// A config by which it is day, night or a holiday now. Tomorrow is set alike, so that midnight does not matter.
pub fn config(office: Office) -> String {
    let today = ZonedDateTime::now().with_time_zone(TimeZone::get("Asia/Tokyo").unwrap_or(TimeZone::UTC));
    let tomorrow = today.checked_add(1.day()).unwrap_or_else(|_| today.clone());
    let (today, tomorrow) = (today.date(), tomorrow.date());
    let exceptions = match office {
        Office::Open => {
            let day = r#"[{ start = "00:00", end = "24:00" }]"#;
            format!(r#"dates    = {{ "{today}" = {day}, "{tomorrow}" = {day} }}"#)
        }
        Office::Closed => format!(r#"dates    = {{ "{today}" = [], "{tomorrow}" = [] }}"#),
        Office::Holiday => format!(r#"holidays = ["{today}", "{tomorrow}"]"#),
    };
    format!(
        r#"name = "yakei"

[[schedule]]
name     = "tokyo-office"
timezone = "Asia/Tokyo"
windows  = [{{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }}]
{exceptions}
alarms   = ["yakei-ConsoleLogin"]

[notify]
timezone = "Asia/Tokyo"
emails   = ["security@example.com"]

[[notify.known]]
name      = "Osaka VPN"
source_ip = "203.0.113.0/28"
"#
    )
}

/// The config of a closed office whose people read Japanese.
pub fn japanese() -> String {
    let speaking = config(Office::Closed).replace("[notify]\n", "[notify]\nlanguage = \"ja\"\n");
    speaking.replace("Osaka VPN", "大阪オフィス VPN")
}

#[cfg(test)]
mod tests {
    use super::*;
    use yakei_core::config::Config;

    #[test]
    fn every_office_is_a_valid_config() {
        for office in [Office::Open, Office::Closed, Office::Holiday] {
            Config::parse(&config(office)).unwrap();
        }
        assert_eq!(Config::parse(&japanese()).unwrap().notify.known.len(), 1);
    }
}
