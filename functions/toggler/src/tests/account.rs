//! An account in memory: alarms, mute rules, a history, a clock that moves with each call, and the troubles AWS gives.
//!
//! It keeps AWS's rules: an alarm's action is carried out when it goes off unmuted, and when the last mute rule over an
//! alarm ends or is removed while the alarm stands in ALARM since then.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use yakei_core::digest::{Digest, HandedOver};
use yakei_core::hours::Mode;
use yakei_core::names::Name;
use yakei_core::notice::{Language, Style};

use crate::ports::{
    Alarm, Alarms, CHUNK, CallError, CutOff, History, Item, Kept, KnownRule, MuteRule, MuteRules, People, Read,
    RuleList, RuleSaid, What,
};
use crate::rule_name::MutedSpan;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trouble {
    RefuseArming,
    IgnoreWrites,
    ShowLate,
    ReadNothing,
    ReadTwo,
    RefuseKeeping,
    RefuseHistory,
    ThrottleHistory,
    RefusePublish,
    RefuseJapanese,
    RefuseRules,
    RefuseListingRules,
    RefuseSecondPageOfRules,
    RefuseReadingRules,
    RefuseRemovingRules,
    RefuseTags,
}

#[derive(Debug, Clone, Default)]
struct Watch {
    muted: bool,
    in_alarm: bool,
    tagged: bool,
    /// The last change to ALARM, while nobody was told of it.
    untold: Option<Timestamp>,
}

#[derive(Debug, Default)]
pub(super) struct Account {
    alarms: RefCell<BTreeMap<String, Watch>>,
    /// What is kept: the metric that marks it, the text, and whether it is tagged.
    kept: RefCell<BTreeMap<String, (String, String, bool)>>,
    history: RefCell<Vec<Item>>,
    digests: RefCell<Vec<Digest>>,
    /// In which language each digest was told; all of them where the enricher took it.
    told_as: RefCell<Vec<Option<Language>>>,
    /// The languages of those that nobody took over.
    pub(super) told_in: RefCell<Vec<Language>>,
    /// The messages that the toggler published itself.
    pub(super) published: RefCell<Vec<String>>,
    rules: RefCell<Vec<MuteRule>>,
    late: RefCell<Vec<(String, Mode)>>,
    calls: RefCell<Vec<String>>,
    now: Cell<Timestamp>,
    seconds_a_call: Cell<i64>,
    trouble: Cell<Option<Trouble>>,
    denied: RefCell<BTreeSet<String>>,
    /// Of a thousand calls so many fail without an answer.
    pub(super) flaky: Cell<u64>,
    /// Whether calls of two runs come in any order.
    pub(super) mingled: Cell<bool>,
    pub(super) enricher: Cell<bool>,
    dice: Cell<u64>,
    time_left: Cell<Option<Duration>>,
    /// When the invocation ends, where time goes by.
    ends: Cell<Option<Timestamp>>,
    /// So many calls are answered before one hangs.
    hangs_after: Cell<Option<u32>>,
    /// So many calls are answered before Lambda ends the run.
    dies_after: Cell<Option<u32>>,
    /// Lambda has ended the run: no call is answered any more.
    pub(super) dead: Cell<bool>,
    loses_hold: Cell<bool>,
    deletes: RefCell<Option<String>>,
    /// What somebody else does right before the next call of this name.
    meanwhile: RefCell<Vec<(&'static str, Kept)>>,
}

impl Account {
    pub(super) fn new(alarms: &[(&str, Mode)]) -> Self {
        let account = Self { dice: Cell::new(7), ..Self::default() };
        for (name, mode) in alarms {
            account.set_mode(name, *mode);
        }
        account
    }

    pub(super) fn at(self, now: &str) -> Self {
        self.advance(now.parse().unwrap());
        self
    }

