//! The whole run over an account in memory: what is asked of it, what it answers, and what breaks on the way.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use futures_util::FutureExt as _;
use jiff::Timestamp;
use proptest::prelude::*;
use yakei_core::arns::Place;
use yakei_core::plan::{Action, Facts, Found, Kind, Observed, Problem, Resource};
use yakei_core::verify::{Subscribers, Vitals};

use serde_json::{Value, json};
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::plan::{self, Change, Desired, desired};
use yakei_host::run::{Failure, Why};

use crate::ports::{self, Account, Chain, Waits};
use crate::{Report, aws, drill, handle, run};

const CONFIG: &str = r#"
[[schedule]]
name = "tokyo-office"
timezone = "Asia/Tokyo"
windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]

[notify]
emails = ["security@example.com"]
"#;

/// What the account has enabled: Milan was opted into.
const ENABLED: [&str; 7] =
    ["ap-southeast-2", "eu-central-1", "eu-north-1", "eu-south-1", "eu-west-1", "us-east-1", "us-east-2"];

/// An account in which both functions are deployed, and nothing else.
pub(crate) fn facts() -> Facts {
    Facts {
        now: Timestamp::UNIX_EPOCH,
        place: Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() },
        toggler: true,
        dead_letters: None,
        enricher: true,
        trail_log_group_arn: None,
        trail_regions: Ok(Vec::new()),
        enabled_regions: Vec::new(),
    }
}

fn config() -> Config {
    Config::parse(CONFIG).unwrap()
}

/// An account that never waits: every future is ready at once, or never (when the run was killed).
#[derive(Default)]
struct Memory {
    rope: Rope,
    things: Rc<RefCell<Observed>>,
    /// Problems to answer with, by resource, and how often.
    broken: RefCell<BTreeMap<String, (Problem, u32)>>,
    /// After so many changes the process is killed.
    budget: Cell<Option<usize>>,
    made: RefCell<Vec<String>>,
    pauses: Cell<u32>,
    clock: Cell<Duration>,
}

impl Memory {
    fn breaks(self, resource: &str, code: &str, times: u32) -> Self {
        let problem = Problem { code: code.into(), ..Problem::new(aws::kind(code), "said AWS", "Mend it") };
        self.broken.borrow_mut().insert(resource.into(), (problem, times));
        self
    }

    fn run(&self, event: &Value) -> Result<Value, Failure> {
        handle(self, &config(), event).now_or_never().expect("never waits")
    }

    fn apply(&self) -> Result<Value, Failure> {
        self.run(&json!({"action": "apply"}))
    }

    fn keys(&self) -> Vec<String> {
        self.things.borrow().0.keys().map(ToString::to_string).collect()
    }
}

impl Waits for Memory {
    async fn pause(&self, time: Duration) {
        self.pauses.set(self.pauses.get() + 1);
        self.clock.set(self.clock.get() + time);
    }
}

impl Account for Memory {
    fn in_region(&self, _: &str) -> Self {
        Self { things: Rc::clone(&self.things), ..Self::default() }
    }

    async fn facts(&self, _: &Config) -> Result<Facts, Problem> {
        let things = self.things.borrow();
        let trails = things.0.keys().filter(|key| key.kind == Kind::Trail).map(|key| key.region.clone());
        let trail_regions = Ok(trails.collect());
        Ok(Facts { trail_regions, enabled_regions: ENABLED.map(str::to_owned).to_vec(), ..facts() })
    }

    async fn observe(&self, desired: &Desired) -> Observed {
        let mut things = self.things.borrow().clone();
        things.0.retain(|key, _| key.region == desired.place().region);
        things
    }

