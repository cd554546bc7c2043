//! Log lines, and a notice that tells them: it fits into a message, and nothing in it steers a terminal.

#![no_main]

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use yakei_core::activity::Groups;
use yakei_core::alarm::{Message, Origin};
use yakei_core::ignore::Folded;
use yakei_core::notice::{Language, Notice, Style};

/// What SNS takes.
const LIMIT: usize = 262_144;

fuzz_target!(|input: &str| {
    let mut groups = Groups::default();
    for line in input.lines() {
        groups.add_line(line, Timestamp::UNIX_EPOCH);
    }
    let found = groups.newest_first();
    assert!(found.is_sorted_by(|a, b| a.last >= b.last) && found.iter().all(|it| it.first <= it.last && it.count > 0));
    let Message::Alarm(alarm) = Message::read(r#"{"AlarmName": "a"}"#, Origin::default()) else { unreachable!() };
    let mut notice = Notice::of_alarm("1", &alarm);
    notice.found(Folded { remaining: found, ..Folded::default() });
    for (chat, language) in [(false, Language::En), (true, Language::En), (false, Language::Ja), (true, Language::Ja)] {
        let style = Style { chat, language, ..Style::default() };
        let (outgoing, mail) = (notice.outgoing(&style), notice.mail(&style));
        assert!(outgoing.bytes() <= LIMIT, "{} bytes", outgoing.bytes());
        assert!(outgoing.subject.encode_utf16().count() < 100, "{}", outgoing.subject);
        assert!(outgoing.ascii_subject.is_ascii() && outgoing.ascii_subject.len() < 100, "{}", outgoing.ascii_subject);
        assert!(!mail.chars().any(|c| c.is_control() && c != '\n'), "{mail:?}");
    }
});
