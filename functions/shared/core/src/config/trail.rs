//! `[trail]`: what exists already, and where a trail is made.

use super::data_events::{self, DataEvents};
use super::dom::{Node, non_empty, section};
use super::notify::is_key_arn;
use crate::names::Name;
use crate::regions::is_region;

/// `[trail]`: what exists already and is to be used as it is. Whatever is `None` is made.
#[derive(Debug, Clone)]
pub struct Trail {
    /// An existing trail's name, or its ARN where it stands in another Region or account: then it is known whole, and
    /// refused with both named.
    pub name: Option<String>,
    /// An existing bucket's name.
    pub bucket: Option<String>,
    /// An existing log group's name.
    pub log_group: Option<String>,
    /// Days that a log group made by the bootstrapper keeps its events: one of the numbers CloudWatch Logs
    /// allows; default 400.
    pub retention_days: u16,
    /// Where trails, filters and alarms stand.
    pub regions: Regions,
    /// The key that encrypts the log files of a trail of Yakei's own; `None` for S3's own keys.
    pub kms_key: Option<TrailKey>,
    /// The data events that a trail of Yakei's own records besides; empty for none.
    pub data_events: Vec<DataEvents>,
    /// Whether S3 writes down who reads and writes the bucket that is made; an existing one stays as it is.
    pub access_logs: bool,
    /// The id of the organization whose accounts the trail covers; made in the management account.
    pub organization: Option<String>,
}

/// `[trail] kms_key`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TrailKey {
    /// `"make"`: one is made.
    Make,
    /// An existing key, by its ARN.
    Existing(String),
}

/// `[trail] regions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Regions {
    /// Left out: one trail for all Regions, watched in its home Region.
    #[default]
    OneTrail,
    /// `["all"]`: a set-up in every Region that the account has enabled.
    Enabled,
    /// A set-up in each of these.
    Listed(Vec<String>),
}

impl Regions {
    /// Whether each Region has its own trail, filters and alarms.
    pub fn is_per_region(&self) -> bool {
        *self != Self::OneTrail
    }
}

impl Default for Trail {
    fn default() -> Self {
        Self {
            name: None,
            bucket: None,
            log_group: None,
            retention_days: 400,
            regions: Regions::OneTrail,
            kms_key: None,
            data_events: Vec::new(),
            access_logs: true,
            organization: None,
        }
    }
}

/// The retentions that CloudWatch Logs allows, in days (API reference, `PutRetentionPolicy`).
const RETENTIONS: [u16; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

pub(super) fn trail(node: &Node<'_>, own: Option<&Name>) -> Option<Trail> {
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
    if let Some(node) = organization_node.filter(|_| name.is_some() || regions.is_per_region()) {
        node.wrong(
            "an organization trail is one trail of Yakei's own for all Regions: remove name and regions, or this",
        );
    }
    let key_node = table.get("kms_key");
    let kms_key = key_node.as_ref().and_then(key);
    if let Some(node) = key_node.filter(|_| name.is_some()) {
        node.wrong(
            "the trail that `name` names is used as it is: choose its key there, or remove name and a trail is made",
        );
    }
    let data_node = table.get("data_events");
    let data_events = data_node.as_ref().and_then(|node| data_events::all(node, own, bucket.as_deref()));
    if let Some(node) = data_node.filter(|_| name.is_some()) {
        node.wrong(
            "the trail that `name` names is used as it is: choose its data events there (without those of its own bucket), \
             or remove name and a trail is made",
        );
    }
    let access_node = table.get("access_logs");
    let access_logs = access_node.as_ref().and_then(Node::flag).unwrap_or(Trail::default().access_logs);
    if let Some(node) = access_node.filter(|_| access_logs && (name.is_some() || bucket.is_some())) {
        node.wrong(
            "the bucket exists already and stays as it is: log its accesses there, and remove this or set it to false",
        );
    }
    table.finish();
    let data_events = data_events.unwrap_or_default();
    let retention_days = retention_days.unwrap_or(Trail::default().retention_days);
    Some(Trail { name, bucket, log_group, retention_days, regions, kms_key, data_events, access_logs, organization })
}

/// An alias of one's own could be moved to another key unseen.
fn key(node: &Node<'_>) -> Option<TrailKey> {
    const EXAMPLE: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-…";
    let text = node.text("make")?;
    if text == "make" {
        return Some(TrailKey::Make);
    }
    if !is_key_arn(text) {
        node.wrong(format!("\"make\" or the ARN of a customer key is expected, such as {EXAMPLE:?}; this is {text:?}"));
        return None;
    }
    Some(TrailKey::Existing(text.to_owned()))
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

/// `["all"]`, or Regions by name. Which Regions an account has is AWS's to say, so only the shape is checked.
fn regions(node: &Node<'_>) -> Regions {
    let list = node.list().unwrap_or_default();
    if list.is_empty() {
        node.wrong("[\"all\"] or Regions are expected; without this key one trail covers all Regions");
    }
    let mut regions: Vec<String> = list.iter().filter_map(|node| region(node)).collect();
    if regions.iter().any(|region| region == "all") {
        if regions.len() > 1 {
            node.wrong("\"all\" stands alone");
        }
        return Regions::Enabled;
    }
    regions.sort();
    regions.dedup();
    Regions::Listed(regions)
}

fn region(node: &Node<'_>) -> Option<String> {
    let text = node.text("eu-west-1")?;
    if text != "all" && !is_region(text) {
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
