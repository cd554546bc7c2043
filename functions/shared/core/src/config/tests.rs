use std::fmt::Write as _;

use super::*;

#[test]
fn three_lines_are_enough() {
    let config = Config::parse(
        r#"schedule.timezone = "Asia/Tokyo"
schedule.windows = [{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }]
notify.emails = ["security@example.com"]"#,
    )
    .unwrap();
    assert_eq!(config.name.as_str(), "yakei");
    assert_eq!(config.schedules[0].name, "schedule-1");
    assert_eq!(config.schedules[0].alarms, [AlarmSelector::Exact("yakei-ConsoleLogin".to_owned())]);
    assert_eq!(config.notify.timezone.name(), "Asia/Tokyo");
    assert_eq!(config.notify.emails[0].address, "security@example.com");
    assert_eq!((config.notify.languages, config.notify.emails[0].languages.len()), (vec![Language::En], 0));
    assert_eq!(config.trail.retention_days, 400);
}

#[test]
fn the_file_that_users_edit_is_right() {
    let config = Config::parse(include_str!("../../../../../infra/yakei.toml")).unwrap();
    assert_eq!(config.schedules[0].name, "tokyo-office");
    assert_eq!(config.notify.timezone.name(), "Asia/Tokyo");
    let calendar = &config.schedules[0].calendar;
    let open = |instant: &str| calendar.at(instant.parse().unwrap()).in_business_hours;
    assert!(open("2026-11-24T00:00:00Z") && !open("2026-11-23T00:00:00Z"), "the 23rd is a holiday");
    assert!(open("2026-12-28T02:59:59Z") && !open("2026-12-28T03:00:00Z"), "half a day");
}

const OFFICE: &str =
    "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nCATEGORIES:Public holiday\nEND:VEVENT\nEND:VCALENDAR\n";

/// The comments in the file are examples; they must load as well once uncommented.
#[test]
fn its_commented_examples_are_right_too() {
    let text = include_str!("../../../../../infra/yakei.toml");
    let uncommented: Vec<_> = text
        .lines()
        .map(|line| {
            let key = |rest: &str| {
                let key = rest.split_once(" = ").map_or("", |(key, _)| key.trim_end());
                !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            };
            line.strip_prefix("# ").filter(|rest| rest.starts_with('[') || key(rest)).unwrap_or(line)
        })
        .collect();
    let beside = |name: &str| match name {
        "office.ics" => Ok(OFFICE.to_owned()),
        other => Err(format!("no {other} here")),
    };
    let config = Config::parse_with(&uncommented.join("\n"), &beside).unwrap();
    assert_eq!(config.trail.log_group.as_deref(), Some("/aws/cloudtrail"));
    assert!((config.controls.thresholds["UnauthorizedAPICalls"] - 1.0).abs() < f64::EPSILON);
}

/// What cannot stand beside the example above it.
#[test]
fn its_examples_of_what_a_trail_of_ones_own_can_be_are_right_too() {
    let text = include_str!("../../../../../infra/yakei.toml");
    let instead: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("#   ")).filter(|it| it.contains(" = ")).collect();
    assert!(instead.len() > 2, "{instead:?}");
    for line in instead {
        let config = format!(
            "schedule = [{{ timezone = \"UTC\", windows = [] }}]\n[notify]\nemails = ['a@b.cc']\n[trail]\n{line}\n"
        );
        Config::parse(&config).unwrap_or_else(|wrong| panic!("{line}: {wrong}"));
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let errors = Config::parse(
        r#"nmae = "yakei"
name = "Yakei!"
[[schedule]]
timezone = "Asia/Tokio"
windwos = []
holidays = [2026-11-23, "2026/11/23", 7]
alarms = ["", "*", "a*b*"]
[[schedule]]
name = "night shift"
timezone = 9
windows = [{ days = "Mon", start = 09:00, end = "18:00", until = "x" }, { days = ["Monday", "fri", 3], start = "22:00", end = "25:00" }, {}]
dates = { "2026-02-30" = [], "2026-12-28" = [{ start = "9:00" }], "2026-12-29" = true }
[[schedule]]
name = "twin"
timezone = "UTC"
windows = []
digset = false
[[schedule]]
name = "twin"
timezone = "UTC"
windows = []
alarms = []
[notify]
emails = ["nobody", "a@b@c.d", "x@y.zz, z@y.zz", 1]
timezone = "JST"
[trail]
retention_days = 100
bucket = ""
[controls]
only = []
skip = "all"
thresholds = { ConsoleLogin = 0, RootUsage = "many" }
[extra]
"#,
    )
    .unwrap_err();
    insta::assert_snapshot!(errors);
}

