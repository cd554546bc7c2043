//! What a deployment must know of the config: the parameters of `infra/template.yaml`, so that each role may do what
//! this config needs and nothing else.

use yakei_core::arns::Place;
use yakei_core::config::{AlarmSelector, Config, Mechanism, TrailKey};

/// The template's parameters, as `Key=Value`. Those that the config says nothing of are left to their defaults.
pub fn parameters(config: &Config, place: &Place) -> Vec<String> {
    let (trail, notify) = (&config.trail, &config.notify);
    let by_rule = config.schedules.iter().any(|schedule| schedule.by == Mechanism::MuteRule);
    let regions = if trail.regions.is_per_region() { "*" } else { place.region.as_str() };
    let all = [
        ("Name", Some(config.name.to_string())),
        ("Regions", Some(regions.to_owned())),
        // One of another Region or account is named by its ARN; the rights are bound to ARNs.
        ("Trail", trail.name.as_ref().map(|it| if it.starts_with("arn:") { it.clone() } else { place.trail(it) })),
        ("Bucket", trail.bucket.clone()),
        ("LogGroup", trail.log_group.clone()),
        ("AlarmTopic", notify.alarm_topic.as_ref().map(|topic| topic.name.clone())),
        ("NoticeTopic", notify.topic.as_ref().map(|topic| topic.name.clone())),
        ("KmsKeyArn", notify.kms_key.clone()),
        ("TrailKey", trail.kms_key.as_ref().map(trail_key)),
        ("Organization", Some(trail.organization.is_some().to_string())),
        ("MuteRules", Some(by_rule.to_string())),
        ("OtherAlarmArns", Some(others(config, place).join(","))),
    ];
    // An absent parameter would keep the value of the last deployment: what the config does not say is said as empty.
    all.into_iter().map(|(key, value)| format!("{key}={}", value.unwrap_or_default())).collect()
}

fn trail_key(key: &TrailKey) -> String {
    match key {
        TrailKey::Make => "make".to_owned(),
        TrailKey::Existing(arn) => arn.clone(),
    }
}

/// The alarms outside Yakei's prefix that schedules mute, as ARNs.
fn others(config: &Config, place: &Place) -> Vec<String> {
    let own = config.name.alarm_prefix();
    let alarms = config.schedules.iter().flat_map(|schedule| &schedule.alarms);
    let mut arns: Vec<String> = alarms
        .filter(|alarm| match alarm {
            AlarmSelector::Exact(name) | AlarmSelector::Prefix(name) => !name.starts_with(&own),
        })
        // IAM reads * and ? in an ARN as wildcards: an exact name with one of them covers a little more than itself.
        .map(|alarm| place.alarm(&alarm.to_string()).replace(',', "?"))
        .collect();
    arns.sort();
    arns.dedup();
    arns
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICE: &str =
        "windows = [{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]\ntimezone = \"Asia/Tokyo\"\n";

    fn told(text: &str) -> Vec<String> {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        parameters(&Config::parse(text).unwrap(), &place)
    }

    fn value(text: &str, key: &str) -> String {
        let all = told(text);
        let found = all.iter().find_map(|line| line.strip_prefix(&format!("{key}=")).map(ToOwned::to_owned));
        found.unwrap_or_else(|| panic!("{key} in {all:?}"))
    }

    #[test]
    fn the_smallest_config_opens_nothing() {
        let text = format!("[[schedule]]\n{OFFICE}");
        assert_eq!(
            told(&text).join(" "),
            "Name=yakei Regions=eu-west-1 Trail= Bucket= LogGroup= AlarmTopic= NoticeTopic= KmsKeyArn= TrailKey= Organization=false MuteRules=false OtherAlarmArns="
        );
    }

    #[test]
    fn an_existing_trail_is_told_as_its_arn() {
        let arn = "arn:aws:cloudtrail:us-east-1:999988887777:trail/company";
        for (name, told) in [("company", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/company"), (arn, arn)] {
            assert_eq!(value(&format!("[[schedule]]\n{OFFICE}[trail]\nname = \"{name}\"\n"), "Trail"), told);
        }
    }

    #[test]
    fn a_right_comes_with_what_needs_it() {
        let text = format!(
            "name = \"watch\"\n[[schedule]]\n{OFFICE}by = \"mute-rule\"\nalarms = [\"watch-*\", \"old, alarm\", \"prod-*\", \"prod-*\"]\n\
             [trail]\nregions = [\"all\"]\nbucket = \"b\"\n"
        );
        assert_eq!((value(&text, "Name"), value(&text, "Regions")), ("watch".to_owned(), "*".to_owned()));
        assert_eq!((value(&text, "MuteRules"), value(&text, "Bucket")), ("true".to_owned(), "b".to_owned()));
        assert_eq!(
            value(&text, "OtherAlarmArns"),
            "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:old? alarm,arn:aws:cloudwatch:eu-west-1:111122223333:alarm:prod-*"
        );
    }
}
