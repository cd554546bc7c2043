//! Whatever happened before, after the next healthy run no alarm is muted outside business hours.
//!
//! The expectation is worked out by hand for the two offices of [`OFFICES`] in late November 2026, when Tokyo is
//! nine hours ahead of UTC and London not at all; it shares no code with the calendar or the holds.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// Monday 2026-11-23T00:00Z, a holiday in Tokyo.
const MONDAY: i64 = 1_795_392_000;
const OFFICE_NAMES: [&str; 2] = ["tokyo-office", "london-office"];
const ALARMS: [(&str, &[usize]); 4] =
    [("yakei-ConsoleLogin", &[0]), ("yakei-shared", &[0, 1]), ("yakei-London-1", &[1]), ("yakei-London-2", &[1])];

static SETTINGS: LazyLock<Settings> = LazyLock::new(|| settings(OFFICES));

#[derive(Debug, Clone)]
enum Step {
    Wait { minutes: i64 },
    Run { trouble: Option<Trouble>, seconds_a_call: i64 },
    Hold { office: Option<usize>, desired: Desired, minutes: Option<i64>, refused: bool },
    Resume { office: Option<usize> },
    ByHand { alarm: usize, state: Desired },
    Plan,
}

fn step() -> impl Strategy<Value = Step> {
    let office = || proptest::option::of(0..2_usize);
    let state = || prop_oneof![Just(Desired::Armed), Just(Desired::Muted)];
    let trouble = prop_oneof![
        Just(Trouble::RefuseArming),
        Just(Trouble::IgnoreWrites),
        Just(Trouble::ShowLate),
        Just(Trouble::ReadNothing),
        Just(Trouble::ReadTwo),
    ];
    prop_oneof![
        3 => (0..1500_i64).prop_map(|minutes| Step::Wait { minutes }),
        3 => (proptest::option::of(trouble), 0..90_i64)
            .prop_map(|(trouble, seconds_a_call)| Step::Run { trouble, seconds_a_call }),
        2 => (office(), state(), proptest::option::of(1..=1440_i64), any::<bool>())
            .prop_map(|(office, desired, minutes, refused)| Step::Hold { office, desired, minutes, refused }),
        1 => office().prop_map(|office| Step::Resume { office }),
        2 => (0..ALARMS.len(), state()).prop_map(|(alarm, state)| Step::ByHand { alarm, state }),
        1 => Just(Step::Plan),
    ]
}

/// The holds as a person would remember them: for each office and for all, what and until when.
#[derive(Debug, Default)]
struct Memory {
    own: [Option<(Desired, Option<i64>)>; 2],
    all: Option<(Desired, Option<i64>)>,
}

impl Memory {
    fn set(&mut self, office: Option<usize>, word: Option<(Desired, Option<i64>)>) {
        match office {
            Some(office) => self.own[office] = word,
            None => *self = Self { own: [None, None], all: word },
        }
    }

    fn wants_muted(&self, office: usize, now: i64) -> bool {
        let counts = |word: &&(Desired, Option<i64>)| word.1.is_none_or(|until| now < until);
        let word = self.own[office].as_ref().filter(counts).or(self.all.as_ref().filter(counts));
        word.map_or_else(|| at_work(office, now), |(desired, _)| *desired == Desired::Muted)
    }
}

fn at_work(office: usize, now: i64) -> bool {
    let (ahead, opens, closes) = [(9, 9, 18), (0, 8, 17)][office];
    let minutes = (now - MONDAY).div_euclid(60) + ahead * 60;
    let (day, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    let holiday = office == 0 && day == 0;
    day.rem_euclid(7) < 5 && !holiday && (opens * 60..closes * 60).contains(&minute)
}

fn muted_as_wanted(account: &Account, memory: &Memory) -> Result<(), TestCaseError> {
    let now = account.now().as_second();
    let wanted = ALARMS.iter().filter(|(_, offices)| offices.iter().all(|office| memory.wants_muted(*office, now)));
    let mut wanted: Vec<String> =
        wanted.map(|(name, _)| (*name).to_owned()).chain(["somebody-else".to_owned()]).collect();
    wanted.sort();
    prop_assert_eq!(account.muted(), wanted, "at {}", account.now());
    Ok(())
}

fn healthy(event: &Value, account: &mut Account) -> Result<(), TestCaseError> {
    account.heal();
    run(event, &SETTINGS, account).map(drop).map_err(|failure| TestCaseError::fail(failure.to_string()))
}

fn take(step: &Step, account: &mut Account, memory: &mut Memory) -> Result<(), TestCaseError> {
    match step {
        Step::Wait { minutes } => account.wait(*minutes),
        Step::ByHand { alarm, state } => account.set_state(ALARMS[*alarm].0, *state),
        Step::Plan => {
            let before = account.muted();
            healthy(&json!({"action": "plan"}), account)?;
            prop_assert_eq!(account.muted(), before);
        }
        Step::Run { trouble, seconds_a_call } => {
            account.ail(*trouble, *seconds_a_call);
            let ended = run(&json!({}), &SETTINGS, account);
            prop_assert!(ended.is_ok() || trouble.is_some(), "{:?}", ended);
        }
        Step::Hold { office, desired, minutes, refused } => {
            let minutes = minutes.or((*desired == Desired::Muted).then_some(60));
            let until = minutes.map(|minutes| account.now().as_second() + minutes * 60);
            let mut event = json!({"action": if *desired == Desired::Muted { "mute" } else { "arm" }});
            if let Some(until) = until {
                event["until"] = json!(jiff::Timestamp::from_second(until).unwrap().to_string());
            }
            if let Some(office) = office {
                event["schedule"] = json!(OFFICE_NAMES[*office]);
            }
            if *refused {
                account.heal();
                account.ail(Some(Trouble::RefuseKeeping), 0);
                prop_assert!(run(&event, &SETTINGS, account).is_err());
            } else {
                healthy(&event, account)?;
                memory.set(*office, Some((*desired, until)));
                muted_as_wanted(account, memory)?;
            }
        }
        Step::Resume { office } => {
            let event = office.map_or(
                json!({"action": "resume"}),
                |office| json!({"action": "resume", "schedule": OFFICE_NAMES[office]}),
            );
            healthy(&event, account)?;
            memory.set(*office, None);
            muted_as_wanted(account, memory)?;
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn the_next_healthy_run_puts_everything_right(steps in proptest::collection::vec(step(), 1..14), start in 0..10_080_i64) {
        let mut account = account();
        account.set_now(MONDAY + start * 60);
        let mut memory = Memory::default();
        for step in &steps {
            take(step, &mut account, &mut memory)?;
        }
        healthy(&json!({}), &mut account)?;
        muted_as_wanted(&account, &memory)?;
        account.forget_calls();
        healthy(&json!({}), &mut account)?;
        prop_assert_eq!(account.writes().len(), 0, "the second run writes nothing");
    }
}