    async fn make(&self, change: &Change) -> Result<(), Problem> {
        if let Some(left) = self.budget.get() {
            if left == 0 {
                std::future::pending::<()>().await;
            }
            self.budget.set(Some(left.saturating_sub(1)));
        }
        if let Some((problem, times)) = self.broken.borrow_mut().get_mut(&change.key.to_string())
            && *times > 0
        {
            *times -= 1;
            return Err(problem.clone());
        }
        self.made.borrow_mut().push(format!("{} {}", change.action(), change.key));
        let mut things = self.things.borrow_mut();
        match (change.action(), change.want.clone()) {
            (Action::Create, Some(want)) => {
                let before = things.0.insert(change.key.clone(), Found::Ours(want));
                assert_eq!(before, None, "{} was there", change.key);
            }
            (Action::Update, Some(want)) => {
                let may = match things.0.get(&change.key) {
                    Some(Found::Ours(_)) => change.why != plan::Why::Adopted,
                    Some(Found::Foreign(Some(_))) => change.why == plan::Why::Adopted,
                    _ => false,
                };
                assert!(may, "{} is not ours", change.key);
                things.0.insert(change.key.clone(), Found::Ours(want));
            }
            (Action::Delete, _) => {
                assert!(matches!(things.0.remove(&change.key), Some(Found::Ours(_))), "{} is not ours", change.key);
            }
            other => panic!("nothing to make: {other:?}"),
        }
        Ok(())
    }

    async fn vitals(&self, _: &Desired) -> Vitals {
        let subscribers = Ok(Subscribers { confirmed: 1, pending: 0 });
        Vitals {
            now: Timestamp::UNIX_EPOCH,
            trail: Ok(None),
            last_event: Ok(None),
            subscribers,
            mute_rules: Ok(vec![]),
            alarm_key: Ok(None),
            functions: BTreeMap::new(),
        }
    }

    fn uptime(&self) -> Duration {
        self.clock.get()
    }
}

#[test]
fn a_plan_writes_nothing_and_is_what_an_empty_event_means() {
    let account = Memory::default();
    let plan = account.run(&json!({"action": "plan"})).unwrap();
    assert_eq!(account.run(&json!({})).unwrap(), plan);
    assert!(account.made.borrow().is_empty());
    let all = plan["changes"].as_array().unwrap();
    assert_eq!(plan["summary"], json!({"create": all.len(), "update": 0, "none": 0, "foreign": 0, "failed": 0}));
    assert!(all.iter().all(|line| line["change"] == "create" && line["region"] == "eu-west-1"));
}

#[test]
fn the_second_apply_changes_nothing() {
    let account = Memory::default();
    let first = account.apply().unwrap();
    let before = account.made.borrow().len();
    assert_eq!(first["summary"]["create"], json!(before));
    let second = account.apply().unwrap();
    assert_eq!(account.made.borrow().len(), before);
    assert_eq!(second["summary"], json!({"create": 0, "update": 0, "none": before, "foreign": 0, "failed": 0}));
}

#[test]
fn things_are_made_after_what_they_refer_to() {
    let account = Memory::default();
    account.apply().unwrap();
    let made = account.made.borrow();
    let at = |part: &str| made.iter().position(|line| line.contains(part)).unwrap();
    assert!(at("bucket/") < at("trail/yakei-trail"));
    assert!(at("role/yakei-cloudtrail") < at("trail/yakei-trail"));
    assert!(at("log-group/") < at("metric-filter/yakei-RootUsage"));
    assert!(at("permission/") < at("subscription/yakei-alarms/lambda"));
    assert!(at("role/yakei-scheduler") < at("schedule/yakei/"));
}

#[test]
fn one_failure_stops_nothing_else_and_fails_the_run() {
    let account = Memory::default().breaks("alarm/yakei-RootUsage", "AccessDenied", 99);
    let failure = account.apply().unwrap_err();
    assert_eq!(failure.name, Why::Incomplete);
    for part in ["1 of ", "alarm/yakei-RootUsage", "AccessDenied", "Mend it"] {
        assert!(failure.message.contains(part), "{part}: {}", failure.message);
    }
    let keys = account.keys();
    assert!(!keys.contains(&"alarm/yakei-RootUsage".into()) && keys.contains(&"alarm/yakei-VPCChanges".into()));
    assert_eq!(account.pauses.get(), 0);
}