    /// Every call takes this many seconds; its effect comes at the end.
    pub(super) fn slow(self, seconds: i64) -> Self {
        self.seconds_a_call.set(seconds);
        self
    }

    pub(super) fn with(self, trouble: Trouble) -> Self {
        self.trouble.set(Some(trouble));
        self
    }

    pub(super) fn seeded(self, seed: u64) -> Self {
        self.dice.set(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        self
    }

    /// From now on calls have this trouble and take so long.
    pub(super) fn ail(&self, trouble: Option<Trouble>, seconds_a_call: i64) {
        self.trouble.set(trouble);
        self.seconds_a_call.set(seconds_a_call);
    }

    /// From now on all is well; what was on its way has arrived.
    pub(super) fn heal(&self) {
        self.ail(None, 0);
        self.flaky.set(0);
        self.hangs_after.set(None);
        self.dies_after.set(None);
        self.dead.set(false);
        self.ends.set(None);
        self.denied.borrow_mut().clear();
        self.arrive();
    }

    pub(super) fn deny(&self, names: &[&str]) {
        *self.denied.borrow_mut() = names.iter().map(ToString::to_string).collect();
    }

    /// Somebody keeps this right before the next call whose name begins so.
    pub(super) fn meanwhile(&self, call: &'static str, alarm: &str, text: &str) {
        let kept = Kept { alarm: alarm.to_owned(), metric: "Hold", text: text.to_owned() };
        self.meanwhile.borrow_mut().push((call, kept));
    }

    /// The next hold that is kept is gone at once: another run has tidied.
    pub(super) fn lose_next_hold(&self) {
        self.loses_hold.set(true);
    }

    /// Somebody deletes an alarm right before what was written is read back.
    pub(super) fn delete_before_reading_back(&self, alarm: &str) {
        *self.deletes.borrow_mut() = Some(alarm.to_owned());
    }

    pub(super) fn leave(&self, time: Duration) {
        self.time_left.set(Some(time));
    }

    /// An invocation begins that Lambda ends after a minute.
    pub(super) fn invoke(&self) {
        self.ends.set(Some(self.now.get() + SignedDuration::from_mins(1)));
    }

    /// After so many calls one hangs until it is given up.
    pub(super) fn hang_after(&self, calls: u32) {
        self.hangs_after.set(Some(calls));
    }

    /// After so many calls Lambda ends the run.
    pub(super) fn die_after(&self, calls: u32) {
        self.dies_after.set(Some(calls));
    }

    /// Somebody deletes an alarm: what a mute rule held back of it is never carried out.
    pub(super) fn delete(&self, alarm: &str) {
        self.alarms.borrow_mut().remove(alarm);
    }

    pub(super) fn exists(&self, alarm: &str) -> bool {
        self.alarms.borrow().contains_key(alarm)
    }

    /// Somebody removes or overwrites what is kept.
    pub(super) fn tamper(&self, alarm: &str, text: Option<&str>) {
        let mut kept = self.kept.borrow_mut();
        match text {
            None => drop(kept.remove(alarm)),
            Some(text) => drop(kept.entry(alarm.to_owned()).and_modify(|it| it.1 = text.to_owned())),
        }
    }

    fn arrive(&self) {
        let late: Vec<_> = self.late.borrow_mut().drain(..).collect();
        for (name, mode) in &late {
            self.set_mode(name, *mode);
        }
    }

    pub(super) fn set_now(&self, second: i64) {
        self.now.set(Timestamp::from_second(second).unwrap());
    }

    pub(super) fn wait(&self, minutes: i64) {
        self.advance(self.now.get() + SignedDuration::from_mins(minutes));
    }

    /// Time passes: mute rules end.
    pub(super) fn advance(&self, to: Timestamp) {
        let mut ends: Vec<Timestamp> = self.rules.borrow().iter().map(|rule| rule.end).collect();
        ends.sort();
        for end in ends.into_iter().filter(|end| self.now.get() < *end && *end <= to) {
            self.now.set(end);
            self.fire_unmuted();
        }
        self.now.set(to);
    }

    /// CloudWatch carries out what a mute rule held back.
    fn fire_unmuted(&self) {
        let ruled = self.ruled();
        let mut alarms = self.alarms.borrow_mut();
        for (name, watch) in alarms.iter_mut().filter(|(name, watch)| !watch.muted && !ruled.contains(*name)) {
            if let Some(of) = watch.untold.take().filter(|_| watch.in_alarm) {
                self.note(name, What::ActionDone(Some(of)));
            }
        }
    }

    /// The alarms that a mute rule mutes now.
    pub(super) fn ruled(&self) -> BTreeSet<String> {
        let rules = self.rules.borrow();
        let active = rules.iter().filter(|rule| rule.start <= self.now() && self.now() < rule.end);
        active.flat_map(|rule| rule.alarms.clone()).collect()
    }

    fn note(&self, alarm: &str, what: What) {
        self.history.borrow_mut().push(Item { alarm: alarm.to_owned(), at: self.now(), what });
    }

    pub(super) fn now(&self) -> Timestamp {
        self.now.get()
    }

    pub(super) fn set_mode(&self, name: &str, mode: Mode) {
        let mut alarms = self.alarms.borrow_mut();
        let watch = alarms.entry(name.to_owned()).or_insert_with(|| Watch { tagged: true, ..Watch::default() });
        watch.muted = mode == Mode::Muted;
        if mode == Mode::Muted {
            // Enabling the actions of an alarm that stands in ALARM fires nothing.
            watch.untold = None;
        }
    }

    /// Somebody takes the tag off what is kept.
    pub(super) fn strip(&self, alarm: &str) {
        self.kept.borrow_mut().entry(alarm.to_owned()).and_modify(|it| it.2 = false);
    }

    /// What of one kind is kept and carries our tag.
    pub(super) fn tagged(&self, metric: &str) -> Vec<String> {
        let kept = self.kept.borrow();
        kept.iter().filter(|(_, it)| it.0 == metric && it.2).map(|(alarm, _)| alarm.clone()).collect()
    }

    /// The alarm is another installation's.
    pub(super) fn untag(&self, name: &str) {
        self.alarms.borrow_mut().entry(name.to_owned()).and_modify(|watch| watch.tagged = false);
    }

    pub(super) fn muted(&self) -> Vec<String> {
        self.alarms.borrow().iter().filter(|(_, watch)| watch.muted).map(|(name, _)| name.clone()).collect()
    }

    pub(super) fn forget_calls(&self) {
        self.calls.borrow_mut().clear();
    }

    pub(super) fn calls(&self) -> Vec<String> {
        self.calls.borrow().clone()
    }

    /// The calls that change alarms or rules, without the memory's.
    pub(super) fn writes(&self) -> Vec<String> {
        let writes = ["armed", "muted", "put", "remove rule"];
        self.calls().into_iter().filter(|call| writes.iter().any(|write| call.starts_with(write))).collect()
    }

    /// An alarm goes off now, muted or not.
    pub(super) fn go_off(&self, alarm: &str) {
        let ruled = self.ruled().contains(alarm);
        let mut alarms = self.alarms.borrow_mut();
        let watch = alarms.entry(alarm.to_owned()).or_default();
        watch.in_alarm = true;
        self.note(alarm, What::WentOff("Threshold Crossed".to_owned()));
        if !watch.muted && !ruled {
            self.note(alarm, What::ActionDone(Some(self.now())));
        } else if ruled && !watch.muted {
            watch.untold = Some(self.now());
        }
    }

    pub(super) fn calm(&self, alarm: &str) {
        self.note(alarm, What::Calmed);
        let mut alarms = self.alarms.borrow_mut();
        let watch = alarms.entry(alarm.to_owned()).or_default();
        (watch.in_alarm, watch.untold) = (false, None);
    }

    pub(super) fn stands(&self, alarm: &str) -> bool {
        self.alarms.borrow().get(alarm).is_some_and(|watch| watch.in_alarm)
    }

    /// How often CloudWatch told people of each change to ALARM, by alarm and instant.
    pub(super) fn told_live(&self) -> BTreeSet<(String, Timestamp)> {
        let history = self.history.borrow();
        let live = history.iter().filter_map(|item| match item.what {
            What::ActionDone(Some(of)) => Some((item.alarm.clone(), of)),
            _ => None,
        });
        live.collect()
    }

    pub(super) fn rules_now(&self) -> Vec<MuteRule> {
        self.rules.borrow().clone()
    }

    pub(super) fn add_rule(&self, name: &str, start: &str, end: &str, alarms: &[&str]) {
        let alarms = alarms.iter().map(ToString::to_string).collect();
        let (start, end) = (start.parse().unwrap(), end.parse().unwrap());
        self.rules.borrow_mut().push(MuteRule { name: name.to_owned(), start, end, alarms });
    }

    /// Somebody changes a rule and leaves it its name.
    pub(super) fn change_rule(&self, position: usize, change: impl FnOnce(&mut MuteRule)) {
        if let Some(rule) = self.rules.borrow_mut().get_mut(position) {
            change(rule);
        }
        self.fire_unmuted();
    }

    pub(super) fn digests(&self) -> Vec<Digest> {
        self.digests.borrow().clone()
    }

    pub(super) fn take_digests(&self) -> Vec<(Digest, Option<Language>)> {
        let told_as: Vec<_> = self.told_as.borrow_mut().drain(..).collect();
        self.digests.borrow_mut().drain(..).zip(told_as).collect()
    }

    pub(super) fn told(&self) -> Vec<String> {
        let text = |digest: &Digest| {
            let mail = digest.outgoing(&Style::default());
            let message: serde_json::Value = serde_json::from_str(&mail.message).unwrap();
            format!("{}\n{}", mail.subject, message["email"].as_str().unwrap())
        };
        self.digests.borrow().iter().map(text).collect()
    }

    /// What is kept of one kind.
    pub(super) fn kept(&self, metric: &str) -> BTreeMap<String, String> {
        let kept = self.kept.borrow();
        kept.iter().filter(|(_, it)| it.0 == metric).map(|(alarm, it)| (alarm.clone(), it.1.clone())).collect()
    }

    /// Somebody keeps something that is not tagged, or of another metric.
    pub(super) fn plant(&self, alarm: &str, metric: &str, text: &str, tagged: bool) {
        self.kept.borrow_mut().insert(alarm.to_owned(), (metric.to_owned(), text.to_owned(), tagged));
    }

    fn roll(&self, sides: u64) -> u64 {
        let mut x = self.dice.get();
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        self.dice.set(x);
        (x >> 11) % sides
    }

    /// A call arrives: time passes, other runs go on, and sometimes there is no answer.
    async fn call(&self, operation: &'static str, what: String) -> Result<(), CallError> {
        if self.mingled.get() {
            for _ in 0..self.roll(4) {
                tokio::task::yield_now().await;
            }
        }
        let due: Vec<Kept> = {
            let mut meanwhile = self.meanwhile.borrow_mut();
            let (due, rest) = meanwhile.drain(..).partition(|(call, _)| what.starts_with(*call));
            *meanwhile = rest;
            due.into_iter().map(|(_, kept): (_, Kept)| kept).collect()
        };
        for kept in due {
            self.plant(&kept.alarm, kept.metric, &kept.text, true);
        }
        self.calls.borrow_mut().push(what);
        self.advance(self.now.get() + SignedDuration::from_secs(self.seconds_a_call.get()));
        let left = self.dies_after.take();
        self.dies_after.set(left.and_then(|left| left.checked_sub(1)));
        if left == Some(0) {
            self.dead.set(true);
            std::future::pending::<()>().await;
        }
        let left = self.hangs_after.take();
        self.hangs_after.set(left.and_then(|left| left.checked_sub(1)));
        if left == Some(0) {
            let share = SignedDuration::try_from(self.time_left() / 2).unwrap();
            self.advance(self.now.get() + share);
            return Err(CallError { refused: false, ..refused(operation, "Timeout") });
        }
        if self.flaky.get() > 0 && self.roll(1000) < self.flaky.get() {
            return Err(CallError { refused: false, ..refused(operation, "Throttling") });
        }
        Ok(())
    }

    /// A call that took effect, and whose answer may be lost.
    fn lost(&self, operation: &'static str) -> Result<(), CallError> {
        let lost = self.flaky.get() > 0 && self.roll(1000) < self.flaky.get() / 4;
        if lost { Err(CallError { refused: false, ..refused(operation, "Timeout") }) } else { Ok(()) }
    }

    fn is(&self, trouble: Trouble) -> bool {
        self.trouble.get() == Some(trouble)
    }

    fn listing(&self, wanted: impl Fn(&str) -> bool) -> Vec<Alarm> {
        let alarms = self.alarms.borrow();
        let alarms = alarms.iter().map(|(name, watch)| Alarm {
            arn: Some(format!("arn:{name}")),
            in_alarm: watch.in_alarm,
            ..Alarm::named(name, if watch.muted { Mode::Muted } else { Mode::Armed })
        });
        let kept = self.kept.borrow();
        let kept = kept.iter().map(|(name, (metric, text, _))| Alarm {
            arn: Some(format!("arn:{name}")),
            description: Some(text.clone()),
            metric: Some(("yakei".to_owned(), metric.clone())),
            ..Alarm::named(name, Mode::Armed)
        });
        alarms.chain(kept).filter(|alarm| wanted(&alarm.name)).collect()
    }
}

impl MuteRules for Account {
    async fn rules(&self) -> RuleList {
        let asked = self.call("ListAlarmMuteRules", "rules".to_owned()).await;
        let refusal = self.is(Trouble::RefuseListingRules).then(|| refused("ListAlarmMuteRules", "AccessDenied"));
        if let Some(error) = asked.err().or(refusal) {
            return RuleList { rules: Vec::new(), cut_off: Some(error) };
        }
        let active = |rule: &MuteRule| rule.start <= self.now() && self.now() < rule.end;
        let known = |rule: &MuteRule| KnownRule { name: rule.name.clone(), active: active(rule), updated: None };
        let rules = self.rules.borrow();
        let half = self.is(Trouble::RefuseSecondPageOfRules);
        let most = if half { rules.len().div_ceil(2) } else { rules.len() };
        let cut_off = half.then(|| refused("ListAlarmMuteRules", "AccessDenied"));
        RuleList { rules: rules.iter().take(most).map(known).collect(), cut_off }
    }

