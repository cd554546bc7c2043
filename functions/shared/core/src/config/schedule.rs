//! `[[schedule]]`.

use std::collections::BTreeSet;

use jiff::Timestamp;
use toml::de::{DeTable, DeValue};

use super::calendar::calendar;
use super::dom::{Node, nearest, section};
use super::selector::AlarmSelector;
use crate::hours::Calendar;
use crate::names::Name;
use crate::spelling::distance;

/// One `[[schedule]]`: a calendar and the alarms it mutes.
#[derive(Debug, Clone)]
pub struct Schedule {
    /// Name shown in answers; unique in the file. 1 to 64 of `A-Z a-z 0-9 . _ -`, as EventBridge Scheduler and
    /// tags allow; default `schedule-1` for the first, and so on.
    pub name: String,
    /// When business hours are.
    pub calendar: Calendar,
    /// The alarms that this schedule mutes in business hours; default the `ConsoleLogin` alarm. Never empty.
    pub alarms: Vec<AlarmSelector>,
    /// Whether people are told, when alarms are armed again, what happened while they were muted; default yes.
    pub digest: bool,
    /// How its alarms are muted; default [`Mechanism::Actions`].
    pub by: Mechanism,
}

/// Whether the calendars of all schedules that name an alarm want it muted; holds are not known here.
pub fn mutes(name: &Name, schedules: &[Schedule], alarm: &str, at: Timestamp) -> bool {
    if name.never_muted().iter().any(|never| never == alarm) {
        return false;
    }
    let mut naming = schedules.iter().filter(|it| it.names(alarm)).peekable();
    naming.peek().is_some() && naming.all(|it| it.calendar.at(at).in_business_hours)
}

impl Schedule {
    /// Whether it names the alarm.
    pub fn names(&self, alarm: &str) -> bool {
        self.alarms.iter().any(|it| it.selects(alarm))
    }
}

/// How alarms are muted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mechanism {
    /// `"actions"`: by disabling and enabling their actions.
    #[default]
    Actions,
    /// `"mute-rule"`: by CloudWatch's alarm mute rules, which end by themselves and leave the actions enabled.
    MuteRule,
}

/// Alarm names have at most 255 characters (CloudWatch API reference, `PutMetricAlarm`).
const LONGEST_ALARM_NAME: usize = 255;

/// All schedules, or `None` when one of them has mistakes. `alarms` gets every selector that can be read.
pub(super) fn all(
    node: &Node<'_>,
    installation: Option<&Name>,
    alarms: &mut Vec<AlarmSelector>,
) -> Option<Vec<Schedule>> {
    // `schedule.timezone = …` and `[schedule]` make a file with one schedule shorter.
    let nodes = if node.is_table() { vec![node.clone()] } else { node.list()? };
    if nodes.is_empty() {
        node.wrong("at least one schedule is expected, the list is empty");
        return None;
    }
    let mut names = BTreeSet::new();
    let mut schedules = Some(Vec::new());
    for (index, node) in nodes.iter().enumerate() {
        let schedule = one(node, index, installation, alarms, &mut names);
        schedules = schedules.zip(schedule).map(|(mut all, one)| {
            all.push(one);
            all
        });
    }
    schedules
}

fn one(
    node: &Node<'_>,
    index: usize,
    installation: Option<&Name>,
    all_alarms: &mut Vec<AlarmSelector>,
    names: &mut BTreeSet<String>,
) -> Option<Schedule> {
    let mut table = section(node)?;
    let name = match table.get("name") {
        None => Some(format!("schedule-{}", index + 1)),
        Some(node) => schedule_name(&node),
    };
    if let Some(name) = name.as_ref().filter(|name| !names.insert((*name).clone())) {
        table.wrong(format!("{name:?} is the name of another schedule already"));
    }
    let alarms = match table.get("alarms") {
        None => {
            let alarm = installation.map(|name| AlarmSelector::Exact(name.alarm("ConsoleLogin")));
            all_alarms.extend(alarm.clone());
            alarm.map(|alarm| vec![alarm])
        }
        Some(node) => selectors(&node, installation, all_alarms),
    };
    let digest = table.get("digest").map_or(Some(true), |node| node.flag());
    let by = table.get("by").map_or(Some(Mechanism::default()), |node| mechanism(&node));
    let calendar = calendar(&mut table);
    table.finish();
    Some(Schedule { name: name?, calendar: calendar?, alarms: alarms?, digest: digest?, by: by? })
}

fn mechanism(node: &Node<'_>) -> Option<Mechanism> {
    match node.text("actions")? {
        "actions" => Some(Mechanism::Actions),
        "mute-rule" => Some(Mechanism::MuteRule),
        other => {
            let hint = nearest(other, &["actions", "mute-rule"]).map(|near| format!("; did you mean {near:?}?"));
            node.wrong(format!(
                "{other:?} is no way to mute; \"actions\" or \"mute-rule\" is expected{}",
                hint.unwrap_or_default()
            ));
            None
        }
    }
}

