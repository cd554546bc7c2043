//! Every name that Yakei gives to a thing in an account, derived from the one `name` of the config.
//!
//! The names are a promise (CHANGELOG.md): other tools and people's own policies refer to them.

use std::collections::BTreeMap;
use std::fmt;

/// The prefix of everything that is created, and the value of the tag [`Name::TAG_KEY`].
///
/// 1 to 24 characters of `a-z`, `0-9` and `-`, beginning with a letter and not ending with `-`:
/// what an S3 bucket, an IAM role and an SNS topic all allow, with room for the rest of the name. Nor `--`, the
/// prefixes that S3 keeps for itself (S3 User Guide, "General purpose bucket naming rules"), and the name of
/// Scheduler's own group. A suffix that S3 keeps cannot come up: a bucket's name ends with its Region.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name(String);

/// What the names of buckets must not begin with: S3 keeps these for itself.
const S3_KEEPS: [&str; 4] = ["xn--", "sthree-", "sthree-configurator", "amzn-s3-demo-"];

/// Why a text is no [`Name`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a name is 1 to 24 characters of a-z, 0-9 and '-', begins with a letter, does not end with '-', has no '--', and is \
     not \"default\" (Scheduler's own group); nor does a bucket's name made of it begin with xn--, sthree- or \
     amzn-s3-demo- (S3 refuses them); another such as \"yakei-2\" fits"
)]
pub struct InvalidName;

/// What our own alarms are called after the prefix: a control's key must be none of them.
const HEARTBEAT: &str = "TogglerHeartbeat";
/// The control that watches the watch itself.
const CHANGES: &str = "MonitoringChanges";
const HOLD: &str = "hold";

impl Name {
    /// The tag that marks what Yakei made; its value is the name.
    pub const TAG_KEY: &'static str = "managed-by";
    /// The metric that every run of the toggler writes: how many alarms are armed.
    pub const HEARTBEAT_METRIC: &'static str = "TogglerAlarmsArmed";
    /// The metric of an alarm that keeps a hold. Nobody writes it.
    pub const HOLD_METRIC: &'static str = "Hold";
    /// The metric of an alarm that keeps what is muted and since when. Nobody writes it.
    pub const MUTED_METRIC: &'static str = "Muted";

