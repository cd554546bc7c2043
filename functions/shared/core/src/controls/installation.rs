//! The installation that the watch of the watch watches: its patterns name it, so that it rings for nobody else's alarms,
//! topics and functions, and not for what Yakei itself does.

use std::borrow::Cow;

use super::Control;
use crate::config::{Config, TrailKey};

/// What the patterns of [`Control::itself`] name.
#[derive(Debug, Clone)]
pub struct Installation<'a> {
    /// `aws`, `aws-cn`, …
    pub partition: &'a str,
    /// The account's number; empty where it is not known, and then the roles of these names in any account are Yakei's.
    pub account: &'a str,
    /// Its name, which everything of it begins with.
    pub name: &'a str,
    /// The log group that its filters read.
    pub log_group: &'a str,
    /// The topic that its alarms publish to.
    pub alarm_topic: &'a str,
    /// The topic for people.
    pub notice_topic: &'a str,
    /// What stores its logs, and the keys that it needs.
    pub kept: Kept<'a>,
}

/// The buckets and keys of an installation, as patterns name them.
#[derive(Debug, Clone)]
pub struct Kept<'a> {
    /// The bucket of the trail.
    pub trail_bucket: Cow<'a, str>,
    /// The id of the key that encrypts the trail's files: empty for one that was made, whose id only the account knows, so
    /// that any key is it; `None` without one.
    pub trail_key: Option<Cow<'a, str>>,
    /// The id of the key that encrypts the topics; `None` without one.
    pub topic_key: Option<Cow<'a, str>>,
}

impl Kept<'static> {
    /// What a config names, and the bucket that is made in an account's home Region where it names none; `*` for either
    /// that is not known.
    pub fn of(config: &Config, account: &str, home_region: &str) -> Self {
        let trail_key = config.trail.kms_key.as_ref().map(|key| match key {
            TrailKey::Make => "",
            TrailKey::Existing(arn) => key_id(arn),
        });
        let bucket = config.trail.bucket.clone().unwrap_or_else(|| config.name.bucket(account, home_region));
        let owned = |id: &str| Cow::Owned(id.to_owned());
        Self {
            trail_bucket: Cow::Owned(bucket),
            trail_key: trail_key.map(owned),
            topic_key: config.notify.kms_key.as_deref().map(key_id).map(owned),
        }
    }
}

/// `1234…` of `arn:aws:kms:eu-west-1:111122223333:key/1234…`: calls name a key by either.
fn key_id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A pattern has 1,024 characters, a log group's name up to 512: of longer names the beginning counts.
const LONGEST: usize = 64;

impl Control {
    /// The same with every place filled in that its patterns leave for the installation: `<partition>`, `<account>`,
    /// `<name>`, `<log-group>`, `<alarm-topic>`, `<notice-topic>`, `<trail-bucket>`, `<trail-key>`,
    /// `<topic-key>`. Only [`Control::itself`] has such.
    #[must_use]
    pub fn filled(&self, of: &Installation<'_>) -> Self {
        let mut filled = self.clone();
        if self.itself {
            for pattern in std::iter::once(&mut filled.pattern).chain(&mut filled.further) {
                *pattern = of.fill(pattern);
            }
        }
        filled
    }
}

impl Installation<'static> {
    /// That of the catalogue's samples.
    pub const EXAMPLE: Self = Self {
        partition: "aws",
        account: "111122223333",
        name: "yakei",
        log_group: "/yakei/cloudtrail",
        alarm_topic: "yakei-alarms",
        notice_topic: "yakei-notices",
        kept: Kept {
            trail_bucket: Cow::Borrowed("yakei-trail-111122223333-eu-west-1"),
            trail_key: Some(Cow::Borrowed("1234abcd-12ab-34cd-56ef-1234567890ab")),
            topic_key: Some(Cow::Borrowed("0987dcba-09fe-87dc-65ba-ab0987654321")),
        },
    };
}

impl Installation<'_> {
    fn fill(&self, pattern: &str) -> String {
        let pattern =
            if self.account.is_empty() { &pattern.replace("arn:<partition>:iam::<account>:", "*:") } else { pattern };
        // Without a key there is nothing to name: calls that change one do not take an alias, so this is never theirs.
        let key =
            |id: &Option<Cow<'_, str>>| id.as_deref().map_or_else(|| format!("alias/{}-trail", self.name), beginning);
        let places = [
            ("<trail-bucket>", self.kept.trail_bucket.clone().into_owned()),
            ("<trail-key>", key(&self.kept.trail_key)),
            ("<topic-key>", key(&self.kept.topic_key)),
            ("<partition>", self.partition.to_owned()),
            ("<account>", self.account.to_owned()),
            ("<name>", self.name.to_owned()),
            ("<log-group>", known_by(self.log_group)),
            ("<alarm-topic>", beginning(self.alarm_topic)),
            ("<notice-topic>", beginning(self.notice_topic)),
        ];
        places.into_iter().fold(pattern.to_owned(), |text, (place, value)| text.replace(place, &value))
    }
}

/// As much of a name as there is room for; behind it stands a wildcard in the pattern.
fn beginning(name: &str) -> String {
    name.chars().take(LONGEST).collect()
}

/// A name, or its beginning and a wildcard.
fn known_by(name: &str) -> String {
    let beginning = beginning(name);
    if beginning == name { beginning } else { beginning + "*" }
}