#[test]
fn what_passes_is_waited_for_within_bounds() {
    let trail = "trail/yakei-trail";
    let slow = Memory::default().breaks(trail, "InvalidCloudWatchLogsRoleArnException", 3);
    slow.apply().unwrap();
    assert_eq!(slow.pauses.get(), 3);
    let never = Memory::default().breaks(trail, "InvalidCloudWatchLogsLogGroupArnException", 999);
    assert!(never.apply().unwrap_err().message.contains(trail));
    assert!(never.clock.get() > Duration::from_secs(90) && never.clock.get() <= Duration::from_mins(2));
    let throttled = Memory::default().breaks("alarm/yakei-RootUsage", "Throttling", 2);
    throttled.apply().unwrap();
}

#[test]
fn a_schedules_role_is_waited_for_only_when_it_is_new() {
    let schedule = "schedule/yakei/every-5-minutes";
    let new = Memory::default().breaks(schedule, "ValidationException", 2);
    new.apply().unwrap();
    assert_eq!(new.pauses.get(), 2);
    new.things.borrow_mut().0.retain(|key, _| key.to_string() != schedule);
    let old = new.breaks(schedule, "ValidationException", 2);
    assert!(old.apply().is_err());
    assert_eq!(old.pauses.get(), 2);
}

#[test]
fn what_is_foreign_stays_as_it_is_and_is_a_broken_link_with_two_ways_out() {
    let account = Memory::default();
    account.apply().unwrap();
    let (key, ours) = {
        let things = account.things.borrow();
        let (key, found) = things.0.iter().find(|(key, _)| key.kind == Kind::Alarm).unwrap();
        (key.clone(), found.clone())
    };
    let Found::Ours(Resource::Alarm(mut alarm)) = ours else { panic!("an alarm") };
    alarm.threshold = 1e9;
    let foreign = Found::Foreign(Some(Resource::Alarm(alarm)));
    account.things.borrow_mut().0.insert(key.clone(), foreign.clone());
    let answer = account.apply().unwrap();
    assert_eq!(answer["summary"]["foreign"], 1);
    assert_eq!(account.things.borrow().0.get(&key), Some(&foreign));
    let told = answer["changes"].as_array().unwrap().iter().find(|it| it["change"] == "foreign").unwrap().clone();
    assert_eq!((&told["why"], &told["resource"]), (&json!("in-the-way"), &json!(key.to_string())));

    // A terminal's exit status, and an audit, call it wrong.
    let report = run(&account, &config(), &json!({"action": "plan"})).now_or_never().unwrap().unwrap();
    assert!(report.is_wrong());
    let links = account.run(&json!({"action": "verify"})).unwrap();
    let link = links["links"].as_array().unwrap().iter().find(|link| link["link"] == key.to_string()).unwrap().clone();
    assert_eq!((&links["ok"], &link["verdict"]), (&json!(false), &json!("fail")));
    assert!(link["detail"].as_str().unwrap().contains("threshold 1000000000 → 1"), "{link}");
    let mend = link["mend"].as_str().unwrap();
    assert!(mend.contains(&format!("make apply ADOPT={key}")) && mend.contains("or remove it"), "{mend}");

    // The first way out, as the mend says it.
    let (from, to) = (mend.find('{').unwrap(), mend.rfind('}').unwrap());
    let event: Value = serde_json::from_str(&mend[from..=to]).unwrap();
    assert_eq!(account.run(&json!({"adopt": [key.to_string()]})).unwrap()["summary"]["update"], 1, "a plan shows it");
    assert_eq!(account.run(&event).unwrap()["summary"]["update"], 1);
    assert!(matches!(account.things.borrow().0.get(&key), Some(Found::Ours(_))));
    assert_eq!(account.apply().unwrap()["summary"]["foreign"], 0);
}

#[test]
fn an_adoption_of_nothing_is_told_before_anything_is_written() {
    let account = Memory::default();
    for adopt in [json!(["alarm/yakei-Nothing"]), json!("alarm/yakei-RootUsage"), json!(["RootUsage"]), json!([5])] {
        let failure = account.run(&json!({"action": "apply", "adopt": adopt})).unwrap_err();
        assert_eq!(failure.name, Why::InvalidEvent, "{adopt}");
    }
    assert!(account.made.borrow().is_empty());
}

