//! An event as a command. Anything without `action` reconciles: EventBridge and Scheduler send what they like.
//! With `action` a person asks, and is told about every slip.

use jiff::Timestamp;
use serde_json::{Map, Value};
use yakei_core::config::Config;
use yakei_core::hours::Mode;
use yakei_core::text::clean;
use yakei_core::time::parse_aws;
use yakei_host::run::{Failure, Why};

use crate::hold::{Change, LONGEST_MUTE, LONGEST_TEXT, Record};

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Bring every alarm to the state that is wanted now, after this change of the holds.
    Reconcile(Option<Change>),
    /// Say what reconciling would do, and write nothing.
    Plan {
        /// Another instant than now.
        at: Option<Timestamp>,
    },
    /// Draw the two weeks from now, or from another instant.
    Week {
        /// Another instant than now.
        at: Option<Timestamp>,
    },
}

/// The actions, as an error lists them.
const ACTIONS: &str = "plan, week, arm, mute, resume; without an action the toggler reconciles";

impl Command {
    /// Reads an event at an instant. Schedules that it names must be in the config, where that is readable.
    ///
    /// # Errors
    /// `InvalidEvent` for an unknown action, an unknown field, or a field that cannot be read.
    pub fn parse(event: &Value, config: Option<&Config>, now: Timestamp) -> Result<Self, Failure> {
        let Some((fields, action)) = event.as_object().and_then(|fields| Some((fields, fields.get("action")?))) else {
            return Ok(Self::Reconcile(None));
        };
        let fields = Fields { map: fields, config, now };
        match action.as_str() {
            Some("plan") => {
                fields.only(&["at"])?;
                Ok(Self::Plan { at: fields.instant("at")? })
            }
            Some("week") => {
                fields.only(&["at"])?;
                Ok(Self::Week { at: fields.instant("at")? })
            }
            Some("arm") => Ok(Self::Reconcile(Some(Change::Set(fields.hold(Mode::Armed)?)))),
            Some("mute") => Ok(Self::Reconcile(Some(Change::Set(fields.hold(Mode::Muted)?)))),
            Some("resume") => {
                fields.only(&["schedule", "reason", "by"])?;
                let (schedule, reason, by) = (fields.schedule()?, fields.text("reason")?, fields.text("by")?);
                Ok(Self::Reconcile(Some(Change::Resume { schedule, reason, by })))
            }
            _ => Err(invalid(format!("action is {action}; known actions are {ACTIONS}"))),
        }
    }
}

/// When the run was due, where the event says so: our schedules and events of EventBridge do, by `time`.
pub fn due(event: &Value) -> Option<Timestamp> {
    event.get("time").and_then(Value::as_str).and_then(parse_aws)
}

fn invalid(message: String) -> Failure {
    Failure::new(Why::InvalidEvent, message)
}

struct Fields<'a> {
    map: &'a Map<String, Value>,
    config: Option<&'a Config>,
    now: Timestamp,
}

