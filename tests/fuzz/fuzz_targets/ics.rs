//! A calendar file that a config names: its days are holidays, or the config is refused and says so.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use yakei_core::config::Config;

const CONFIG: &str = "[[schedule]]\ntimezone = \"Asia/Tokyo\"\nwindows = []\nholiday_files = [\"office.ics\"]\n\
                      [notify]\nemails = [\"a@example.com\"]\n";

fuzz_target!(|text: &str| {
    match Config::parse_with(CONFIG, &|_| Ok(text.to_owned())) {
        Ok(config) => {
            let at = Timestamp::from_second(1_800_000_000).expect("an instant");
            for schedule in &config.schedules {
                let _ = schedule.calendar.picture(&schedule.name, at);
            }
        }
        Err(mistakes) => assert!(mistakes.to_string().contains("office.ics"), "{mistakes}"),
    }
});