#[test]
fn wrong_events_and_wrong_controls_are_refused_clearly() {
    let account = Memory::default();
    for event in [json!({"action": "aply"}), json!({"action": 5})] {
        let failure = account.run(&event).unwrap_err();
        assert_eq!(failure.name, Why::InvalidEvent);
        assert!(failure.message.contains("plan, apply, "), "{}", failure.message);
    }
    let config = Config::parse(&format!("{CONFIG}\n[controls]\nskip = [\"RootUse\"]\n")).unwrap();
    let failure = handle(&account, &config, &json!({})).now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.name, Why::BadControls);
    assert!(failure.message.contains("did you mean \"RootUsage\""), "{}", failure.message);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    /// Killed at a random point and run again: the same account as one clean run.
    #[test]
    fn a_run_that_is_killed_is_continued(budgets in proptest::collection::vec(0..60usize, 1..4)) {
        let clean = Memory::default();
        clean.apply().unwrap();
        let account = Memory::default();
        for budget in budgets {
            account.budget.set(Some(budget));
            let _ = handle(&account, &config(), &json!({"action": "apply"})).now_or_never();
        }
        account.budget.set(None);
        account.apply().unwrap();
        prop_assert_eq!(&*account.things.borrow(), &*clean.things.borrow());
    }
}

#[test]
fn an_edited_thing_is_updated_alone() {
    let account = Memory::default();
    account.apply().unwrap();
    account.made.borrow_mut().clear();
    for found in account.things.borrow_mut().0.values_mut() {
        if let Found::Ours(Resource::Alarm(alarm)) = found
            && alarm.metric_name == "RootUsage"
        {
            alarm.threshold = 50.0;
        }
    }
    let answer = account.apply().unwrap();
    assert_eq!(*account.made.borrow(), ["update alarm/yakei-RootUsage"]);
    assert_eq!(answer["summary"]["update"], 1);
}

#[test]
fn a_hold_of_the_toggler_stays_until_everything_goes() {
    let account = Memory::default();
    account.apply().unwrap();
    let (mut key, mut alarm) = {
        let things = account.things.borrow();
        let (key, found) = things.0.iter().find(|(key, _)| key.kind == Kind::Alarm).unwrap();
        (key.clone(), found.clone())
    };
    let Found::Ours(Resource::Alarm(hold)) = &mut alarm else { panic!("an alarm") };
    hold.metric_name = "Hold".into();
    key.name = "yakei-hold-tokyo-office".into();
    account.things.borrow_mut().0.insert(key.clone(), alarm);
    account.made.borrow_mut().clear();
    account.apply().unwrap();
    assert!(account.made.borrow().is_empty());
    assert!(!account.run(&json!({"action": "verify"})).unwrap().to_string().contains("yakei-hold"));
    account.run(&json!({"action": "destroy", "confirm": "yakei"})).unwrap();
    assert!(!account.keys().contains(&key.to_string()));
}