    /// Takes a text as a name.
    ///
    /// # Errors
    /// [`InvalidName`] with the rule, when the text breaks it.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let ok = (1..=24).contains(&text.len())
            && text.chars().all(allowed)
            && text.starts_with(|c: char| c.is_ascii_lowercase())
            && !text.ends_with('-')
            && !text.contains("--")
            // As the bucket of this name would be called.
            && !S3_KEEPS.iter().any(|kept| format!("{text}-trail-").starts_with(kept))
            && text != "default";
        if ok { Ok(Self(text.to_owned())) } else { Err(InvalidName) }
    }

    /// The name itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What every alarm's name begins with: `yakei-`.
    pub fn alarm_prefix(&self) -> String {
        format!("{}-", self.0)
    }

    /// The alarm and the metric filter of a control: `yakei-ConsoleLogin`.
    pub fn alarm(&self, control_key: &str) -> String {
        format!("{}-{control_key}", self.0)
    }

    /// The alarm that rings when the toggler's heartbeat stops.
    pub fn heartbeat_alarm(&self) -> String {
        self.alarm(HEARTBEAT)
    }

    /// The alarm that rings when somebody changes the watch itself.
    pub fn changes_alarm(&self) -> String {
        self.alarm(CHANGES)
    }

    /// The alarms that nothing mutes, whatever a schedule or a hold says: they alone tell that nobody arms any more, or
    /// that somebody takes the watch away.
    pub fn never_muted(&self) -> [String; 2] {
        [self.heartbeat_alarm(), self.changes_alarm()]
    }

    /// The alarm in whose description the toggler keeps a person's hold: of one schedule, or of all.
    pub fn hold_alarm(&self, schedule: Option<&str>) -> String {
        schedule.map_or_else(|| self.alarm(HOLD), |schedule| self.alarm(&format!("{HOLD}-{schedule}")))
    }

    /// Whether an alarm is one that keeps a hold: it comes and goes by the toggler alone.
    pub fn is_hold_alarm(&self, alarm: &str) -> bool {
        let rest = alarm.strip_prefix(self.hold_alarm(None).as_str());
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    }

    /// One of the alarms in whose descriptions the toggler remembers what it has muted: `yakei-muted-1`.
    pub fn memory_alarm(&self, index: u8) -> String {
        self.alarm(&format!("muted-{index}"))
    }

    /// The number of such an alarm.
    pub fn memory_index(&self, alarm: &str) -> Option<u8> {
        let index = alarm.strip_prefix(self.alarm("muted-").as_str())?.parse().ok()?;
        (self.memory_alarm(index) == alarm).then_some(index)
    }

    /// Whether a mute rule is called as the toggler calls its own, `yakei-mute-<from>-<to>-<alarms>`. The prefix alone says
    /// nothing: a stranger's `yakei-quiet` mutes as well.
    pub fn is_mute_rule(&self, rule: &str) -> bool {
        let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|it| it.is_ascii_digit());
        let instant = |text: &str| {
            let time = text.strip_suffix('Z').and_then(|text| text.split_once('T'));
            time.is_some_and(|(day, minute)| digits(day, 8) && digits(minute, 4))
        };
        let parts = rule.strip_prefix(self.alarm("mute-").as_str()).map(|rest| rest.split('-').collect::<Vec<_>>());
        let parts = parts.unwrap_or_default();
        matches!(parts[..], [from, to, alarms] if instant(from) && instant(to)
            && alarms.len() == 16 && alarms.bytes().all(|it| it.is_ascii_hexdigit()))
    }

    /// Why a control must not have this key, where it must not: its alarm or its metric would be one of ours, and
    /// either would overwrite the other. CloudWatch's names tell letter case apart, readers do not.
    pub fn reserved(key: &str) -> Option<String> {
        let lower = key.to_lowercase();
        let is = |name: &str| lower == name.to_lowercase();
        let of_ours = [HEARTBEAT, Self::HEARTBEAT_METRIC, HOLD, Self::MUTED_METRIC].into_iter().find(|name| is(name));
        // A schedule may have any name.
        let of_ours = of_ours.or_else(|| lower.starts_with("hold-").then_some("hold-<schedule>"));
        let of_ours = of_ours.or_else(|| lower.starts_with("muted-").then_some("muted-<number>"))?;
        Some(format!(
            "the key {key:?} is kept for the alarm or metric {of_ours} of Yakei's own; choose another, such as \"My{key}\""
        ))
    }

    /// Whether an alarm keeps a hold of this installation: by its namespace, its metric and its tag. A name alone says
    /// nothing, somebody may call an alarm `yakei-hold-music`.
    pub fn keeps_hold(&self, namespace: &str, metric: &str, tags: &BTreeMap<String, String>) -> bool {
        metric == Self::HOLD_METRIC && self.keeps_for_toggler(namespace, metric, tags)
    }

    /// Whether an alarm keeps something for the toggler, a hold or what is muted since when, and comes and goes by it.
    pub fn keeps_for_toggler(&self, namespace: &str, metric: &str, tags: &BTreeMap<String, String>) -> bool {
        namespace == self.metric_namespace()
            && [Self::HOLD_METRIC, Self::MUTED_METRIC].contains(&metric)
            && tags.get(Self::TAG_KEY).is_some_and(|owner| owner == self.as_str())
    }

    /// The CloudWatch namespace of the controls' metrics and of the toggler's heartbeat.
    pub fn metric_namespace(&self) -> &str {
        &self.0
    }

    /// The topic that alarms publish to and the enricher subscribes to.
    pub fn alarm_topic(&self) -> String {
        format!("{}-alarms", self.0)
    }

    /// The topic for people: notices and digests.
    pub fn notice_topic(&self) -> String {
        format!("{}-notices", self.0)
    }

    /// The CloudTrail trail.
    pub fn trail(&self) -> String {
        format!("{}-trail", self.0)
    }

    /// The trail's bucket; bucket names are global, so account and Region stand in it.
    pub fn bucket(&self, account: &str, region: &str) -> String {
        format!("{}-trail-{account}-{region}", self.0)
    }

    /// The bucket in which S3 writes down who reads and writes the trail's.
    pub fn access_log_bucket(&self, account: &str, region: &str) -> String {
        format!("{}-access-{account}-{region}", self.0)
    }

    /// Whether a bucket's name is one of the two, in whatever account and Region.
    pub fn is_own_bucket(&self, bucket: &str) -> bool {
        let rest = bucket.strip_prefix(self.0.as_str()).and_then(|rest| {
            ["-trail-", "-access-"].into_iter().find_map(|middle| rest.strip_prefix(middle)?.split_once('-'))
        });
        rest.is_some_and(|(account, region)| crate::arns::is_account(account) && !region.is_empty())
    }

    /// The alias of the key that encrypts the trail's log files.
    pub fn trail_key_alias(&self) -> String {
        format!("alias/{}-trail", self.0)
    }

    /// The log group that the trail delivers to.
    pub fn log_group(&self) -> String {
        format!("/{}/cloudtrail", self.0)
    }

    /// The role by which CloudTrail writes to the log group.
    pub fn trail_role(&self) -> String {
        format!("{}-cloudtrail-to-logs", self.0)
    }

    /// The toggler's function name.
    pub fn toggler(&self) -> String {
        format!("{}-toggler", self.0)
    }

    /// The enricher's function name.
    pub fn enricher(&self) -> String {
        format!("{}-enricher", self.0)
    }

    /// The bootstrapper's function name.
    pub fn bootstrapper(&self) -> String {
        format!("{}-bootstrapper", self.0)
    }

    /// The EventBridge Scheduler group that holds the toggler's schedules.
    pub fn schedule_group(&self) -> String {
        self.0.clone()
    }

    /// The role by which Scheduler invokes the toggler.
    pub fn scheduler_role(&self) -> String {
        format!("{}-scheduler", self.0)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_every_service_allows() {
        for good in ["yakei", "y", "night-watch-2", "sthrees", "amzn", "amzn-s3", "hold", "yakei-hold"] {
            assert_eq!(Name::parse(good).map(|n| n.to_string()), Ok(good.to_owned()));
        }
        for bad in [
            "default",
            "a--b",
            "xn--a",
            "sthree-a",
            "sthree",
            "sthree-configurator",
            "amzn-s3-demo",
            "amzn-s3-demo-x",
            "xn--x",
            "",
            "Yakei",
            "-yakei",
            "yakei-",
            "2yakei",
            "ya kei",
            "夜警",
            "a-name-that-is-much-too-long",
        ] {
            assert_eq!(Name::parse(bad), Err(InvalidName), "{bad}");
        }
    }

    #[test]
    fn derived_names_are_a_promise() {
        let name = Name::parse("yakei").unwrap();
        assert_eq!(name.alarm("ConsoleLogin"), "yakei-ConsoleLogin");
        assert_eq!(name.bucket("123456789012", "eu-west-1"), "yakei-trail-123456789012-eu-west-1");
        assert_eq!(name.log_group(), "/yakei/cloudtrail");
        assert_eq!(name.hold_alarm(Some("tokyo")), "yakei-hold-tokyo");
        assert!(name.is_hold_alarm("yakei-hold") && !name.is_hold_alarm("yakei-holdings"));
        assert_eq!((name.memory_alarm(3).as_str(), name.memory_index("yakei-muted-3")), ("yakei-muted-3", Some(3)));
        for other in ["yakei-muted-", "yakei-muted-03", "yakei-muted-+3", "yakei-muted-300", "yakei-muted"] {
            assert_eq!(name.memory_index(other), None, "{other}");
        }
    }

    #[test]
    fn a_mute_rule_is_the_togglers_by_its_whole_name() {
        let name = Name::parse("yakei").unwrap();
        assert!(name.is_mute_rule("yakei-mute-20261124T0000Z-20261124T0900Z-0123456789abcdef"));
        for other in [
            "yakei-quiet",
            "yakei-mute-",
            "yakei-mute-all",
            "yakei-mute-20261124T0000Z-20261124T0900Z",
            "yakei-mute-20261124T0000Z-20261124T0900Z-0123456789abcdef-2",
            "yakei-mute-20261124-20261125-0123456789abcdef",
            "yakei-2-mute-20261124T0000Z-20261124T0900Z-0123456789abcdef",
            "mute-20261124T0000Z-20261124T0900Z-0123456789abcdef",
        ] {
            assert!(!name.is_mute_rule(other), "{other}");
        }
    }

    #[test]
    fn the_longest_names_fit_every_service_in_the_longest_region() {
        let name = Name::parse(&"n".repeat(24)).unwrap();
        for region in ["ap-southeast-7", "us-isof-south-1", "eusc-de-east-1", "us-gov-west-1", "il-central-1"] {
            let buckets = [name.bucket("111122223333", region), name.access_log_bucket("111122223333", region)];
            assert!(buckets.iter().all(|it| it.len() <= 63), "{buckets:?}");
            assert!(buckets.iter().all(|it| name.is_own_bucket(it)), "{buckets:?}");
        }
        let of_64 = [name.trail_role(), name.scheduler_role(), name.toggler(), name.enricher(), name.bootstrapper()];
        assert!(of_64.iter().all(|it| it.len() <= 64), "{of_64:?}");
        assert!(name.schedule_group().len() <= 64 && name.trail_key_alias().len() <= 256);
        // A control's key has at most 64 characters, a schedule's name as well.
        let alarms = [name.alarm(&"k".repeat(64)), name.hold_alarm(Some(&"s".repeat(64)))];
        assert!(alarms.iter().all(|it| it.len() <= 255), "{alarms:?}");
    }

    #[test]
    fn a_hold_is_known_by_namespace_metric_and_tag_not_by_its_name() {
        let name = Name::parse("yakei").unwrap();
        let tags = |owner: &str| BTreeMap::from([("managed-by".to_owned(), owner.to_owned())]);
        assert!(name.keeps_hold("yakei", "Hold", &tags("yakei")));
        for (namespace, metric, owner) in
            [("music", "Hold", "yakei"), ("yakei", "ConsoleLogin", "yakei"), ("yakei", "Hold", "yakei-hold")]
        {
            assert!(!name.keeps_hold(namespace, metric, &tags(owner)), "{namespace} {metric} {owner}");
        }
        assert!(!name.keeps_hold("yakei", "Hold", &BTreeMap::new()));
    }

    #[test]
    fn keys_of_our_own_alarms_and_metrics_are_reserved() {
        for reserved in [
            "hold",
            "Hold",
            "hold-tokyo",
            "HOLD-x",
            "muted-1",
            "Muted",
            "TogglerHeartbeat",
            "togglerheartbeat",
            "TogglerAlarmsArmed",
        ] {
            assert!(Name::reserved(reserved).is_some_and(|why| why.contains("choose another")), "{reserved}");
        }
        for free in ["Holdings", "Toggler", "ConsoleLogin", "household"] {
            assert_eq!(Name::reserved(free), None, "{free}");
        }
    }
}
