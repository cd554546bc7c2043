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
    assert_eq!(config.notify.emails, ["security@example.com"]);
    assert_eq!(config.trail.retention_days, 400);
}