#[test]
fn destroy_wants_the_name_and_keeps_the_logs() {
    let account = Memory::default();
    account.apply().unwrap();
    let all = account.keys().len();
    for event in [json!({"action": "destroy"}), json!({"action": "destroy", "confirm": "yes"})] {
        let failure = account.run(&event).unwrap_err();
        assert_eq!(failure.name, Why::NotConfirmed);
        assert!(failure.message.contains(r#"{"action":"destroy","confirm":"yakei"}"#), "{}", failure.message);
    }
    assert_eq!(account.keys().len(), all);
    let destroy = json!({"action": "destroy", "confirm": "yakei"});
    let answer = account.run(&destroy).unwrap();
    assert_eq!(answer["summary"]["delete"], json!(all - 3));
    assert_eq!(
        account.keys(),
        [
            "bucket/yakei-access-111122223333-eu-west-1",
            "bucket/yakei-trail-111122223333-eu-west-1",
            "log-group//yakei/cloudtrail"
        ]
    );
    let made = account.made.borrow().clone();
    let at = |part: &str| made.iter().position(|line| line.starts_with("delete") && line.contains(part)).unwrap();
    assert!(at("subscription/") < at("topic/") && at("trail/yakei-trail") < at("role/yakei-cloudtrail"));
    assert_eq!(
        account.run(&destroy).unwrap()["summary"],
        json!({"create": 0, "update": 0, "none": 3, "foreign": 0, "failed": 0})
    );
}

#[test]
fn verify_writes_nothing_and_says_what_is_wrong() {
    let account = Memory::default();
    account.apply().unwrap();
    account.made.borrow_mut().clear();
    let answer = account.run(&json!({"action": "verify"})).unwrap();
    assert!(account.made.borrow().is_empty());
    assert_eq!(answer["ok"], false);
    assert_eq!(answer["summary"]["fail"], 1);
    let links = answer["links"].as_array().unwrap();
    let failed = links.iter().find(|link| link["verdict"] == "fail").unwrap();
    assert_eq!((failed["link"].as_str(), failed["mend"].as_str()), (Some("trail exists"), Some("Run apply")));
}

impl Chain for Memory {
    fn now(&self) -> Timestamp {
        self.rope.now()
    }
    async fn alarm_now(&self, alarm: &str) -> Result<Option<ports::AlarmNow>, Problem> {
        self.rope.alarm_now(alarm).await
    }
    async fn metric_sum(&self, namespace: &str, metric: &str, since: Timestamp) -> Result<f64, Problem> {
        self.rope.metric_sum(namespace, metric, since).await
    }
    async fn write_records(&self, group: &str, stream: &str, records: &[String]) -> Result<(), Problem> {
        self.rope.write_records(group, stream, records).await
    }
    async fn remove_record(&self, group: &str, stream: &str) -> Result<(), Problem> {
        self.rope.remove_record(group, stream).await
    }
    async fn told(&self, function: &str, alarm: &str, since: Timestamp) -> Result<Option<String>, Problem> {
        self.rope.told(function, alarm, since).await
    }
}

#[test]
fn a_drill_is_of_the_control_that_is_asked_for() {
    let account = Memory::default();
    let answer = account.run(&json!({"action": "drill", "control": "RootUsage"})).unwrap();
    assert_eq!((answer["control"].as_str(), answer["alarm"].as_str()), (Some("RootUsage"), Some("yakei-RootUsage")));
    let failure = account.run(&json!({"action": "drill", "control": "Nonsense"})).unwrap_err();
    assert_eq!(failure.name, Why::NoDrill);
}

/// A chain in memory: what each look shows, in turn; the last one stays.
struct Rope {
    now: Cell<i64>,
    enabled: bool,
    in_alarm: RefCell<Vec<bool>>,
    sums: RefCell<Vec<f64>>,
    told: RefCell<Vec<Option<String>>>,
    written: RefCell<Vec<String>>,
    removed: Cell<u32>,
}

impl Default for Rope {
    fn default() -> Self {
        Self {
            now: Cell::new(1_795_000_000),
            enabled: true,
            in_alarm: RefCell::new(vec![false, false, true]),
            sums: RefCell::new(vec![2.0, 2.0, 3.0]),
            told: RefCell::new(vec![None, Some("notice n1".into())]),
            written: RefCell::default(),
            removed: Cell::new(0),
        }
    }
}

fn next<T: Clone>(looks: &RefCell<Vec<T>>) -> T {
    let mut looks = looks.borrow_mut();
    if looks.len() > 1 { looks.remove(0) } else { looks[0].clone() }
}

impl Waits for Rope {
    async fn pause(&self, time: Duration) {
        self.now.set(self.now.get() + i64::try_from(time.as_secs()).unwrap());
    }
}

impl Chain for Rope {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now.get()).unwrap()
    }
    async fn alarm_now(&self, _: &str) -> Result<Option<ports::AlarmNow>, Problem> {
        Ok(Some(ports::AlarmNow { in_alarm: next(&self.in_alarm), enabled: self.enabled }))
    }
    async fn metric_sum(&self, _: &str, _: &str, _: Timestamp) -> Result<f64, Problem> {
        Ok(next(&self.sums))
    }
    async fn write_records(&self, _: &str, _: &str, records: &[String]) -> Result<(), Problem> {
        self.written.borrow_mut().extend_from_slice(records);
        Ok(())
    }
    async fn remove_record(&self, _: &str, _: &str) -> Result<(), Problem> {
        self.removed.set(self.removed.get() + 1);
        Ok(())
    }
    async fn told(&self, _: &str, _: &str, _: Timestamp) -> Result<Option<String>, Problem> {
        Ok(next(&self.told))
    }
}

