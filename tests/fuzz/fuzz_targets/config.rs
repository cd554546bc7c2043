//! A config: it loads, and then it can be drawn, or every mistake has its line.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use yakei_core::config::Config;
use yakei_core::controls::Catalogue;

fuzz_target!(|text: &str| {
    let config = match Config::parse(text) {
        Ok(config) => config,
        Err(mistakes) => {
            let lines = text.lines().count().max(1);
            assert!(!mistakes.errors().is_empty());
            assert!(mistakes.errors().iter().all(|it| (1..=lines + 1).contains(&it.line)), "{mistakes}");
            return;
        }
    };
    let _ = Catalogue::with_own(&config.controls).and_then(|all| all.select(&config.controls));
    // One picture is a thousand looks at the calendar.
    let at = Timestamp::from_second(1_800_000_000).expect("an instant");
    if let Some(schedule) = config.schedules.last() {
        let picture = schedule.calendar.picture(&schedule.name, at);
        assert_eq!(picture.lines().filter(|line| line.starts_with('>')).count(), 1, "{picture}");
    }
});