#[test]
fn missing_and_empty_parts_are_mistakes() {
    let mut report = String::new();
    for text in [
        "",
        "schedule = []",
        "[[schedule]]",
        "[notify]\n[trail]\n[controls]\n[schedule]\n",
        "schedule = 3",
        "[[schedule]]\nname = \"a\"",
    ] {
        writeln!(report, "{text:?}\n{}\n", Config::parse(text).unwrap_err()).unwrap();
    }
    insta::assert_snapshot!(report);
}

#[test]
fn broken_syntax_is_told_with_what_else_is_wrong() {
    let errors = Config::parse(
        "name = \"corp\"\n[[schedule]]\ntimezone = \"Asia/Tokio\"\nwindows = [{ days = [\"Mon\" }]\nalarms = [\"corp-*\"]\n[notify\nemails = [a]\n",
    )
    .unwrap_err();
    insta::assert_snapshot!(errors);
}

#[test]
fn what_can_be_read_of_a_broken_file_serves_the_fail_safe() {
    let errors = Config::parse(
        "name = \"corp\"\nnope = 1\n[[schedule]]\ntimezone = \"x\"\nwindows = []\nalarms = [\"other-*\"]\n[[schedule]]\ntimezone = \"UTC\"\n",
    )
    .unwrap_err();
    assert_eq!(errors.name().map(Name::as_str), Some("corp"));
    let alarms: Vec<_> = errors.alarms().iter().map(ToString::to_string).collect();
    assert_eq!(alarms, ["other-*", "corp-ConsoleLogin"]);
    assert_eq!(errors.errors().len(), 3, "{errors}");
}

#[test]
fn a_country_s_holidays_can_be_named() {
    use crate::hours::Because;
    let config = |calendars: &str| {
        Config::parse(&format!(
            r#"schedule = [{{ timezone = "Asia/Tokyo", holiday_calendars = {calendars}, dates = {{ "2038-01-05" = [{{ start = "09:00", end = "10:00" }}] }},
                windows = [{{ days = ["Mon", "Tue", "Wed", "Thu", "Fri"], start = "09:00", end = "18:00" }}] }}]"#
        ))
    };
    let config_jp = config("[\"jp\"]").unwrap();
    let calendar = &config_jp.schedules[0].calendar;
    let cases = [
        ("2026-09-22T01:00:00Z", false, Because::Holiday), // between two holidays
        ("2027-03-22T01:00:00Z", false, Because::Holiday), // instead of a Sunday
        ("2026-09-24T01:00:00Z", true, Because::Window),
        ("2037-12-31T01:00:00Z", true, Because::Window),
        ("2038-01-04T01:00:00Z", false, Because::FailSafe), // not covered
        ("2038-01-05T00:30:00Z", true, Because::Date),      // and yet this date is clear
        ("2025-12-31T01:00:00Z", false, Because::FailSafe),
    ];
    for (instant, open, because) in cases {
        let reading = calendar.at(instant.parse().unwrap());
        assert_eq!((reading.in_business_hours, reading.because), (open, because), "{instant}");
    }
    let error = config("[\"jp\", \"uk\"]").unwrap_err().to_string();
    assert!(
        error.contains("schedule[0].holiday_calendars[1]: \"uk\" is no calendar of holidays; known: au, br, ca,"),
        "{error}"
    );
}

proptest::proptest! {
    /// Whatever a text holds, it is read or refused with at least one placed mistake.
    #[test]
    fn never_panics(text in "[\\[\\]{}=\",.#\na-z0-9é ]{0,80}") {
        if let Err(errors) = Config::parse(&text) {
            assert!(errors.errors().iter().all(|e| e.line >= 1 && e.column >= 1));
            assert!(!errors.errors().is_empty());
        }
    }
}

