//! The file's sections, from top to bottom. Schedules have a file of their own.

use toml::de::DeTable;

use super::dom::{Beside, Mistakes, Node, Table};
use super::error::ConfigErrors;
use super::notify::{NotifyPart, notify};
use super::{AlarmSelector, Config, ControlChoice, Notify, Schedule, Trail, controls, schedule};
use crate::hours::Zone;
use crate::names::Name;

const DEFAULT_NAME: &str = "yakei";

/// The retentions that CloudWatch Logs allows, in days (API reference, `PutRetentionPolicy`).
const RETENTIONS: [u16; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// Reads the whole file.
pub(super) fn config(text: &str, beside: Beside<'_>) -> Result<Config, ConfigErrors> {
    let (root, syntax) = DeTable::parse_recoverable(text);
    let mistakes = Mistakes::new(text, beside);
    let partly = read_root(Table::new(String::new(), 0, root.get_ref(), &mistakes));
    let mut errors = mistakes.into_sorted();
    if !syntax.is_empty() {
        errors = with_syntax(text, &syntax, errors);
    }
    let (name, alarms) = (partly.name.clone(), partly.alarms.clone());
    partly.complete().filter(|_| errors.is_empty()).ok_or(ConfigErrors { errors, name, alarms })
}

/// Where the syntax is broken the tree has holes: what seems missing, or stands on a broken line, is left out.
fn with_syntax(text: &str, syntax: &[toml::de::Error], mut errors: Vec<super::ConfigError>) -> Vec<super::ConfigError> {
    let broken = Mistakes::new(text, &|_| Err(String::new()));
    for error in syntax {
        broken.add(error.span().map_or(0, |span| span.start), "", format!("no TOML: {}", error.message()));
    }
    let mut broken = broken.into_sorted();
    // One slip makes the parser stumble several times on the same line.
    broken.dedup_by_key(|error| error.line);
    errors.retain(|e| !e.message.starts_with("missing") && !broken.iter().any(|b| b.line == e.line));
    errors.extend(broken);
    errors.sort_by_key(|e| (e.line, e.column));
    errors
}

/// What a reading gave, right or not.
struct Partly {
    name: Option<Name>,
    schedules: Option<Vec<Schedule>>,
    alarms: Vec<AlarmSelector>,
    notify: Option<NotifyPart>,
    trail: Trail,
    controls: ControlChoice,
}

impl Partly {
    fn complete(self) -> Option<Config> {
        let (schedules, notify) = (self.schedules?, self.notify?);
        let NotifyPart { zone, emails, chat, ignore, kms_key, topic, alarm_topic } = notify;
        let timezone = zone.or_else(|| schedules.first().map(|first| first.calendar.zone.clone()))?;
        Some(Config {
            name: self.name?,
            schedules,
            notify: Notify { timezone, emails, chat, ignore, kms_key, topic, alarm_topic },
            trail: self.trail,
            controls: self.controls,
        })
    }
}

fn read_root(mut root: Table<'_>) -> Partly {
    let name = match root.get("name") {
        None => Name::parse(DEFAULT_NAME).ok(),
        Some(node) => node
            .text(DEFAULT_NAME)
            .and_then(|text| Name::parse(text).map_err(|e| node.wrong(format!("{text:?} does not fit: {e}"))).ok()),
    };
    let mut alarms = Vec::new();
    let default_alarm = name.as_ref().map(|name| name.alarm("ConsoleLogin"));
    let schedules = root.require("schedule", "[{ timezone = \"Asia/Tokyo\", windows = [ … ] }]");
    let schedules = schedules.and_then(|node| schedule::all(&node, default_alarm.as_deref(), &mut alarms));
    let notify = root.get("notify").map_or(Some(NotifyPart::default()), |node| notify(&node, name.as_ref()));
    let trail = root.get("trail").and_then(|node| trail(&node)).unwrap_or_default();
    let controls = root.get("controls").and_then(|node| controls::controls(&node)).unwrap_or_default();
    root.finish();
    Partly { name, schedules, alarms, notify, trail, controls }
}

/// A section of the file, which must say something.
pub(super) fn section<'a>(node: &Node<'a>) -> Option<Table<'a>> {
    let table = node.table()?;
    if table.is_empty() {
        table.wrong("empty section; fill it or remove it");
        return None;
    }
    Some(table)
}