fn schedule_name(node: &Node<'_>) -> Option<String> {
    let text = node.text("tokyo-office")?;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if !(1..=64).contains(&text.len()) || !text.chars().all(allowed) {
        node.wrong(format!("{text:?} does not fit: a schedule's name is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"));
        return None;
    }
    Some(text.to_owned())
}

/// The alarms of a schedule, or `None` when one of them has a mistake; `readable` gets those without one, for the
/// fail-safe.
fn selectors(
    node: &Node<'_>,
    installation: Option<&Name>,
    readable: &mut Vec<AlarmSelector>,
) -> Option<Vec<AlarmSelector>> {
    if node.is_text() {
        node.wrong("a list in [ ] is expected, this is one text");
        readable.extend(selector(node));
        return None;
    }
    let list = node.list()?;
    if list.is_empty() {
        node.wrong("at least one alarm is expected, the list is empty");
        return None;
    }
    let read: Vec<Option<AlarmSelector>> = list.iter().map(selector).collect();
    readable.extend(read.iter().flatten().cloned());
    let mutable = list.iter().zip(read).map(|(node, read)| read.filter(|it| can_mute(node, it, installation)));
    mutable.collect()
}

/// Nobody silences the alarm that tells of changes to the watch itself: naming it is a mistake, a prefix leaves it out.
fn can_mute(node: &Node<'_>, selector: &AlarmSelector, installation: Option<&Name>) -> bool {
    let Some(alarm) = installation.map(Name::changes_alarm).filter(|alarm| selector.selects(alarm)) else {
        return true;
    };
    match selector {
        AlarmSelector::Exact(_) => {
            node.wrong(format!(
                "{alarm} is never muted: it tells that somebody changes the watch itself; take it out of this list, or \
                 have no such alarm at all: [controls] skip = [\"MonitoringChanges\"]"
            ));
            false
        }
        AlarmSelector::Prefix(_) => {
            node.remark(format!(
                "{alarm} is left out: it tells that somebody changes the watch itself, and is never muted"
            ));
            true
        }
    }
}

fn selector(node: &Node<'_>) -> Option<AlarmSelector> {
    let text = node.text("yakei-ConsoleLogin")?;
    let read = read_selector(text);
    if let Err(complaint) = read {
        node.wrong(format!("{complaint}; expected is an alarm's name, or a prefix with one trailing '*'"));
    }
    read.ok()
}

fn read_selector(text: &str) -> Result<AlarmSelector, &'static str> {
    let (stem, prefix) = text.strip_suffix('*').map_or((text, false), |stem| (stem, true));
    let complaint = if text.is_empty() {
        Some("the name is empty")
    } else if stem.is_empty() {
        Some("\"*\" alone would mute every alarm of the account; give a prefix before the '*'")
    } else if stem.contains('*') {
        Some("only one '*' is allowed, at the end")
    } else if stem.chars().any(char::is_control) || stem.chars().count() > LONGEST_ALARM_NAME {
        Some("no alarm can have this name (1 to 255 characters, no control characters)")
    } else {
        None
    };
    if let Some(complaint) = complaint {
        return Err(complaint);
    }
    let stem = stem.to_owned();
    Ok(if prefix { AlarmSelector::Prefix(stem) } else { AlarmSelector::Exact(stem) })
}

/// What a file with mistakes names where only a slip keeps it from being read: under a key that is nearly `alarms`, in a
/// list within the list, in a table that should not be there.
pub(super) fn misplaced(table: &DeTable<'_>, found: &mut BTreeSet<AlarmSelector>) {
    for (key, value) in table {
        if distance(key.get_ref(), "alarms") <= 2 {
            texts(value.get_ref(), &mut |text| found.extend(read_selector(text).ok()));
        } else {
            tables(value.get_ref(), &mut |table| misplaced(table, found));
        }
    }
}

fn texts(value: &DeValue<'_>, each: &mut dyn FnMut(&str)) {
    match value {
        DeValue::String(text) => each(text),
        DeValue::Array(items) => items.iter().for_each(|item| texts(item.get_ref(), each)),
        DeValue::Table(table) => table.iter().for_each(|(_, value)| texts(value.get_ref(), each)),
        _ => {}
    }
}

fn tables(value: &DeValue<'_>, each: &mut dyn FnMut(&DeTable<'_>)) {
    match value {
        DeValue::Array(items) => items.iter().for_each(|item| tables(item.get_ref(), each)),
        DeValue::Table(table) => each(table),
        _ => {}
    }
}