    async fn rule(&self, name: &str) -> Result<Option<RuleSaid>, CallError> {
        self.call("GetAlarmMuteRule", format!("rule alarms {name}")).await?;
        if self.is(Trouble::RefuseReadingRules) {
            return Err(refused("GetAlarmMuteRule", "AccessDenied"));
        }
        let rules = self.rules.borrow();
        let said = |rule: &MuteRule| {
            let span = Some(MutedSpan { start: rule.start, end: rule.end });
            RuleSaid { alarms: rule.alarms.clone(), span }
        };
        Ok(rules.iter().find(|rule| rule.name == name).map(said))
    }

    async fn put_rule(&self, rule: &MuteRule, owner: &Name) -> Result<(), CallError> {
        self.call("PutAlarmMuteRule", format!("put {}", rule.alarms.join(" "))).await?;
        assert_eq!(owner.as_str(), "yakei");
        assert!((1..=CHUNK).contains(&rule.alarms.len()) && rule.start < rule.end, "{rule:?}");
        if self.is(Trouble::RefuseRules) {
            return Err(refused("PutAlarmMuteRule", "AccessDenied"));
        }
        let mut rules = self.rules.borrow_mut();
        rules.retain(|other| other.name != rule.name);
        rules.push(rule.clone());
        Ok(())
    }

