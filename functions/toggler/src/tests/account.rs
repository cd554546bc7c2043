//! An account in memory: alarms, a clock that moves with each call, and the troubles AWS gives.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use yakei_core::hours::Mode;
use yakei_core::names::Name;

use crate::port::{Alarm, Alarms, CHUNK, CallError, History, KnownRule, MuteRule, MuteRules, People, Read, WentOff};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    RefuseArming,
    IgnoreWrites,
    ShowLate,
    ReadNothing,
    ReadTwo,
    RefuseKeeping,
    RefuseHistory,
    RefusePublish,
    RefuseRules,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    alarms: RefCell<BTreeMap<String, Mode>>,
    kept: RefCell<BTreeMap<String, String>>,
    history: RefCell<Vec<WentOff>>,
    told: RefCell<Vec<String>>,
    rules: RefCell<Vec<MuteRule>>,
    late: RefCell<Vec<(String, Mode)>>,
    calls: RefCell<Vec<String>>,
    now: Cell<Timestamp>,
    seconds_a_call: Cell<i64>,
    trouble: Option<Trouble>,
}

impl Account {
    pub(super) fn new(alarms: &[(&str, Mode)]) -> Self {
        let alarms = alarms.iter().map(|(name, state)| ((*name).to_owned(), *state)).collect();
        Self { alarms: RefCell::new(alarms), ..Self::default() }
    }

    pub(super) fn at(self, now: &str) -> Self {
        self.now.set(now.parse().unwrap());
        self
    }

    /// Every call takes this many seconds; its effect comes at the end.
    pub(super) fn slow(self, seconds: i64) -> Self {
        self.seconds_a_call.set(seconds);
        self
    }

    pub(super) fn with(mut self, trouble: Trouble) -> Self {
        self.trouble = Some(trouble);
        self
    }

    /// From now on calls have this trouble and take so long.
    pub(super) fn ail(&mut self, trouble: Option<Trouble>, seconds_a_call: i64) {
        self.trouble = trouble;
        self.seconds_a_call.set(seconds_a_call);
    }

    /// From now on all is well; what was on its way has arrived.
    pub(super) fn heal(&mut self) {
        self.ail(None, 0);
        self.alarms.borrow_mut().extend(self.late.borrow_mut().drain(..));
    }

    pub(super) fn set_now(&self, second: i64) {
        self.now.set(Timestamp::from_second(second).unwrap());
    }

    pub(super) fn wait(&self, minutes: i64) {
        self.now.set(self.now.get() + SignedDuration::from_mins(minutes));
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(super) fn set_state(&self, name: &str, state: Mode) {
        self.alarms.borrow_mut().insert(name.to_owned(), state);
    }

    pub(super) fn muted(&self) -> Vec<String> {
        let alarms = self.alarms.borrow();
        alarms.iter().filter(|(_, state)| **state == Mode::Muted).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    pub(super) fn forget_calls(&self) {
        self.calls.borrow_mut().clear();
    }

    pub(super) fn writes(&self) -> Vec<String> {
        let is_write = |call: &String| call.starts_with("armed") || call.starts_with("muted");
        self.calls().into_iter().filter(is_write).collect()
    }

    fn call(&self, what: String) {
        self.calls.borrow_mut().push(what);
        self.now.set(self.now.get() + SignedDuration::from_secs(self.seconds_a_call.get()));
    }

    fn listing(&self, wanted: impl Fn(&str) -> bool) -> Vec<Alarm> {
        let alarms = self.alarms.borrow();
        let alarms = alarms.iter().map(|(name, state)| Alarm::named(name, *state));
        let kept = self.kept.borrow();
        let kept = kept
            .iter()
            .map(|(name, text)| Alarm { description: Some(text.clone()), ..Alarm::named(name, Mode::Armed) });
        alarms.chain(kept).filter(|alarm| wanted(&alarm.name)).collect()
    }

    /// An alarm goes off now, muted or not.
    pub(super) fn go_off(&self, alarm: &str) {
        let reason = "Threshold Crossed".to_owned();
        self.history.borrow_mut().push(WentOff { alarm: alarm.to_owned(), at: self.now(), reason });
    }

    pub(super) fn rules_now(&self) -> Vec<MuteRule> {
        self.rules.borrow().clone()
    }

    pub(super) fn add_rule(&self, name: &str, start: &str, end: &str, alarms: &[&str]) {
        let alarms = alarms.iter().map(ToString::to_string).collect();
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        self.rules.borrow_mut().push(MuteRule { name: name.to_owned(), start, end, alarms });
    }

    pub(super) fn told(&self) -> Vec<String> {
        self.told.borrow().clone()
    }

    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        self.kept.borrow().clone()
    }
}

impl MuteRules for Account {
    async fn rules(&self) -> Result<Vec<KnownRule>, CallError> {
        self.call("rules".to_owned());
        let active = |rule: &MuteRule| rule.start <= self.now() && self.now() < rule.end;
        let known = |rule: &MuteRule| KnownRule { name: rule.name.clone(), active: active(rule) };
        Ok(self.rules.borrow().iter().map(known).collect())
    }

