//! The installation that the watch of the watch watches: its patterns name it, so that it rings for nobody else's alarms,
//! topics and functions, and not for what Yakei itself does.

use super::Control;

/// What the patterns of [`Control::itself`] name.
#[derive(Debug, Clone, Copy)]
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
}

/// A pattern has 1,024 characters, a log group's name up to 512: of longer names the beginning counts.
const LONGEST: usize = 64;

impl Control {
    /// The same with every place filled in that its patterns leave for the installation: `<partition>`, `<account>`,
    /// `<name>`, `<log-group>`, `<alarm-topic>`, `<notice-topic>`. Only [`Control::itself`] has such.
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
    };
}

impl Installation<'_> {
    fn fill(&self, pattern: &str) -> String {
        let pattern =
            if self.account.is_empty() { &pattern.replace("arn:<partition>:iam::<account>:", "*:") } else { pattern };
        let places = [
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