    async fn remove_rule(&self, name: &str) -> Result<(), CallError> {
        self.call("DeleteAlarmMuteRule", format!("remove rule {name}")).await?;
        if self.is(Trouble::RefuseRemovingRules) {
            return Err(refused("DeleteAlarmMuteRule", "AccessDenied"));
        }
        self.rules.borrow_mut().retain(|rule| rule.name != name);
        self.fire_unmuted();
        Ok(())
    }
}

impl People for Account {
    fn listen(&self) -> bool {
        true
    }

    async fn hand_over(&self, handed: &HandedOver) -> bool {
        let asked = self.call("Publish", "hand over".to_owned()).await.is_ok();
        let taken = asked && self.enricher.get();
        if taken {
            let read = HandedOver::read(&handed.body()).unwrap();
            self.digests.borrow_mut().push(read.digest);
            self.told_as.borrow_mut().push(None);
        }
        taken && self.lost("Publish").is_ok()
    }

    async fn tell(&self, digest: &Digest, style: &Style<'_>) -> Result<(), CallError> {
        let language = style.language;
        self.call("Publish", "tell".to_owned()).await?;
        if self.is(Trouble::RefusePublish) || (self.is(Trouble::RefuseJapanese) && language == Language::Ja) {
            return Err(refused("Publish", "AuthorizationError"));
        }
        self.digests.borrow_mut().push(digest.clone());
        self.told_as.borrow_mut().push(Some(language));
        self.told_in.borrow_mut().push(language);
        self.published.borrow_mut().push(digest.outgoing(style).message);
        self.lost("Publish")
    }
}

fn refused(operation: &'static str, code: &str) -> CallError {
    CallError { operation, code: code.to_owned(), message: "as the test wants it".to_owned(), refused: true }
}

impl Alarms for Account {
    async fn read(&self, prefix: &str) -> Read {
        if let Err(error) = self.call("DescribeAlarms", format!("read {prefix}")).await {
            return Read { alarms: Vec::new(), cut_off: Some(error) };
        }
        let alarms = self.listing(|name| name.starts_with(prefix));
        let throttled = || Some(CallError { refused: false, ..refused("DescribeAlarms", "Throttling") });
        match self.trouble.get() {
            Some(Trouble::ReadNothing) => Read { alarms: Vec::new(), cut_off: throttled() },
            Some(Trouble::ReadTwo) => Read { alarms: alarms.into_iter().take(2).collect(), cut_off: throttled() },
            _ => Read { alarms, cut_off: None },
        }
    }

