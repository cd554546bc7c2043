//! A message from the alarms' topic: whatever it is, one notice that fits, and windows in order.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use yakei_core::alarm::{Message, Origin, bridged};
use yakei_core::digest::HandedOver;
use yakei_core::notice::{Language, Notice, Style};

/// What SNS takes.
const LIMIT: usize = 262_144;

fuzz_target!(|body: &str| {
    let _ = HandedOver::read(body).map(|it| it.body());
    let notice = match Message::read(body, Origin::default()) {
        Message::Other(why) => Notice::of_other("1", Some(body), body, why),
        Message::Alarm(alarm) => {
            let breach = alarm.breach();
            let _ = (alarm.expected(&breach.points), alarm.watches.metrics(), breach.is_whole());
            let windows = alarm.windows(&breach.points);
            assert!(windows.is_sorted_by(|a, b| a.to < b.from), "apart, and in order: {windows:?}");
            let all = || windows.iter().copied().chain([alarm.fallback_window(Timestamp::UNIX_EPOCH)]);
            assert!(all().all(|it| it.from <= it.to), "{windows:?}");
            assert!(bridged(&windows, 5).len() <= 5);
            Notice::of_alarm("1", &alarm)
        }
    };
    let outgoing = notice.outgoing(&Style::default());
    assert!(outgoing.bytes() <= LIMIT, "{} bytes", outgoing.bytes());
    assert!(outgoing.subject.encode_utf16().count() < 100, "{}", outgoing.subject);
    assert!(outgoing.ascii_subject.is_ascii() && outgoing.ascii_subject.len() < 100, "{}", outgoing.ascii_subject);
    let json: serde_json::Value = serde_json::from_str(&notice.json(Language::Ja)).expect("JSON");
    assert_eq!(json["schema"], "yakei.notice/1");
});
