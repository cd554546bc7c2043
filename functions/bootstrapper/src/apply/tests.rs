//! The executor on an account with AWS's locks, delays and lost writes, on a clock that does not run.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use jiff::Timestamp;
use tokio::time::{Instant, sleep};
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;
use yakei_core::plan::{Facts, Found, Key, Observed, desired, diff};
use yakei_core::regions::BY_DEFAULT;
use yakei_core::verify::{Subscribers, Vitals};

use super::*;
use crate::aws;
use crate::ports::Waits;
use crate::tests::facts;

const CONFIG: &str = r#"
schedule = [{ timezone = "UTC", windows = [] }]
[notify]
emails = ["security@example.com", "second@example.com"]
[trail]
regions = ["all"]
"#;

fn wanted() -> Desired {
    let config = Config::parse(CONFIG).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let facts = Facts { enabled_regions: BY_DEFAULT.map(str::to_owned).to_vec(), ..facts() };
    desired(&config, &controls, &facts)
}

/// What AWS locks, in AWS's own terms: the thing, and its code for two writers at once.
fn lock(change: &Change) -> (String, &'static str) {
    match (change.key.kind, change.want.as_ref()) {
        (Kind::MetricFilter | Kind::LogGroup, _) => ("the log group".into(), "OperationAbortedException"),
        (Kind::Permission, Some(Resource::Permission(it))) => (it.function.clone(), "ResourceConflictException"),
        (Kind::Topic, _) => (change.key.name.clone(), "ConcurrentAccess"),
        (Kind::Subscription, Some(Resource::Subscription(it))) => {
            (it.topic_arn.rsplit(':').next().unwrap().to_owned(), "ConcurrentAccess")
        }
        _ => (change.key.to_string(), "ConflictException"),
    }
}

/// An account in which every write takes a tenth of a second and holds its lock that long.
struct Account17 {
    start: Instant,
    held: RefCell<BTreeMap<String, u32>>,
    things: RefCell<Observed>,
    collisions: Cell<u32>,
    writes: Cell<u32>,
    /// Code, and until when a change of this key fails with it.
    troubled: RefCell<BTreeMap<String, (&'static str, Duration)>>,
    /// How many writes to the thing of this key are answered and lost.
    lost: RefCell<BTreeMap<String, u32>>,
    /// When what is written begins to be shown.
    shown_from: Cell<Duration>,
}

impl Account17 {
    fn new() -> Self {
        Self {
            start: Instant::now(),
            held: RefCell::default(),
            things: RefCell::default(),
            collisions: Cell::default(),
            writes: Cell::default(),
            troubled: RefCell::default(),
            lost: RefCell::default(),
            shown_from: Cell::default(),
        }
    }

    fn troubled(self, key: &str, code: &'static str, until: Duration) -> Self {
        self.troubled.borrow_mut().insert(key.to_owned(), (code, until));
        self
    }

    fn loses(self, key: &str, writes: u32) -> Self {
        self.lost.borrow_mut().insert(key.to_owned(), writes);
        self
    }
}

fn said(code: &str) -> Problem {
    Problem { code: code.into(), ..Problem::new(aws::kind(code), "said AWS", "Mend it") }
}

impl Waits for Account17 {
    async fn pause(&self, time: Duration) {
        sleep(time).await;
    }
}

impl Account for Account17 {
    fn in_region(&self, _: &str) -> Self {
        Self::new()
    }

    async fn facts(&self, _: &Config) -> Result<Facts, Problem> {
        Err(said("NotAsked"))
    }

    async fn observe(&self, _: &Desired) -> Observed {
        if self.uptime() < self.shown_from.get() { Observed::default() } else { self.things.borrow().clone() }
    }

    async fn make(&self, change: &Change) -> Result<(), Problem> {
        self.writes.set(self.writes.get() + 1);
        let key = change.key.to_string();
        if let Some((code, until)) = self.troubled.borrow().get(&key)
            && self.uptime() < *until
        {
            return Err(said(code));
        }
        let (lock, code) = lock(change);
        if *self.held.borrow().get(&lock).unwrap_or(&0) > 0 {
            self.collisions.set(self.collisions.get() + 1);
            return Err(said(code));
        }
        *self.held.borrow_mut().entry(lock.clone()).or_default() += 1;
        sleep(Duration::from_millis(100)).await;
        *self.held.borrow_mut().entry(lock).or_default() -= 1;
        if let Some(lost @ 1..) = self.lost.borrow_mut().get_mut(&key) {
            *lost -= 1;
            return Ok(());
        }
        let mut things = self.things.borrow_mut();
        match &change.want {
            Some(want) => drop(things.0.insert(change.key.clone(), Found::Ours(want.clone()))),
            None => drop(things.0.remove(&change.key)),
        }
        Ok(())
    }