    async fn read_named(&self, names: &[String]) -> Read {
        if let Err(error) = self.call("DescribeAlarms", format!("read back {}", names.join(" "))).await {
            return Read { alarms: Vec::new(), cut_off: Some(error) };
        }
        if let Some(alarm) = self.deletes.borrow_mut().take() {
            self.alarms.borrow_mut().remove(&alarm);
        }
        Read { alarms: self.listing(|name| names.iter().any(|wanted| wanted == name)), cut_off: None }
    }

    async fn is_tagged(&self, alarm: &Alarm, _: &Name) -> Result<bool, CallError> {
        self.call("ListTagsForResource", format!("tags {}", alarm.name)).await?;
        if self.is(Trouble::RefuseTags) {
            return Err(refused("ListTagsForResource", "AccessDenied"));
        }
        let watched = self.alarms.borrow().get(&alarm.name).map(|watch| watch.tagged);
        Ok(watched.or_else(|| self.kept.borrow().get(&alarm.name).map(|it| it.2)).unwrap_or_default())
    }

    async fn set(&self, mode: Mode, names: &[String]) -> Result<(), CallError> {
        assert!((1..=CHUNK).contains(&names.len()));
        let operation = if mode == Mode::Armed { "EnableAlarmActions" } else { "DisableAlarmActions" };
        self.call(operation, format!("{mode} {}", names.join(" "))).await?;
        if names.iter().any(|name| self.denied.borrow().contains(name)) {
            return Err(refused(operation, "AccessDenied"));
        }
        match self.trouble.get() {
            Some(Trouble::RefuseArming) if mode == Mode::Armed => return Err(refused(operation, "AccessDenied")),
            Some(Trouble::IgnoreWrites) => return Ok(()),
            Some(Trouble::ShowLate) => self.late.borrow_mut().extend(names.iter().map(|name| (name.clone(), mode))),
            _ => {
                // CloudWatch ignores names that it does not know.
                let known = |name: &&String| self.alarms.borrow().contains_key(*name);
                let known: Vec<&String> = names.iter().filter(known).collect();
                for name in known {
                    self.set_mode(name, mode);
                }
            }
        }
        self.lost(operation)
    }

