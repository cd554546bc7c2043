//! A message from the alarms' topic: whatever it is, one notice that fits, and windows in order.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use yakei_core::alarm::{Message, Origin, merged};
use yakei_core::notice::{Notice, Style};

/// What SNS takes.
const LIMIT: usize = 262_144;

fuzz_target!(|body: &str| {
    let notice = match Message::read(body, Origin::default()) {
        Message::Other(why) => Notice::of_other("1", Some(body), body, why),
        Message::Alarm(alarm) => {
            let datapoints = alarm.breaching();
            let _ = alarm.expected(&datapoints);
            for metric in alarm.metrics() {
                let mut windows = merged(metric.windows(&datapoints));
                windows.push(metric.fallback_window(Timestamp::UNIX_EPOCH));
                assert!(windows.iter().all(|it| it.from <= it.to), "{windows:?}");
            }
            Notice::of_alarm("1", &alarm)
        }
    };
    let outgoing = notice.outgoing(&Style::default());
    assert!(outgoing.bytes() <= LIMIT, "{} bytes", outgoing.bytes());
    assert!(outgoing.subject.is_ascii() && outgoing.subject.len() <= 100, "{}", outgoing.subject);
    let json: serde_json::Value = serde_json::from_str(&notice.json()).expect("JSON");
    assert_eq!(json["schema"], "yakei.notice/1");
});