    async fn vitals(&self, _: &Desired) -> Vitals {
        Vitals {
            now: Timestamp::UNIX_EPOCH,
            trail: Ok(None),
            last_event: Ok(None),
            subscribers: Ok(Subscribers::default()),
            mute_rules: Ok(Vec::new()),
            alarm_key: Ok(None),
            functions: BTreeMap::new(),
        }
    }

    fn uptime(&self) -> Duration {
        self.start.elapsed()
    }
}

fn problems(changes: &[Change]) -> Vec<String> {
    let problem = |change: &Change| Some(format!("{} {}", change.key, change.problem.as_ref()?.code));
    changes.iter().filter_map(problem).collect()
}

fn key(all: &Desired, kind: Kind, part: &str) -> Key {
    all.of_kind(kind).find(|wanted| wanted.key.name.contains(part)).unwrap().key.clone()
}

#[tokio::test(start_paused = true)]
async fn what_aws_locks_has_one_writer_at_a_time() {
    let (account, all) = (Account17::new(), wanted());
    let made = make(&account, &all, &Adopt::default()).await;
    assert_eq!(problems(&made), [""; 0]);
    assert_eq!(account.collisions.get(), 0);
    // What is not locked is made side by side: 0.1 s each would be more than this.
    assert!(account.uptime() < Duration::from_millis(100) * account.writes.get() * 2 / 3, "{:?}", account.uptime());
    // The account does collide: two writers at once are told.
    let (first, second) = (key(&all, Kind::Permission, "us-east-1"), key(&all, Kind::Permission, "us-east-2"));
    let changes = diff(&all, &Observed::default());
    let change = |key| changes.iter().find(|change| change.key == key).unwrap();
    let both = futures_util::join!(account.make(change(first)), account.make(change(second)));
    assert_eq!((both.0, both.1.unwrap_err().code.as_str()), (Ok(()), "ResourceConflictException"));
    let removed = destroy(&account, &all).await;
    assert_eq!((problems(&removed).len(), account.collisions.get()), (0, 1));
}

/// One code of each sort and service, met for a while: the run ends well.
#[tokio::test(start_paused = true)]
async fn what_passes_is_waited_for() {
    let all = wanted();
    for (kind, part, code, seconds) in [
        (Kind::MetricFilter, "RootUsage", "OperationAbortedException", 240),
        (Kind::LogGroup, "", "OperationAbortedException", 240),
        (Kind::Permission, "us-east-1", "ResourceConflictException", 240),
        (Kind::Permission, "us-east-1", "PreconditionFailedException", 240),
        (Kind::Permission, "us-east-1", "TooManyRequestsException", 240),
        (Kind::Bucket, "", "NoSuchBucket", 100),
        (Kind::Bucket, "", "OperationAborted", 240),
        (Kind::Trail, "", "S3BucketDoesNotExistException", 100),
        (Kind::Trail, "", "TrailNotFoundException", 100),
        (Kind::Trail, "", "InvalidCloudWatchLogsRoleArnException", 100),
        (Kind::Topic, "alarms", "ConcurrentAccess", 240),
        (Kind::Topic, "alarms", "Throttled", 240),
        (Kind::Subscription, "email", "NotFound", 100),
        (Kind::Role, "scheduler", "NoSuchEntity", 100),
        (Kind::Role, "scheduler", "ConcurrentModification", 240),
        (Kind::Role, "scheduler", "MalformedPolicyDocument", 100),
        (Kind::ScheduleGroup, "", "ConflictException", 240),
        (Kind::Schedule, "every", "ResourceNotFoundException", 100),
        (Kind::Schedule, "every", "ValidationException", 100),
        (Kind::Alarm, "RootUsage", "Throttling", 240),
    ] {
        let key = key(&all, kind, part).to_string();
        let account = Account17::new().troubled(&key, code, Duration::from_secs(seconds));
        let made = make(&account, &all, &Adopt::default()).await;
        assert_eq!(problems(&made), [""; 0], "{key}: {code}");
        assert!(account.uptime() >= Duration::from_secs(seconds), "{key}: {code}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_conflict_that_never_ends_is_given_up_after_five_minutes_once_for_all_that_waits_for_it() {
    let (mut account, all) = (Account17::new(), wanted());
    for filter in all.of_kind(Kind::MetricFilter) {
        account = account.troubled(&filter.key.to_string(), "OperationAbortedException", Duration::MAX);
    }
    let made = make(&account, &all, &Adopt::default()).await;
    let failed = problems(&made);
    assert_eq!(failed.len(), all.of_kind(Kind::MetricFilter).count());
    assert!(failed.iter().all(|it| it.ends_with("OperationAbortedException")), "{failed:?}");
    let (least, most) = (Duration::from_mins(4), Duration::from_secs(5 * 60 + 30));
    assert!((least..most).contains(&account.uptime()), "{:?}", account.uptime());
    let problem = made.iter().find_map(|change| change.problem.as_ref()).unwrap();
    assert!(problem.message.contains("given up after"), "{problem}");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_waited_for_two_minutes_and_only_where_it_was_just_made() {
    let all = wanted();
    let trail = key(&all, Kind::Trail, "").to_string();
    for code in ["InvalidCloudWatchLogsRoleArnException", "TrailNotFoundException"] {
        let account = Account17::new().troubled(&trail, code, Duration::MAX);
        assert_eq!(problems(&make(&account, &all, &Adopt::default()).await), [format!("{trail} {code}")]);
        assert!((Duration::from_secs(90)..Duration::from_secs(130)).contains(&account.uptime()));
    }
    // All is there but one filter: its log group was not made by this run, so what AWS says is final.
    let account = Account17::new();
    make(&account, &all, &Adopt::default()).await;
    let filter = key(&all, Kind::MetricFilter, "RootUsage");
    account.things.borrow_mut().0.remove(&filter);
    let account = account.troubled(&filter.to_string(), "ResourceNotFoundException", Duration::MAX);
    let before = account.uptime();
    assert_eq!(problems(&make(&account, &all, &Adopt::default()).await).len(), 1);
    assert_eq!(account.uptime(), before);
}

#[tokio::test(start_paused = true)]
async fn a_denial_and_an_unknown_code_are_told_at_once() {
    let all = wanted();
    let alarm = key(&all, Kind::Alarm, "RootUsage").to_string();
    for code in ["AccessDenied", "InvalidParameterValue", "LimitExceeded", "NobodyKnows"] {
        let account = Account17::new().troubled(&alarm, code, Duration::MAX);
        assert_eq!(problems(&make(&account, &all, &Adopt::default()).await), [format!("{alarm} {code}")]);
        assert!(account.uptime() < Duration::from_mins(1), "{code}: {:?}", account.uptime());
    }
}

#[tokio::test(start_paused = true)]
async fn a_write_that_was_lost_is_made_again() {
    let all = wanted();
    let permission = key(&all, Kind::Permission, "us-east-1").to_string();
    let account = Account17::new().loses(&permission, 1);
    assert_eq!(problems(&make(&account, &all, &Adopt::default()).await), [""; 0]);
    assert!(account.things.borrow().0.keys().any(|key| key.to_string() == permission));
}

#[tokio::test(start_paused = true)]
async fn what_aws_shows_late_is_waited_for_and_what_it_never_shows_has_failed() {
    let all = wanted();
    let late = Account17::new();
    late.shown_from.set(Duration::from_mins(1));
    assert_eq!(problems(&make(&late, &all, &Adopt::default()).await), [""; 0]);

    let alarm = key(&all, Kind::Alarm, "RootUsage").to_string();
    let never = Account17::new().loses(&alarm, u32::MAX);
    let made = make(&never, &all, &Adopt::default()).await;
    assert_eq!(problems(&made), [format!("{alarm} NotShown")]);
    let problem = made.iter().find_map(|change| change.problem.as_ref()).unwrap();
    assert!(problem.message.contains("still shows: create"), "{problem}");
    assert!(never.uptime() < Duration::from_mins(3), "{:?}", never.uptime());
    // Removing likewise.
    let account = Account17::new();
    make(&account, &all, &Adopt::default()).await;
    let kept = account.loses(&alarm, u32::MAX);
    assert_eq!(problems(&destroy(&kept, &all).await), [format!("{alarm} NotShown")]);
}