fn drill(rope: &Rope) -> (Value, Vec<String>) {
    drill_of(rope, 1.0)
}

fn drill_of(rope: &Rope, threshold: f64) -> (Value, Vec<String>) {
    let facts = Memory::default().facts(&config()).now_or_never().unwrap().unwrap();
    let mut controls = Catalogue::builtin().unwrap().controls().to_vec();
    controls[0].threshold = threshold;
    let desired = desired(&config(), &controls, &facts);
    let answer = Report::Drill(drill::run(rope, &desired, &controls[0]).now_or_never().expect("never waits").unwrap());
    let answer = answer.answer().unwrap();
    let steps = answer["steps"].as_array().unwrap().iter();
    let steps =
        steps.map(|s| format!("{} {} {}", s["verdict"].as_str().unwrap(), s["step"].as_str().unwrap(), s["after"]));
    (answer.clone(), steps.collect())
}

#[test]
fn a_drill_follows_its_record_to_the_notice_and_leaves_nothing() {
    let rope = Rope::default();
    let (answer, steps) = drill(&rope);
    assert_eq!(
        steps,
        [
            "pass alarm is at rest 0.0",
            "pass record is written 0.0",
            "pass metric filter counts it 2.0",
            "pass alarm rings 4.0",
            "pass notice is sent 6.0",
            "pass record is removed 6.0"
        ]
    );
    assert_eq!((answer["ok"].as_bool(), rope.removed.get()), (Some(true), 1));
    assert!(rope.written.borrow()[0].contains("DRILL"));
}

#[test]
fn a_drill_writes_as_many_records_as_the_threshold_needs_and_says_so() {
    let rope = Rope { sums: RefCell::new(vec![2.0, 3.0, 7.0]), ..Rope::default() };
    let (answer, steps) = drill_of(&rope, 5.0);
    assert_eq!((answer["ok"].as_bool(), rope.written.borrow().len()), (Some(true), 5));
    assert!(answer["steps"][1]["detail"].as_str().unwrap().starts_with("5: so many"), "{answer}");
    // 3 of 5 counted is not all: it is waited for the rest.
    assert_eq!(steps[2], "pass metric filter counts it 2.0");
}

#[test]
fn a_drill_of_a_muted_alarm_says_muted() {
    let rope = Rope { enabled: false, ..Rope::default() };
    let (answer, steps) = drill(&rope);
    assert_eq!(steps[4], "unknown notice is sent 4.0");
    assert!(answer["steps"][4]["detail"].as_str().unwrap().contains("muted"));
    assert_eq!(answer["ok"], true);
}

#[test]
fn a_drill_that_breaks_says_where_and_still_cleans_up() {
    let rope = Rope { sums: RefCell::new(vec![0.0]), ..Rope::default() };
    let (answer, steps) = drill(&rope);
    assert_eq!(steps[2..], ["fail metric filter counts it 600.0", "pass record is removed 600.0"]);
    assert_eq!((answer["ok"].as_bool(), rope.removed.get()), (Some(false), 1));
    let ringing = Rope { in_alarm: RefCell::new(vec![true]), ..Rope::default() };
    assert_eq!(drill(&ringing).1, ["fail alarm is at rest 0.0"]);
    assert!(ringing.written.borrow().is_empty());
}