    async fn keep(&self, kept: &Kept, owner: &Name) -> Result<(), CallError> {
        self.call("PutMetricAlarm", format!("keep {}", kept.alarm)).await?;
        assert_eq!(owner.as_str(), "yakei");
        assert!(kept.text.len() <= 1024, "{kept:?}");
        let other = self.kept.borrow().get(&kept.alarm).is_some_and(|it| it.0 != kept.metric);
        let taken = other || self.alarms.borrow().contains_key(&kept.alarm);
        assert!(!taken, "somebody's alarm would be overwritten");
        if self.is(Trouble::RefuseKeeping) {
            return Err(refused("PutMetricAlarm", "AccessDenied"));
        }
        if kept.metric != "Hold" || !self.loses_hold.take() {
            self.plant(&kept.alarm, kept.metric, &kept.text, true);
        }
        self.lost("PutMetricAlarm")
    }

    async fn remove(&self, names: &[String]) -> Result<(), CallError> {
        self.call("DeleteAlarms", format!("remove {}", names.join(" "))).await?;
        assert!(names.iter().all(|name| !self.alarms.borrow().contains_key(name)), "somebody's alarm is removed");
        self.kept.borrow_mut().retain(|name, _| !names.contains(name));
        Ok(())
    }

    async fn history(&self, since: &BTreeMap<String, Timestamp>) -> History {
        let asked = self.call("DescribeAlarmHistory", "history".to_owned()).await;
        let refusal = self.is(Trouble::RefuseHistory).then(|| refused("DescribeAlarmHistory", "AccessDenied"));
        let throttle = self.is(Trouble::ThrottleHistory);
        let throttle = throttle.then(|| CallError { refused: false, ..refused("DescribeAlarmHistory", "Throttling") });
        if let Some(error) = asked.err().or(refusal).or(throttle) {
            let cut_off =
                since.iter().map(|(alarm, at)| (alarm.clone(), CutOff { read_to: *at, error: error.clone() }));
            return History { items: Vec::new(), cut_off: cut_off.collect() };
        }
        let wanted = |item: &&Item| since.get(&item.alarm).is_some_and(|at| item.at >= *at);
        History { items: self.history.borrow().iter().filter(wanted).cloned().collect(), cut_off: BTreeMap::new() }
    }

    async fn settle(&self) {
        self.arrive();
        if self.mingled.get() {
            for _ in 0..60 {
                tokio::task::yield_now().await;
            }
        }
    }

    fn time_left(&self) -> Duration {
        if let Some(ends) = self.ends.get() {
            return ends.duration_since(self.now()).try_into().unwrap_or_default();
        }
        self.time_left.get().unwrap_or(Duration::from_mins(1))
    }
}