/// An exact IANA name.
pub(super) fn zone(node: &Node<'_>) -> Option<Zone> {
    let text = node.text("Asia/Tokyo")?;
    Zone::parse(text).map_err(|e| node.wrong(e.to_string())).ok()
}

fn trail(node: &Node<'_>) -> Option<Trail> {
    let mut table = section(node)?;
    let mut text = |key, example| table.get(key).and_then(|node| non_empty(&node, example));
    let (name, bucket) = (text("name", "management-events"), text("bucket", "my-trail-bucket"));
    let log_group = text("log_group", "/aws/cloudtrail");
    let retention_days = table.get("retention_days").and_then(|node| retention(&node));
    let regions_node = table.get("regions");
    let regions = regions_node.as_ref().map(regions).unwrap_or_default();
    if let Some(node) = regions_node.filter(|_| name.is_some() || log_group.is_some()) {
        node.wrong("a per-Region set-up makes its own trails and log groups: remove name and log_group, or regions");
    }
    let organization_node = table.get("organization");
    let organization = organization_node.as_ref().and_then(organization);
    if let Some(node) = organization_node.filter(|_| name.is_some() || !regions.is_empty()) {
        node.wrong(
            "an organization trail is one trail of Yakei's own for all Regions: remove name and regions, or this",
        );
    }
    table.finish();
    let retention_days = retention_days.unwrap_or(Trail::default().retention_days);
    Some(Trail { name, bucket, log_group, retention_days, regions, organization })
}

/// `o-` and 10 to 32 lower-case letters and digits (Organizations API reference).
fn organization(node: &Node<'_>) -> Option<String> {
    let text = node.text("o-a1b2c3d4e5")?;
    let fits = text.strip_prefix("o-").is_some_and(|id| {
        (10..=32).contains(&id.len()) && id.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    });
    if !fits {
        node.wrong(format!("{text:?} is no organization's id; one such as \"o-a1b2c3d4e5\" is expected"));
        return None;
    }
    Some(text.to_owned())
}

/// The Regions that every account has without opting in (AWS General Reference, "Regions and Zones").
const REGIONS: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// `["all"]`, or Regions by name; those that are opted into are not in the table, so only the shape is checked.
fn regions(node: &Node<'_>) -> Vec<String> {
    let list = node.list().unwrap_or_default();
    if list.is_empty() {
        node.wrong("[\"all\"] or Regions are expected; without this key one trail covers all Regions");
    }
    let mut regions: Vec<String> = list.iter().filter_map(|node| region(node)).collect();
    if regions.iter().any(|region| region == "all") {
        if regions.len() > 1 {
            node.wrong("\"all\" stands alone");
        }
        regions = REGIONS.map(ToOwned::to_owned).to_vec();
    }
    regions.sort();
    regions.dedup();
    regions
}

fn region(node: &Node<'_>) -> Option<String> {
    let text = node.text("eu-west-1")?;
    let parts: Vec<&str> = text.split('-').collect();
    let lower = |part: &&str| !part.is_empty() && part.chars().all(|c| c.is_ascii_lowercase());
    let shaped = parts.len() >= 3
        && parts.split_last().is_some_and(|(number, words)| {
            words.iter().all(lower) && number.len() == 1 && number.chars().all(|c| c.is_ascii_digit())
        });
    if text != "all" && !shaped {
        node.wrong(format!("{text:?} is no Region; one such as \"eu-west-1\", or \"all\" alone, is expected"));
        return None;
    }
    Some(text.to_owned())
}

fn retention(node: &Node<'_>) -> Option<u16> {
    let days = node.integer()?;
    let allowed = || RETENTIONS.into_iter().filter(|days| *days > 0);
    let exact = allowed().find(|allowed| i64::from(*allowed) == days);
    if exact.is_none() {
        let next = allowed().find(|allowed| i64::from(*allowed) > days).unwrap_or(3653);
        node.wrong(format!("CloudWatch Logs does not know a retention of {days} days; the next it knows is {next}"));
    }
    exact
}

pub(super) fn non_empty(node: &Node<'_>, example: &str) -> Option<String> {
    let text = node.text(example)?;
    if text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        node.wrong(format!("a name such as {example:?} is expected, this is {text:?}"));
        return None;
    }
    Some(text.to_owned())
}