#[test]
fn every_region_of_a_per_region_set_up_is_made_verified_and_removed() {
    let account = Memory::default();
    let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = [\"all\"]\n")).unwrap();
    let run = |event: Value| handle(&account, &config, &event).now_or_never().unwrap().unwrap();
    let first = run(json!({"action": "apply"}));
    let regions: std::collections::BTreeSet<_> =
        account.things.borrow().0.keys().map(|key| key.region.clone()).collect();
    assert_eq!(regions, ENABLED.iter().map(ToString::to_string).collect());
    let all = first["summary"]["create"].as_u64().unwrap();
    assert_eq!(run(json!({"action": "apply"}))["summary"]["none"], all);
    let links = run(json!({"action": "verify"}));
    assert!(links["links"].as_array().unwrap().len() > 16 * ENABLED.len() * 2);
    let removed = run(json!({"action": "destroy", "confirm": "yakei"}));
    // A log group in each Region and the two buckets stay.
    assert_eq!(removed["summary"]["delete"].as_u64().unwrap(), all - u64::try_from(ENABLED.len()).unwrap() - 2);
}

#[test]
fn a_region_that_is_taken_off_the_list_is_told_and_can_be_removed_alone() {
    let account = Memory::default();
    let run = |regions: &str, event: Value| {
        let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = {regions}\n")).unwrap();
        handle(&account, &config, &event).now_or_never().unwrap()
    };
    run(r#"["eu-west-1", "us-east-1", "eu-west-3"]"#, json!({"action": "apply"})).unwrap();
    let fewer = r#"["eu-west-1", "us-east-1"]"#;
    let plan = run(fewer, json!({})).unwrap();
    assert_eq!((&plan["summary"]["create"], &plan["summary"]["failed"]), (&json!(0), &json!(1)));
    let line = plan["changes"].as_array().unwrap().iter().find(|line| line["region"] == "eu-west-3").unwrap();
    let mend = line["failed"]["mend"].as_str().unwrap();
    let event: Value = serde_json::from_str(&mend[mend.find('{').unwrap()..]).unwrap();
    assert_eq!(run(fewer, json!({"action": "verify"})).unwrap()["ok"], false);

    run(fewer, event).unwrap();
    assert_eq!(run(fewer, json!({})).unwrap()["summary"]["failed"], 0);
    let left: Vec<_> = account.things.borrow().0.keys().filter(|key| key.region == "eu-west-3").cloned().collect();
    assert_eq!(left.iter().map(ToString::to_string).collect::<Vec<_>>(), ["log-group//yakei/cloudtrail"]);

    let home = json!({"action": "destroy", "confirm": "yakei", "region": "eu-west-1"});
    assert_eq!(run(fewer, home).unwrap_err().name, Why::NotConfirmed);
}

#[test]
fn destroy_reaches_regions_that_were_left_behind() {
    let account = Memory::default();
    let config = |regions: &str| Config::parse(&format!("{CONFIG}{regions}")).unwrap();
    let many = config("\n[trail]\nregions = [\"eu-west-1\", \"us-east-1\"]\n");
    handle(&account, &many, &json!({"action": "apply"})).now_or_never().unwrap().unwrap();
    let destroy = json!({"action": "destroy", "confirm": "yakei"});
    handle(&account, &config(""), &destroy).now_or_never().unwrap().unwrap();
    assert!(!account.keys().iter().any(|key| key.starts_with("trail/")), "{:?}", account.keys());
}

#[test]
fn what_is_of_another_place_is_refused_before_anything_is_looked_at() {
    let account = Memory::default();
    let config = Config::parse(&format!("{CONFIG}\n[trail]\nregions = [\"us-east-1\"]\n")).unwrap();
    let failure = handle(&account, &config, &json!({"action": "apply"})).now_or_never().unwrap().unwrap_err();
    assert_eq!(failure.name, Why::WrongPlace);
    assert!(failure.message.contains("eu-west-1, the home Region"), "{}", failure.message);
    assert!(account.made.borrow().is_empty());
}
