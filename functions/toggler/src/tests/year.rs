//! A simulated year: runs every five minutes over an account in memory, with everything that happens to them.
//!
//! After each run that says all is well no alarm is muted that should be armed; and every change to ALARM during a mute
//! is told exactly once, by a digest or by CloudWatch at the end of a mute rule. What should be is worked out by hand
//! here, with the clock changes of 2026 written down, and shares no code with the calendar, the holds or the memory.
//!
//! `cargo test` walks a few years; `YAKEI_YEARS=0..1000` walks as many as you like, `make years` a thousand.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use jiff::Timestamp;

use super::*;
use crate::ports::MuteRule;

/// 2026-01-01T00:00Z, a Thursday.
const NEW_YEAR: i64 = 1_767_225_600;
const DAY: i64 = 86_400;
const TICK: i64 = 300;
const NAMES: [&str; 3] = ["tokyo-office", "london-office", "night-shift"];

/// A config, and what it says: the offices that name each alarm, and when Tokyo closes.
struct Edition {
    settings: Settings,
    naming: BTreeMap<&'static str, Vec<usize>>,
    tokyo_closes: i64,
    by_actions: bool,
    broken: bool,
}

fn edition(alarms: [&[&'static str]; 3], by: [&str; 3], tokyo_closes: i64, broken: bool) -> Edition {
    let zones = ["Asia/Tokyo", "Europe/London", if broken { "America/New_Yrok" } else { "America/New_York" }];
    let hours = [("09:00", format!("{tokyo_closes}:00")), ("08:00", "17:00".to_owned()), ("22:00", "06:00".to_owned())];
    let mut text = String::new();
    let mut naming: BTreeMap<&'static str, Vec<usize>> = BTreeMap::new();
    for office in 0..3 {
        let (start, end) = &hours[office];
        let _ = write!(
            text,
            "[[schedule]]\nname = {:?}\ntimezone = {:?}\nby = {:?}\nalarms = {:?}\nholidays = [\"2026-05-04\"]\n\
             windows = [{{ days = [\"Mon\", \"Tue\", \"Wed\", \"Thu\", \"Fri\"], start = {start:?}, end = {end:?} }}]\n",
            NAMES[office], zones[office], by[office], alarms[office]
        );
        for alarm in alarms[office] {
            naming.entry(alarm).or_default().push(office);
        }
    }
    let by_actions = by.iter().all(|by| *by == "actions");
    Edition { settings: settings(&text), naming, tokyo_closes, by_actions, broken }
}

static EDITIONS: LazyLock<Vec<Edition>> = LazyLock::new(|| {
    let (actions, rules) = (["actions"; 3], ["mute-rule"; 3]);
    let tokyo: &[&str] = &["yakei-ConsoleLogin", "yakei-shared"];
    let london: &[&str] = &["yakei-shared", "yakei-London-1", "yakei-London-2"];
    let more: &[&str] = &["yakei-shared", "yakei-London-1", "yakei-London-2", "app-extra"];
    let (night, less): (&[&str], &[&str]) = (&["app-night"], &["yakei-ConsoleLogin"]);
    vec![
        edition([tokyo, london, night], actions, 18, false),
        edition([tokyo, london, night], rules, 18, false),
        edition([less, &["yakei-London-1"], &["yakei-London-2"]], actions, 18, false),
        edition([tokyo, more, night], ["mute-rule", "actions", "mute-rule"], 18, false),
        edition([tokyo, more, night], actions, 17, false),
        edition([tokyo, more, night], rules, 17, false),
        edition([tokyo, london, night], actions, 18, true),
    ]
});

const ALARMS: [&str; 7] = [
    "yakei-ConsoleLogin",
    "yakei-shared",
    "yakei-London-1",
    "yakei-London-2",
    "yakei-RootUsage",
    "app-night",
    "app-extra",
];

/// Seconds that an office's clocks are ahead of UTC.
fn ahead(office: usize, at: i64) -> i64 {
    let day = |day: i64| NEW_YEAR + day * DAY;
    let summer = |from: i64, to: i64| i64::from((from..to).contains(&at));
    3600 * match office {
        0 => 9,
        1 => summer(day(87) + 3600, day(297) + 3600), // 29 March and 25 October, 01:00 UTC
        _ => -5 + summer(day(66) + 7 * 3600, day(304) + 6 * 3600), // 8 March 07:00 and 1 November 06:00 UTC
    }
}

/// Whether an office is at work: a window belongs to the day it starts on, and the fourth of May is a holiday.
fn at_work(edition: &Edition, office: usize, at: i64) -> bool {
    let local = at - NEW_YEAR + ahead(office, at);
    let (opens, closes) = [(9, edition.tokyo_closes), (8, 17), (22, 30)][office];
    let covers = |day: i64| {
        let weekday = (day + 3).rem_euclid(7); // 1 January is a Thursday, Monday is 0
        let since = local - day * DAY;
        weekday < 5 && day != 123 && (opens * 3600..closes * 3600).contains(&since)
    };
    let today = local.div_euclid(DAY);
    covers(today) || covers(today - 1)
}

/// A person's word: what, and until when.
type Word = Option<(Mode, Option<i64>)>;

struct Year {
    account: Account,
    edition: &'static Edition,
    own: [Word; 3],
    all: Word,
    /// Changes to ALARM while muted, and whether they are told.
    missed: BTreeMap<(String, Timestamp), u32>,
    heard: BTreeSet<String>,
    dice: u64,
    runs: u32,
    log: Vec<String>,
}

impl Year {
    fn new(seed: u64) -> Self {
        let alarms: Vec<(&str, Mode)> = ALARMS.iter().map(|name| (*name, Mode::Armed)).collect();
        let account = Account::new(&alarms).seeded(seed);
        account.set_now(NEW_YEAR);
        let dice = (seed + 1).wrapping_mul(0x2545_f491_4f6c_dd1d) | 1;
        let (missed, heard, log) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        Self { account, edition: &EDITIONS[0], own: [None; 3], all: None, missed, heard, dice, runs: 0, log }
    }

    fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        (self.dice >> 9) % sides
    }

    fn note(&mut self, what: &str) {
        if self.log.len() > 60 {
            self.log.remove(0);
        }
        self.log.push(format!("{} {what}", self.account.now()));
    }

    fn now(&self) -> i64 {
        self.account.now().as_second()
    }

    fn wants_muted(&self, alarm: &str, at: i64) -> bool {
        let counts = |word: &Word| word.filter(|(_, until)| until.is_none_or(|until| at < until));
        let wants = |office: &usize| {
            let word = counts(&self.own[*office]).or_else(|| counts(&self.all));
            word.map_or_else(|| at_work(self.edition, *office, at), |(mode, _)| mode == Mode::Muted)
        };
        let naming = self.edition.naming.get(alarm).filter(|_| !self.edition.broken);
        naming.is_some_and(|offices| offices.iter().all(wants))
    }

    fn wanted(&self) -> Vec<bool> {
        ALARMS.iter().map(|alarm| self.wants_muted(alarm, self.now())).collect()
    }

    fn muted(&self) -> BTreeSet<String> {
        self.account.muted().into_iter().chain(self.account.ruled()).collect()
    }

    fn right(&self, lively: bool) {
        let muted = self.muted();
        for alarm in ALARMS {
            let wanted = self.wants_muted(alarm, self.now());
            assert!(wanted || !muted.contains(alarm), "{alarm} is muted at {}", self.account.now());
            let waits = lively && self.edition.by_actions && wanted;
            assert!(!waits || muted.contains(alarm), "{alarm} is armed at {}", self.account.now());
        }
    }

    /// Takes note of what people hear: each change once, whatever is repeated under one id.
    fn listen(&mut self) {
        for digest in self.account.take_digests() {
            if !self.heard.insert(digest.id.clone()) {
                continue;
            }
            for missed in &digest.alarms {
                let span = missed.from..=missed.to;
                let live = self.account.told_live();
                let now: Vec<_> = self
                    .missed
                    .iter_mut()
                    .filter(|((alarm, at), told)| {
                        *alarm == missed.name
                            && span.contains(at)
                            && **told == 0
                            && !live.contains(&(alarm.clone(), *at))
                    })
                    .collect();
                assert_eq!(now.len() as u64, missed.count, "{missed:?} {now:?}");
                for (_, told) in now {
                    *told += 1;
                }
            }
        }
    }

    fn run(&mut self, event: &Value) -> Result<Value, Failure> {
        self.runs += 1;
        let id = format!("run-{}", self.runs);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let (account, settings) = (&self.account, &self.edition.settings);
        let clock = || account.now();
        let ended = runtime.block_on(Box::pin(crate::handle(event, settings, account, account, &id, &clock)));
        self.listen();
        self.note(&format!("{event} {:?}", ended.as_ref().map(|_| ()).map_err(ToString::to_string)));
        ended
    }

    fn doubled(&mut self) {
        self.runs += 2;
        let ids = [format!("run-{}a", self.runs), format!("run-{}b", self.runs)];
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        self.account.mingled.set(true);
        let (account, settings) = (&self.account, &self.edition.settings);
        let (event, clock) = (json!({}), || account.now());
        let one = |id| Box::pin(crate::handle(&event, settings, account, account, id, &clock));
        let (first, second) = runtime.block_on(async { tokio::join!(one(&ids[0]), one(&ids[1])) });
        self.account.mingled.set(false);
        self.listen();
        self.note(&format!("doubled {:?} {:?}", first.is_ok(), second.is_ok()));
        if !self.edition.broken {
            self.right(first.is_ok() && second.is_ok());
        }
    }

    fn healthy(&mut self) {
        self.account.heal();
        let ended = self.run(&json!({}));
        assert!(ended.is_ok() || self.edition.broken, "{ended:?}");
        self.right(true);
    }

    /// Something goes wrong on the way. What the run says of itself must be true all the same.
    fn troubled(&mut self) {
        match self.roll(3) {
            0 => self.account.flaky.set(30),
            1 => self.account.flaky.set(250),
            _ => {
                let denied = ALARMS[usize::try_from(self.roll(7)).unwrap()];
                self.account.deny(&[denied]);
            }
        }
        if self.run(&json!({})).is_ok() {
            self.right(false);
        }
        self.account.heal();
    }

    fn hold(&mut self) {
        let office = usize::try_from(self.roll(4)).unwrap();
        let mut event = match self.roll(3) {
            0 => json!({"action": "resume"}),
            1 => json!({"action": "arm"}),
            _ => json!({"action": "mute"}),
        };
        let mode = match event["action"].as_str() {
            Some("mute") => Some(Mode::Muted),
            Some("arm") => Some(Mode::Armed),
            _ => None,
        };
        let until = self.now() + i64::try_from(self.roll(1440 * 60)).unwrap().max(60);
        if mode.is_some() {
            event["until"] = json!(Timestamp::from_second(until).unwrap().to_string());
        }
        if office < 3 {
            event["schedule"] = json!(NAMES[office]);
        }
        let word = mode.map(|mode| (mode, Some(until)));
        if self.roll(4) == 0 {
            self.account.flaky.set(100);
        }
        let kept = self.run(&event).is_ok();
        self.account.heal();
        if !kept && !self.edition.broken {
            // Nobody knows what became of it; the person ends all holds.
            self.run(&json!({"action": "resume"})).unwrap();
            (self.own, self.all) = ([None; 3], None);
        } else if office < 3 {
            self.own[office] = word;
        } else {
            (self.own, self.all) = ([None; 3], word);
        }
    }

    fn incident(&mut self) {
        let alarm = ALARMS[usize::try_from(self.roll(7)).unwrap()];
        if self.account.stands(alarm) {
            self.account.calm(alarm);
        } else {
            if self.muted().contains(alarm) {
                self.missed.insert((alarm.to_owned(), self.account.now()), 0);
            }
            self.account.go_off(alarm);
            self.note(&format!("{alarm} goes off"));
        }
    }

    /// A year, tick by tick. Where nothing changes and nothing happened only some of the runs are made.
    fn live(&mut self) {
        let (mut down_until, mut seen) = (0, Vec::new());
        for tick in 0..365 * DAY / TICK {
            let at = NEW_YEAR + tick * TICK;
            let mut busy = false;
            if self.roll(60) == 0 {
                let offset = i64::try_from(self.roll(300)).unwrap();
                self.account.advance(Timestamp::from_second(at - TICK + offset).unwrap().max(self.account.now()));
                self.incident();
                busy = true;
            }
            self.account.advance(Timestamp::from_second(at).unwrap());
            match self.roll(8000) {
                0..=3 => down_until = at + 3600 * i64::try_from(1 + self.roll(14)).unwrap(),
                4 => down_until = at + 7 * DAY,
                5..=8 => {
                    self.edition = &EDITIONS[usize::try_from(self.roll(EDITIONS.len() as u64)).unwrap()];
                    self.note("another config");
                    busy = true;
                }
                _ => {}
            }
            if at < down_until {
                continue;
            }
            let wanted = self.wanted();
            if seen == wanted && !busy && self.roll(100) > 0 {
                continue;
            }
            match self.roll(12) {
                0 => self.troubled(),
                1 => self.doubled(),
                2 if self.roll(10) == 0 => self.hold(),
                _ => {
                    self.healthy();
                    seen = self.wanted();
                }
            }
        }
        self.end();
    }

    /// Everything is armed at last, and everything was told once.
    fn end(&mut self) {
        self.edition = &EDITIONS[0];
        self.account.heal();
        self.run(&json!({"action": "arm"})).unwrap();
        (self.own, self.all) = ([None; 3], Some((Mode::Armed, None)));
        for _ in 0..3 {
            self.account.wait(5);
            self.healthy();
        }
        let live = self.account.told_live();
        for ((alarm, at), told) in &self.missed {
            let told = told + u32::from(live.contains(&(alarm.clone(), *at)));
            assert_eq!(told, 1, "{alarm} at {at}");
        }
        assert!(self.account.kept("Muted").is_empty(), "everything is told: {:?}", self.account.kept("Muted"));
        let open = |rule: &&MuteRule| self.account.now() < rule.end;
        assert_eq!(self.account.rules_now().iter().filter(open).count(), 0);
    }
}

#[test]
fn nothing_is_muted_that_should_be_armed_and_everything_is_told_once() {
    let wanted = std::env::var("YAKEI_YEARS").ok();
    let seeds = wanted.as_deref().and_then(|text| {
        let (from, to) = text.split_once("..")?;
        Some(from.parse().ok()?..to.parse().ok()?)
    });
    let (mut runs, mut missed) = (0, 0);
    for seed in seeds.unwrap_or(0..3) {
        let mut year = Year::new(seed);
        let lived = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| year.live()));
        assert!(lived.is_ok(), "seed {seed} after {} runs:\n{}", year.runs, year.log.join("\n"));
        runs += u64::from(year.runs);
        missed += year.missed.len();
        if seed % 50 == 0 {
            println!("seed {seed}: {} runs, {} changes while muted", year.runs, year.missed.len());
        }
    }
    println!("{runs} runs, {missed} changes to ALARM while muted, each told once");
    assert!(missed > 0);
}