#[test]
fn own_controls_are_read_and_tried_on_their_samples() {
    let config = |own: &str| {
        let schedule =
            "[[schedule]]\ntimezone = 'UTC'\nwindows = [{ days = ['Mon'], start = '09:00', end = '18:00' }]\n";
        Config::parse(&format!(
            "{schedule}[controls]\nbenchmark = 'cis-3.0'\ncompanions = true\n[[controls.own]]\n{own}"
        ))
    };
    let good = config(
        "key = 'Vaults'\npattern = '{ $.eventName = DeleteBackupVault }'\nnotice = 'A vault was deleted'\nseverity = 'high'\n\
         threshold = 2\nmust_match = ['{\"eventName\":\"DeleteBackupVault\"}']\n",
    )
    .unwrap();
    assert!(good.controls.companions);
    let own = &good.controls.own[0];
    assert_eq!((own.key.as_str(), own.threshold, own.period), ("Vaults", 2.0, 300));
    assert_eq!((own.title.as_str(), own.severity), ("A vault was deleted", crate::controls::Severity::High));

    let bad = config(
        "key = 'Vaults'\npattern = '{ $.eventName = }'\nnotice = 'x'\nmust_match = ['nonsense']\nsevrity = 'low'\n",
    );
    insta::assert_snapshot!(bad.unwrap_err().to_string());
}

#[test]
fn regions_are_all_or_named() {
    let config = |trail: &str| {
        let schedule =
            "[[schedule]]\ntimezone = 'UTC'\nwindows = [{ days = ['Mon'], start = '09:00', end = '18:00' }]\n";
        Config::parse(&format!("{schedule}[trail]\n{trail}\n"))
    };
    assert_eq!(config("regions = ['all']").unwrap().trail.regions, Regions::Enabled);
    assert_eq!(
        config("regions = ['us-east-1', 'il-central-1', 'us-east-1']").unwrap().trail.regions,
        Regions::Listed(vec!["il-central-1".into(), "us-east-1".into()])
    );
    for (bad, why) in [
        ("regions = []", "all"),
        ("regions = ['all', 'us-east-1']", "alone"),
        ("regions = ['Tokyo']", "no Region"),
        ("regions = ['all']\nname = 'company'", "remove name"),
        ("organization = 'acme'", "no organization"),
        ("organization = 'o-a1b2c3d4e5'\nregions = ['all']", "one trail"),
    ] {
        assert!(config(bad).unwrap_err().to_string().contains(why), "{bad}");
    }
}

#[test]
fn a_key_is_named_by_its_arn() {
    let config = |key: &str| {
        let schedule =
            "[[schedule]]\ntimezone = 'UTC'\nwindows = [{ days = ['Mon'], start = '09:00', end = '18:00' }]\n";
        Config::parse(&format!("{schedule}[notify]\nemails = ['a@example.com']\nkms_key = '{key}'\n"))
    };
    let arn = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd";
    assert_eq!(config(arn).unwrap().notify.kms_key.as_deref(), Some(arn));
    for bad in ["alias/aws/sns", "1234abcd", "arn:aws:kms:eu-west-1:111122223333:alias/x"] {
        assert!(config(bad).unwrap_err().to_string().contains("customer key"), "{bad}");
    }
}

fn notify(lines: &str) -> Result<Config, ConfigErrors> {
    Config::parse(&format!("schedule = [{{ timezone = \"UTC\", windows = [] }}]\n[notify]\n{lines}\n"))
}

#[test]
fn existing_topics_are_named_or_given_by_their_arn() {
    let arn = "arn:aws:sns:eu-west-1:111122223333:company";
    let config = notify(&format!("topic = \"people\"\nalarm_topic = \"{arn}\"")).unwrap();
    assert_eq!(config.notify.topic, Some(ExistingTopic { name: "people".into(), arn: None }));
    assert_eq!(config.notify.alarm_topic, Some(ExistingTopic { name: "company".into(), arn: Some(arn.into()) }));
    assert!(config.notify.emails.is_empty());
}