impl Fields<'_> {
    /// Refuses fields that the action does not know: a misspelt `at` would silently answer about now.
    fn only(&self, known: &[&str]) -> Result<(), Failure> {
        let unknown = self.map.keys().find(|key| *key != "action" && !known.contains(&key.as_str()));
        match unknown {
            Some(key) => Err(invalid(format!("unknown field {key:?}; known beside action: {}", known.join(", ")))),
            None => Ok(()),
        }
    }

    fn instant(&self, key: &str) -> Result<Option<Timestamp>, Failure> {
        let Some(value) = self.map.get(key).filter(|value| !value.is_null()) else { return Ok(None) };
        let instant = value.as_str().and_then(|text| text.parse().ok());
        instant.map(Some).ok_or_else(|| {
            invalid(format!("{key} is {value}; an RFC 3339 instant such as \"2026-03-29T00:30:00Z\" is expected"))
        })
    }

    fn text(&self, key: &str) -> Result<Option<String>, Failure> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => {
                Ok(Some(clean(text, LONGEST_TEXT).into_owned()).filter(|text| !text.is_empty()))
            }
            Some(other) => Err(invalid(format!("{key} is {other}; a text is expected"))),
        }
    }

    fn schedule(&self) -> Result<Option<String>, Failure> {
        let Some(name) = self.text("schedule")? else { return Ok(None) };
        let names: Vec<&str> =
            self.config.iter().flat_map(|config| &config.schedules).map(|s| s.name.as_str()).collect();
        if self.config.is_some() && !names.contains(&name.as_str()) {
            return Err(invalid(format!("there is no schedule {name:?}; the config has: {}", names.join(", "))));
        }
        Ok(Some(name))
    }

    fn hold(&self, desired: Mode) -> Result<Record, Failure> {
        self.only(&["until", "reason", "schedule", "by"])?;
        let until = self.instant("until")?;
        if until.is_some_and(|until| until <= self.now) {
            return Err(invalid(format!("until is over already; now is {:.0}", self.now)));
        }
        if desired == Mode::Muted {
            let last = self.now.checked_add(LONGEST_MUTE).unwrap_or(self.now);
            let until =
                until.ok_or_else(|| invalid(format!("a mute must end: give until, at the latest {last:.0}")))?;
            if until > last {
                return Err(invalid(format!("a mute lasts 24 hours at most: until can be {last:.0} at the latest")));
            }
        }
        let (reason, by) = (self.text("reason")?, self.text("by")?);
        Ok(Record { schedule: self.schedule()?, desired, since: self.now, until, reason, by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: &str = "2026-11-24T12:00:00Z";

    fn parse(event: &Value) -> Result<Command, Failure> {
        let config =
            Config::parse(r#"schedule = [{ name = "tokyo", timezone = "Asia/Tokyo", windows = [] }]"#).unwrap();
        Command::parse(event, Some(&config), NOW.parse().unwrap())
    }

    #[test]
    fn whatever_has_no_action_reconciles() {
        let scheduler = json!({"version": "0", "source": "aws.scheduler", "detail": "{}", "resources": []});
        for event in [json!({}), json!(null), json!([]), json!("x"), scheduler, json!({"detail": {"action": "plan"}})] {
            assert_eq!(parse(&event), Ok(Command::Reconcile(None)), "{event}");
        }
    }

    #[test]
    fn what_our_schedules_send_reconciles_and_says_when_the_run_was_due() {
        let keyword = "<aws.scheduler.scheduled-time>";
        let input = yakei_core::plan::SCHEDULE_INPUT;
        assert!(input.contains(keyword));
        // As EventBridge Scheduler sends it, and where nobody puts the time in.
        let cases = [("2026-11-24T11:59:53Z", "2026-11-24T11:59:53Z".parse().ok()), (keyword, None)];
        for (time, expected) in cases {
            let event: Value = serde_json::from_str(&input.replace(keyword, time)).unwrap();
            assert_eq!(parse(&event), Ok(Command::Reconcile(None)), "{event}");
            assert_eq!(due(&event), expected, "{event}");
        }
        assert_eq!(due(&json!({})), None);
    }

    #[test]
    fn a_plan_is_about_now_or_another_instant() {
        assert_eq!(parse(&json!({"action": "plan"})), Ok(Command::Plan { at: None }));
        let at = "2026-03-29T00:30:00Z".parse().ok();
        for text in ["2026-03-29T00:30:00Z", "2026-03-29T09:30:00+09:00"] {
            assert_eq!(parse(&json!({"action": "plan", "at": text})), Ok(Command::Plan { at }));
        }
    }

    #[test]
    fn holds_say_until_when_why_and_who() {
        let event = json!({"action": "mute", "until": "2026-11-25T12:00:00Z", "reason": "moving\nhouse", "schedule": "tokyo", "by": "alice"});
        let Ok(Command::Reconcile(Some(Change::Set(record)))) = parse(&event) else { panic!("{:?}", parse(&event)) };
        assert_eq!(record.reason.as_deref(), Some("moving house"));
        assert_eq!((record.schedule.as_deref(), record.by.as_deref()), (Some("tokyo"), Some("alice")));
        for without in [json!({"action": "arm"}), json!({"action": "arm", "until": null, "schedule": null})] {
            let Ok(Command::Reconcile(Some(Change::Set(record)))) = parse(&without) else { panic!("{without}") };
            assert_eq!((record.until, record.schedule), (None, None), "arming may be without end; null is absent");
        }
        assert_eq!(parse(&json!({"action": "plan", "at": null})), Ok(Command::Plan { at: None }));
        let resume = Change::Resume { schedule: None, reason: None, by: Some("bob".to_owned()) };
        assert_eq!(parse(&json!({"action": "resume", "by": "bob"})), Ok(Command::Reconcile(Some(resume))));
    }

    #[test]
    fn slips_are_named() {
        let cases = [
            (json!({"action": "paln"}), "paln"),
            (json!({"action": null}), "null"),
            (json!({"action": 1}), "known actions"),
            (json!({"action": "plan", "at": "yesterday"}), "at is \"yesterday\""),
            (json!({"action": "plan", "at": 5}), "at is 5"),
            (json!({"action": "plan", "at": "2026-03-29T00:30:00"}), "RFC 3339"),
            (json!({"action": "plan", "when": "x"}), "\"when\""),
            (json!({"action": "mute"}), "must end"),
            (json!({"action": "mute", "until": null}), "must end"),
            (json!({"action": "mute", "until": "2026-11-25T12:00:01Z"}), "24 hours"),
            (json!({"action": "mute", "until": NOW}), "over already"),
            (json!({"action": "arm", "until": "2026-11-01T00:00:00Z"}), "over already"),
            (json!({"action": "arm", "reason": 5}), "reason is 5"),
            (json!({"action": "arm", "schedule": "osaka"}), "the config has: tokyo"),
            (json!({"action": "resume", "until": NOW}), "\"until\""),
        ];
        for (event, expected) in cases {
            let failure = parse(&event).unwrap_err();
            assert_eq!(failure.name, Why::InvalidEvent);
            assert!(failure.message.contains(expected), "{}", failure.message);
        }
    }
}