    async fn rule_alarms(&self, name: &str) -> Result<Vec<String>, CallError> {
        self.call(format!("rule alarms {name}"));
        let rules = self.rules.borrow();
        let rule = rules.iter().find(|rule| rule.name == name);
        rule.map(|rule| rule.alarms.clone()).ok_or_else(|| refused("GetAlarmMuteRule", "ResourceNotFound"))
    }

    async fn put_rule(&self, rule: &MuteRule, owner: &Name) -> Result<(), CallError> {
        self.call(format!("put {}", rule.alarms.join(" ")));
        assert_eq!(owner.as_str(), "yakei");
        if self.trouble == Some(Trouble::RefuseRules) {
            return Err(refused("PutAlarmMuteRule", "AccessDenied"));
        }
        self.rules.borrow_mut().push(rule.clone());
        Ok(())
    }

    async fn remove_rule(&self, name: &str) -> Result<(), CallError> {
        self.call("remove rule".to_owned());
        self.rules.borrow_mut().retain(|rule| rule.name != name);
        Ok(())
    }
}

impl People for Account {
    fn listen(&self) -> bool {
        true
    }

    async fn tell(&self, subject: &str, text: &str, json: &Value) -> Result<(), CallError> {
        self.call("tell".to_owned());
        assert!(subject.len() < 100 && !text.is_empty() && json["schema"] == "yakei.digest/1");
        if self.trouble == Some(Trouble::RefusePublish) {
            return Err(refused("Publish", "AuthorizationError"));
        }
        self.told.borrow_mut().push(format!("{subject}\n{text}"));
        Ok(())
    }
}

fn refused(operation: &'static str, code: &str) -> CallError {
    CallError { operation, code: code.to_owned(), message: "as the test wants it".to_owned() }
}

impl Alarms for Account {
    async fn read(&self, prefix: &str) -> Read {
        self.call(format!("read {prefix}"));
        let alarms = self.listing(|name| name.starts_with(prefix));
        let throttled = || Some(refused("DescribeAlarms", "Throttling"));
        match self.trouble {
            Some(Trouble::ReadNothing) => Read { alarms: Vec::new(), cut_off: throttled() },
            Some(Trouble::ReadTwo) => Read { alarms: alarms.into_iter().take(2).collect(), cut_off: throttled() },
            _ => Read { alarms, cut_off: None },
        }
    }

    async fn read_named(&self, names: &[String]) -> Read {
        self.call(format!("read back {}", names.join(" ")));
        Read { alarms: self.listing(|name| names.iter().any(|wanted| wanted == name)), cut_off: None }
    }

    async fn set(&self, desired: Mode, names: &[String]) -> Result<(), CallError> {
        assert!((1..=CHUNK).contains(&names.len()));
        self.call(format!("{desired} {}", names.join(" ")));
        match self.trouble {
            Some(Trouble::RefuseArming) if desired == Mode::Armed => {
                return Err(refused("EnableAlarmActions", "AccessDenied"));
            }
            Some(Trouble::IgnoreWrites) => return Ok(()),
            Some(Trouble::ShowLate) => self.late.borrow_mut().extend(names.iter().map(|name| (name.clone(), desired))),
            _ => {
                // CloudWatch ignores names that it does not know.
                let mut alarms = self.alarms.borrow_mut();
                for name in names {
                    alarms.entry(name.clone()).and_modify(|state| *state = desired);
                }
            }
        }
        Ok(())
    }

    async fn keep(&self, name: &str, description: &str, owner: &Name) -> Result<(), CallError> {
        self.call(format!("keep {name}"));
        assert_eq!(owner.as_str(), "yakei");
        if self.trouble == Some(Trouble::RefuseKeeping) {
            return Err(refused("PutMetricAlarm", "AccessDenied"));
        }
        self.kept.borrow_mut().insert(name.to_owned(), description.to_owned());
        Ok(())
    }

    async fn remove(&self, names: &[String]) -> Result<(), CallError> {
        self.call(format!("remove {}", names.join(" ")));
        self.kept.borrow_mut().retain(|name, _| !names.contains(name));
        Ok(())
    }

    async fn went_off(&self, since: Timestamp, _: &[&str]) -> History {
        self.call("history".to_owned());
        if self.trouble == Some(Trouble::RefuseHistory) {
            return History { cut_off: Some(refused("DescribeAlarmHistory", "AccessDenied")), ..History::default() };
        }
        let went_off = self.history.borrow().iter().filter(|it| it.at >= since).cloned().collect();
        History { went_off, cut_off: None }
    }

    async fn settle(&self) {
        self.alarms.borrow_mut().extend(self.late.borrow_mut().drain(..));
    }
}