#[test]
fn each_address_gets_its_language() {
    let read = |lines: &str| notify(lines).map_err(|it| it.to_string()).map(|it| it.notify);
    let ja =
        read("language = \"ja\"\nemails = [\"a@example.com\", { address = \"b@example.com\", language = \"ja\" }]")
            .unwrap();
    assert_eq!(ja.languages, [Language::Ja]);
    assert!(ja.emails.iter().all(|it| it.languages.is_empty()), "one language needs no filter: {:?}", ja.emails);
    let both = read(
        r#"language = ["ja", "en"]
emails = ["a@example.com", { address = "b@example.com", language = "en" }, { address = "c@example.com", language = ["en", "ja"] }]"#,
    )
    .unwrap();
    let languages: Vec<&[Language]> = both.emails.iter().map(|it| it.languages.as_slice()).collect();
    assert_eq!(languages, [&[Language::Ja][..], &[Language::En], &[Language::En, Language::Ja]]);
    for (lines, expected) in [
        ("language = \"de\"", "one of \"en\", \"ja\" is expected, this is \"de\""),
        ("language = []", "at least one language"),
        ("language = [\"ja\", \"ja\"]", "\"ja\" is there twice"),
        ("language = 1", "a list in [ ] is expected"),
        ("emails = [{ address = \"a@example.com\", language = \"ja\" }]", "nothing is sent in \"ja\""),
        ("emails = [{ address = \"a@example.com\" }]", "emails[0].language: missing"),
        ("emails = [{ address = \"a@example.com\", language = \"en\", lang = 1 }]", "unknown key"),
        (
            "language = [\"en\", \"ja\"]\nemails = [\"a@example.com\", { address = \"a@example.com\", language = \"ja\" }]",
            "SNS subscribes an address once",
        ),
    ] {
        let lines =
            if lines.contains("emails") { lines.to_owned() } else { format!("{lines}\nemails = [\"a@example.com\"]") };
        let error = read(&lines).unwrap_err();
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

/// Else a slip elsewhere in the file would send notices in a language that nobody has subscribed.
#[test]
fn a_file_with_mistakes_still_says_its_languages() {
    let languages = |lines: &str| notify(lines).unwrap_err().languages().to_vec();
    assert_eq!(languages("language = [\"ja\", \"en\"]\nemails = [\"nobody\"]"), [Language::Ja, Language::En]);
    assert_eq!(languages("emails = [\"nobody\"]"), [Language::En]);
    assert_eq!(languages("language = \"nihongo\"\nemails = [\"a@example.com\"]"), []);
    assert_eq!(languages("language = \"ja\"\nemails = [\"a@example.com\""), [Language::Ja], "a list that does not end");
    assert_eq!(languages("language \"ja\"\nemails = [\"a@example.com\"]"), [], "it may have been this very line");
    assert_eq!(Config::parse("nmae = 1").unwrap_err().languages(), [Language::En]);
}

/// Else the chat applications would drop the very notices that tell of the slip.
#[test]
fn a_file_with_mistakes_still_says_whether_chat_applications_listen() {
    let chat = |lines: &str| notify(lines).unwrap_err().chat();
    assert!(chat("https = \"chat\"\nemails = [\"nobody\"]"));
    assert!(chat("https = \"chat\"\nemails = [\"a@example.com\""), "a list that does not end");
    for not in [
        "emails = [\"nobody\"]",
        "https = \"json\"\nemails = [\"nobody\"]",
        "https = \"chatter\"\nemails = [\"a@example.com\"]",
    ] {
        assert!(!chat(not), "{not}");
    }
    assert!(!Config::parse("nmae = 1").unwrap_err().chat());
}

#[test]
fn own_controls_speak_their_languages() {
    let own = |lines: &str| {
        let text = format!(
            "emails = [\"a@example.com\"]\n[[controls.own]]\nkey = \"Mine\"\nnotice = \"A vault was deleted\"\n\
             pattern = '{{ $.eventName = \"DeleteBackupVault\" }}'\n{lines}"
        );
        notify(&text).map(|it| it.controls.own[0].clone()).map_err(|it| it.to_string())
    };
    let plain = own("").unwrap();
    assert_eq!(plain.notice_in(Language::Ja), None, "the alarm's own description is shown then");
    assert_eq!(plain.next_in(Language::Ja), "操作した人に、計画された操作かどうかを確認してください。");
    assert_eq!(own("next = \"Ask.\"").unwrap().next_in(Language::Ja), "Ask.");
    let ja = own("texts.ja = { notice = \"ボールトが削除されました\" }").unwrap();
    assert_eq!(ja.notice_in(Language::Ja), Some("ボールトが削除されました"));
    for (lines, expected) in [
        ("texts.de = { notice = \"x\" }", "there is no language \"de\""),
        ("texts.en = { notice = \"x\" }", "English is what notice and next beside texts are"),
        ("texts.ja = {}", "empty section"),
        ("texts.ja = { titel = \"x\" }", "unknown key"),
    ] {
        let error = own(lines).unwrap_err();
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

#[test]
fn topics_that_cannot_work_are_refused() {
    let emails = "emails = [\"a@example.com\"]";
    for (lines, expected) in [
        ("topic = \"a.fifo\"".to_owned(), "notify.topic"),
        ("topic = \"arn:aws:sqs:eu-west-1:1:queue\"".to_owned(), "name or ARN of a topic"),
        ("topic = \"a\"\nalarm_topic = \"a\"".to_owned(), "a topic each"),
        (format!("{emails}\nalarm_topic = \"yakei-notices\""), "a topic each"),
        ("topic = \"yakei-alarms\"".to_owned(), "a topic each"),
        ("alarm_topic = \"a\"".to_owned(), "notify.emails"),
    ] {
        let error = notify(&lines).unwrap_err().to_string();
        assert!(error.contains(expected), "{lines}: {error}");
    }
}

#[test]
fn a_day_stands_once_in_a_window() {
    let text = "schedule = { timezone = \"UTC\", windows = [{ days = [\"Mon\", \"Mon\"], start = \"09:00\", end = \"10:00\" }] }";
    let errors = Config::parse(text).unwrap_err();
    assert_eq!(errors.errors()[0].key, "schedule.windows[0].days[1]");
    assert!(errors.to_string().contains("stands twice"), "{errors}");
}

/// A file with mistakes arms what it may have muted before: everything that can be read.
#[test]
fn one_bad_selector_takes_no_other_from_the_fail_safe() {
    let alarms = |list: &str| {
        let text = format!("[[schedule]]\ntimezone = \"UTC\"\nwindows = []\nalarms = {list}\n");
        let errors = Config::parse(&text).unwrap_err();
        errors.alarms().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(alarms("[\"a\", \"*\", \"b-*\", 7, \"\"]"), ["a", "b-*"]);
    assert_eq!(alarms("\"yakei-*\""), ["yakei-*"]);
    assert_eq!(alarms("[7]"), [""; 0]);
    assert_eq!(alarms("[[\"a\", 5], \"b\", { name = \"c-*\" }]"), ["b", "a", "c-*"]);
    // A slip in a key, a table of another name, a schedule that is none, and no TOML at all after it.
    for (text, expected) in [
        ("[[schedule]]\ntimezone = \"UTC\"\nwindows = []\nalarm = [\"a\"]\n", vec!["yakei-ConsoleLogin", "a"]),
        ("[[schedule]]\ntimezone = \"UTC\"\nwindows = []\nAlarms = \"a\"\n", vec!["yakei-ConsoleLogin", "a"]),
        ("[[schedules]]\ntimezone = \"UTC\"\nwindows = []\nalarms = [\"a\", \"b*\"]\n", vec!["a", "b*"]),
        ("schedule = [7, { timezone = \"UTC\", windows = [], alarms = [\"a\"] }]\n", vec!["a"]),
        ("schedule = [[{ timezone = \"UTC\", windows = [], alarms = [\"a\"] }]]\n", vec!["a"]),
        ("[[schedule]]\nalarms = [\"a\"]\n[[schedule]]\nalarms = [\"b\",\n", vec!["a", "b"]),
    ] {
        let errors = Config::parse(text).unwrap_err();
        assert_eq!(errors.alarms().iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{text}");
    }
}

/// The alarm that tells of changes to the watch itself cannot be muted by any schedule.
#[test]
fn a_schedule_that_names_the_watch_of_the_watch_is_a_mistake_and_a_prefix_leaves_it_out() {
    let text = |name: &str, alarms: &str| {
        format!("name = \"{name}\"\n[[schedule]]\ntimezone = \"UTC\"\nwindows = []\nalarms = {alarms}\n")
    };
    let errors = Config::parse(&text("watch", r#"["watch-ConsoleLogin", "watch-MonitoringChanges"]"#)).unwrap_err();
    let [error] = errors.errors() else { panic!("{errors}") };
    assert_eq!((error.line, error.key.as_str()), (5, "schedule[0].alarms[1]"));
    assert!(
        error.message.contains("never muted") && error.message.contains("skip = [\"MonitoringChanges\"]"),
        "{error}"
    );
    for (alarms, remarks) in [
        (r#"["watch-*"]"#, 1),
        (r#"["watch-Mon*", "watch-RootUsage"]"#, 1),
        // Another installation's, as far as it is known here.
        (r#"["yakei-MonitoringChanges", "watch-Root*"]"#, 0),
    ] {
        let config = Config::parse(&text("watch", alarms)).unwrap();
        assert_eq!(config.remarks.len(), remarks, "{alarms}");
        assert!(config.remarks.iter().all(|it| it.message.contains("watch-MonitoringChanges is left out")));
    }
}

#[test]
fn a_meeting_in_a_calendar_of_holidays_is_a_remark_with_its_place() {
    let text = "schedule = { timezone = \"UTC\", windows = [], holiday_files = [\"a.ics\"] }\n[notify]\nemails = [\"a@example.com\"]";
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261225\nEND:VEVENT\nBEGIN:VEVENT\nSUMMARY:Party\nDTSTART:20261218T060000Z\nEND:VEVENT\nEND:VCALENDAR";
    let config = Config::parse_with(text, &|_| Ok(calendar.to_owned())).unwrap();
    let remarks: Vec<String> = config.remarks.iter().map(ToString::to_string).collect();
    assert_eq!(
        remarks,
        ["line 1, column 63: schedule.holiday_files[0]: a.ics, line 5: event \"Party\" has a time of day: it is no \
             holiday and was left out"]
    );
}

#[test]
fn a_thousand_mistakes_have_their_own_places() {
    let lines: Vec<String> = (0..1000).map(|n| format!("x{n} = \"{}\"", "夜".repeat(20))).collect();
    let text = lines.join("\n");
    let errors = Config::parse(&text).unwrap_err();
    let places: Vec<_> =
        errors.errors().iter().filter(|it| it.key.starts_with('x')).map(|it| (it.line, it.column)).collect();
    assert_eq!(places, (1..=1000).map(|line| (line, 1)).collect::<Vec<_>>());
    let one_line = format!("schedule = [{}]", "7, ".repeat(1000));
    let errors = Config::parse(&one_line).unwrap_err();
    let columns: Vec<_> =
        errors.errors().iter().filter(|it| it.key.starts_with("schedule[")).map(|it| it.column).collect();
    assert_eq!(columns, (0..1000).map(|n| 13 + 3 * n).collect::<Vec<_>>());
}

#[test]
fn looking_back_is_on_unless_it_is_switched_off() {
    let of = |line: &str| {
        let schedule = "[[schedule]]\ntimezone = \"Asia/Tokyo\"\nwindows = [{ days = [\"Mon\"], start = \"09:00\", end = \"18:00\" }]\n";
        let text = format!("{schedule}[notify]\nemails = [\"a@example.com\"]\n{line}\n");
        Config::parse(&text).map(|config| config.notify.history)
    };
    assert!(of("").unwrap());
    assert!(of("history = true").unwrap());
    assert!(!of("history = false").unwrap());
    assert!(of("history = \"no\"").is_err());
}
