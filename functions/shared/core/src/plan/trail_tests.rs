//! The trail of Yakei's own and those of others, on accounts in memory.

use super::*;
use crate::arns::Place;
use crate::config::Config;
use crate::controls::Catalogue;

const CONFIG: &str = "
schedule = [{ timezone = \"UTC\", windows = [] }]
[notify]
emails = [\"security@example.com\"]
[controls]
only = [\"RootUsage\"]
[trail]
";

fn config(trail: &str) -> Config {
    Config::parse(&format!("{CONFIG}{trail}\n")).unwrap()
}

fn wanted_with(trail: &str, facts: &Facts) -> Desired {
    let config = config(trail);
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    desired(&config, &controls, facts)
}

fn wanted(trail: &str) -> Desired {
    wanted_with(trail, &Facts::deployed_in("eu-west-1"))
}

fn one(all: &Desired, kind: Kind, part: &str) -> Resource {
    let found = all.of_kind(kind).find(|it| it.key.name.contains(part)).map(|it| it.want.clone());
    let Some(Want::Make(resource)) = found else { panic!("{part}: {found:?}") };
    resource
}

fn trail(all: &Desired) -> Trail {
    let Resource::Trail(trail) = one(all, Kind::Trail, "yakei-trail") else { panic!("a trail") };
    trail
}

/// What a plan says of the trail where this is found.
fn said(all: &Desired, have: Trail) -> Change {
    let key = all.key(Kind::Trail, "yakei-trail");
    let observed = Observed([(key.clone(), Found::Ours(Resource::Trail(have)))].into());
    diff(all, &observed).into_iter().find(|change| change.key == key).unwrap()
}

#[test]
fn data_events_are_recorded_for_every_bucket_but_the_trails_own() {
    let all = wanted("data_events = [\"s3\"]");
    let [selector] = &trail(&all).data_events[..] else { panic!("one selector") };
    let own: Vec<&str> = all.of_kind(Kind::Bucket).map(|it| it.key.name.as_str()).collect();
    assert!(!own.is_empty());
    for bucket in own {
        assert!(!selector.records_writes_to(&format!("arn:aws:s3:::{bucket}")), "{bucket}");
    }
    assert!(selector.records_writes_to("arn:aws:s3:::somebodys"));
    // A bucket that exists already is the trail's own as well.
    let existing = trail(&wanted("bucket = \"company-logs\"\ndata_events = [\"s3\"]"));
    assert!(!existing.data_events[0].records_writes_to("arn:aws:s3:::company-logs"));
    assert!(existing.data_events[0].records_writes_to("arn:aws:s3:::company"));
}

#[test]
fn each_regions_trail_records_data_events_and_leaves_out_the_one_bucket_of_all() {
    let facts = Facts::deployed_in("eu-west-1");
    let config = config("regions = [\"eu-west-1\", \"us-east-1\"]\ndata_events = [\"s3\"]");
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let home = desired(&config, &controls, &facts);
    let [other] = &satellites(&config, &controls, &facts)[..] else { panic!("one other Region") };
    let bucket = "arn:aws:s3:::yakei-trail-111122223333-eu-west-1";
    for all in [&home, other] {
        let [selector] = &trail(all).data_events[..] else { panic!("one selector") };
        assert!(!selector.records_writes_to(bucket));
    }
}

#[test]
fn data_events_that_differ_or_are_no_longer_wanted_are_a_change() {
    let (with, without) = (wanted("data_events = [\"s3\"]"), wanted("retention_days = 30"));
    let right = trail(&with);
    assert_eq!(said(&with, right.clone()).why, Why::Right);
    let none = Trail { data_events: Vec::new(), ..right.clone() };
    let missing = said(&with, none.clone());
    assert_eq!(missing.why, Why::Differs);
    assert!(missing.detail.starts_with("data events none → yakei-s3-1: "), "{}", missing.detail);
    // What costs by every event goes when nobody wants it any longer.
    assert_eq!(said(&without, right).why, Why::Differs);
    assert_eq!(said(&without, none).why, Why::Right);
}

#[test]
fn a_selector_of_others_that_records_the_trails_own_deliveries_is_no_right_trail() {
    let all = wanted("retention_days = 30");
    let fed = Trail { feeds_itself: Some("everything".into()), ..trail(&all) };
    let problem = said(&all, fed).problem.unwrap();
    assert_eq!(problem.kind, ProblemKind::Unfit);
    assert!(problem.message.contains("\"everything\""), "{problem}");
}

#[test]
fn what_costs_by_what_others_do_is_said_with_its_price() {
    let keys = |trail: &str| costs(&config(trail)).iter().map(|cost| cost.key).collect::<Vec<_>>();
    assert!(!keys("retention_days = 30").contains(&"[trail] data_events"));
    let all = costs(&config("data_events = [\"s3\"]"));
    let events = all.iter().find(|cost| cost.key == "[trail] data_events").unwrap();
    assert!(events.usd > 0.0 && events.per == Per::DataEvents && events.list.contains("2026"));
}

fn misplaced_at(trail: &str, region: &str, delivers_to: Option<&str>) -> Vec<String> {
    let place = Place { partition: "aws".into(), account: "111122223333".into(), region: region.into() };
    let lines = misplaced(&config(trail), &place, delivers_to);
    let problems = lines.into_iter().map(|it| it.problem.unwrap());
    problems.inspect(|it| assert_eq!(it.kind, ProblemKind::WrongPlace)).map(|it| it.to_string()).collect()
}

#[test]
fn a_trail_of_another_account_or_region_is_told_with_both_and_one_of_here_is_used() {
    let named =
        |account: &str, region: &str| format!("name = \"arn:aws:cloudtrail:{region}:{account}:trail/landing-zone\"");
    let group = |account: &str, region: &str| format!("arn:aws:logs:{region}:{account}:log-group:landing-zone/trail:*");
    for (account, region, mend) in [
        ("444455556666", "eu-west-1", "Run Yakei in account 444455556666, Region eu-west-1"),
        ("444455556666", "us-west-2", "Run Yakei in account 444455556666, Region us-west-2"),
        ("111122223333", "us-west-2", "Set AWS_REGION to us-west-2"),
    ] {
        // With the log group that GetTrail tells, and where it tells none, by the trail's own ARN.
        for delivers_to in [Some(group(account, region)), None] {
            let [told] = &misplaced_at(&named(account, region), "eu-west-1", delivers_to.as_deref())[..] else {
                panic!("{account} {region}: one line")
            };
            assert!(told.contains(&format!("account {account}, Region {region}")) && told.contains(mend), "{told}");
        }
        // A trail of this place, known by its name, that delivers elsewhere.
        let told = misplaced_at("name = \"landing-zone\"", "eu-west-1", Some(&group(account, region)));
        assert_eq!(told.len(), 1, "{told:?}");
    }
    let here = group("111122223333", "eu-west-1");
    assert_eq!(misplaced_at(&named("111122223333", "eu-west-1"), "eu-west-1", Some(&here)), [""; 0]);
    assert_eq!(misplaced_at("name = \"landing-zone\"", "eu-west-1", Some(&here)), [""; 0]);
}

#[test]
fn a_trail_named_by_its_arn_is_asked_by_its_arn_and_nothing_of_it_is_made() {
    let arn = "arn:aws:cloudtrail:eu-west-1:111122223333:trail/landing-zone";
    let trail_log_group_arn = Some("arn:aws:logs:eu-west-1:111122223333:log-group:landing-zone/trail:*".to_owned());
    let facts = Facts { trail_log_group_arn, ..Facts::deployed_in("eu-west-1") };
    let all = wanted_with(&format!("name = \"{arn}\""), &facts);
    assert!(all.used(&all.key(Kind::Trail, arn)).is_some());
    assert_eq!(all.log_group(), "landing-zone/trail");
    for kind in [Kind::Bucket, Kind::BucketPolicy, Kind::Delivery] {
        assert_eq!(all.of_kind(kind).count(), 0, "{kind:?}");
    }
}

fn bucket(all: &Desired, part: &str) -> Bucket {
    let Resource::Bucket(bucket) = one(all, Kind::Bucket, part) else { panic!("a bucket") };
    bucket
}

/// What a finished account holds.
fn complete(all: &Desired) -> Observed {
    let made = diff(all, &Observed::default()).into_iter();
    Observed(made.filter_map(|change| Some((change.key, Found::Ours(change.want?)))).collect())
}

fn line(all: &Desired, account: &Observed, part: &str) -> Change {
    diff(all, account)
        .into_iter()
        .find(|change| change.key.kind == Kind::Bucket && change.key.name.contains(part))
        .unwrap()
}

const ACCESS: &str = "yakei-access-111122223333-eu-west-1";

#[test]
fn who_reads_the_bucket_is_written_into_another_one_unless_it_exists_already_or_nobody_wants_it() {
    let all = wanted("retention_days = 30");
    assert_eq!(
        bucket(&all, "yakei-trail").access_logs,
        Some(AccessLogs { bucket: ACCESS.into(), prefix: "trail/".into() })
    );
    let target = bucket(&all, ACCESS);
    assert_eq!((target.access_logs, target.public_access_blocked), (None, true), "no log of logs");
    for none in [
        "access_logs = false",
        "bucket = \"company\"",
        "bucket = \"company\"\naccess_logs = false",
        "name = \"company\"",
    ] {
        let all = wanted(none);
        assert!(all.of_kind(Kind::Bucket).all(|it| it.key.name != ACCESS), "{none}");
    }
    for wrong in ["bucket = \"company\"\naccess_logs = true", "name = \"company\"\naccess_logs = true"] {
        let told = Config::parse(&format!("{CONFIG}{wrong}\n")).unwrap_err().to_string();
        assert!(told.contains("set it to false"), "{wrong}: {told}");
    }
    // One bucket for all Regions, and so one for the accesses to it.
    let config = config("regions = [\"eu-west-1\", \"us-east-1\"]");
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let others = satellites(&config, &controls, &Facts::deployed_in("eu-west-1"));
    assert!(others.iter().all(|all| all.of_kind(Kind::Bucket).count() == 0));
}

#[test]
fn access_logs_that_are_off_or_go_elsewhere_or_cannot_be_delivered_are_a_change() {
    let all = wanted("retention_days = 30");
    let right = complete(&all);
    assert_eq!(line(&all, &right, "yakei-trail").why, Why::Right);
    let with = |part: &str, change: &dyn Fn(&mut Bucket)| {
        let (mut account, mut bucket) = (right.clone(), bucket(&all, part));
        change(&mut bucket);
        let key = all.of_kind(Kind::Bucket).find(|it| it.key.name.contains(part)).unwrap().key.clone();
        account.0.insert(key, Found::Ours(Resource::Bucket(bucket)));
        line(&all, &account, part)
    };
    let elsewhere = AccessLogs { bucket: "other".into(), prefix: "trail/".into() };
    assert_eq!(with("yakei-trail", &|it| it.access_logs = None).why, Why::Differs);
    assert_eq!(with("yakei-trail", &|it| it.access_logs = Some(elsewhere.clone())).why, Why::Differs);
    // The trail's bucket may be encrypted with a key of its owner's; S3 writes access logs into none that is.
    assert_eq!(with("yakei-trail", &|it| it.encryption = Encryption::Key("k".into())).why, Why::Right);
    assert_eq!(with(ACCESS, &|it| it.encryption = Encryption::Key("k".into())).why, Why::Differs);
    assert_eq!(with(ACCESS, &|it| it.encryption = Encryption::Managed).why, Why::Right);
    // Switched off in the config nothing is taken away.
    let off = wanted("access_logs = false");
    assert_eq!(line(&off, &right, "yakei-trail").why, Why::Right);
}

#[test]
fn accesses_are_never_logged_into_somebody_elses_bucket_and_both_buckets_stay_when_all_goes() {
    let all = wanted("retention_days = 30");
    let key = all.key(Kind::Bucket, ACCESS);
    let denied = Found::Unreadable(Problem::new(ProblemKind::Denied, "no", "Allow it"));
    let foreign = Found::Foreign(Some(Resource::Bucket(bucket(&all, ACCESS))));
    for found in [foreign.clone(), Found::FOREIGN, denied] {
        let account = Observed([(key.clone(), found)].into());
        let change = line(&all, &account, "yakei-trail");
        let Some(Resource::Bucket(want)) = change.want else { panic!("it is made") };
        assert_eq!((change.why, want.access_logs), (Why::Missing, None));
    }
    let account = Observed([(key, foreign)].into());
    let adopt: Adopt = [format!("bucket/{ACCESS}")].into_iter().collect();
    let made = diff_adopting(&all, &account, &adopt);
    let Some(Resource::Bucket(want)) = made.iter().find(|it| it.key.name.contains("yakei-trail")).unwrap().want.clone()
    else {
        panic!("it is made")
    };
    assert!(want.access_logs.is_some());

    let gone = teardown(&all, &complete(&all));
    let kept: Vec<_> = gone.iter().filter(|it| it.key.kind == Kind::Bucket).map(|it| it.why).collect();
    assert_eq!(kept, [Why::Kept, Why::Kept]);
}

const KEY: &str = "arn:aws:kms:eu-west-1:111122223333:key/1234";

#[test]
fn a_key_is_made_or_an_existing_one_gets_what_cloudtrail_needs_and_the_trail_is_encrypted_with_it() {
    let made = wanted("kms_key = \"make\"");
    assert_eq!(trail(&made).kms_key.as_deref(), Some("arn:aws:kms:eu-west-1:111122223333:alias/yakei-trail"));
    let Resource::KmsKey(key) = one(&made, Kind::KmsKey, "yakei-trail") else { panic!("a key") };
    assert!(key.rotation && key.statements.len() == 2);
    assert_eq!(made.of_kind(Kind::KeyPolicy).count(), 0);

    let existing = wanted(&format!("kms_key = \"{KEY}\""));
    assert_eq!(trail(&existing).kms_key.as_deref(), Some(KEY));
    let Resource::Grant(grant) = one(&existing, Kind::KeyPolicy, "1234") else { panic!("statements") };
    assert_eq!((grant.statements, existing.of_kind(Kind::KmsKey).count()), (key.statements, 0));
    assert_eq!(trail(&wanted("retention_days = 30")).kms_key, None);

    // The trails of other Regions deliver to the one bucket, with the one key beside it.
    let config = config("regions = [\"eu-west-1\", \"us-east-1\"]\nkms_key = \"make\"");
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    for other in satellites(&config, &controls, &Facts::deployed_in("eu-west-1")) {
        assert_eq!(trail(&other).kms_key, trail(&made).kms_key);
        assert_eq!(other.of_kind(Kind::KmsKey).count(), 0);
    }
}

#[test]
fn one_key_may_serve_topics_and_trail() {
    let text = CONFIG.replace("emails", &format!("kms_key = \"{KEY}\"\nemails"));
    let config = Config::parse(&format!("{text}kms_key = \"{KEY}\"\n")).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let all = desired(&config, &controls, &Facts::deployed_in("eu-west-1"));
    assert_eq!(all.of_kind(Kind::KeyPolicy).count(), 1);
    let Resource::Grant(grant) = one(&all, Kind::KeyPolicy, "1234") else { panic!("statements") };
    let sids: Vec<_> = grant.statements.iter().filter_map(crate::policies::Policy::sid).collect();
    assert_eq!(sids, ["YakeiCloudTrailEncrypts", "YakeiCloudTrailDescribesKey", "YakeiCloudWatchAlarms"]);
}

#[test]
fn a_key_of_several_regions_gets_in_each_what_is_needed_there() {
    let of = |region: &str| format!("arn:aws:kms:{region}:111122223333:key/mrk-1234");
    let text = CONFIG.replace("emails", &format!("kms_key = \"{}\"\nemails", of("eu-west-1")));
    let text = format!("{text}bucket = \"logs\"\nkms_key = \"{}\"\n", of("us-east-1"));
    let config = Config::parse(&text).unwrap();
    let controls = Catalogue::builtin().unwrap().select(&config.controls).unwrap();
    let all = desired(&config, &controls, &Facts::deployed_in("eu-west-1"));
    let grants: Vec<Grant> = all
        .of_kind(Kind::KeyPolicy)
        .filter_map(|it| if let Want::Make(Resource::Grant(grant)) = &it.want { Some(grant.clone()) } else { None })
        .collect();
    for (region, sid) in [("eu-west-1", "YakeiCloudWatchAlarms"), ("us-east-1", "YakeiCloudTrailEncrypts")] {
        let on = Holder::Key(of(region));
        let grant = grants.iter().find(|it| it.on == on).unwrap();
        let sids: Vec<_> = grant.statements.iter().filter_map(crate::policies::Policy::sid).collect();
        assert!(sids.contains(&sid), "{region}: {sids:?}");
    }
    assert_eq!(grants.len(), 2);
}

#[test]
fn an_existing_key_with_which_nothing_can_be_encrypted_is_no_right_one() {
    let all = wanted(&format!("kms_key = \"{KEY}\""));
    let mut account = complete(&all);
    let key = all.key(Kind::KeyPolicy, "1234");
    let Some(Found::Ours(Resource::Grant(grant))) = account.0.get_mut(&key) else { panic!("statements") };
    grant.unfit = Some("PendingDeletion".into());
    let told = diff(&all, &account).into_iter().find(|it| it.key == key).unwrap().problem.unwrap();
    assert_eq!(told.kind, ProblemKind::Unfit);
    assert!(told.message.contains(KEY) && told.message.contains("PendingDeletion"), "{told}");
}

#[test]
fn a_trails_key_that_cannot_be_one_is_refused_with_the_mend() {
    for (wrong, said) in [
        ("kms_key = \"alias/mine\"", "\"make\" or the ARN"),
        ("kms_key = \"Make\"", "\"make\" or the ARN"),
        ("kms_key = \"arn:aws:kms:eu-west-1:111122223333:alias/mine\"", "\"make\" or the ARN"),
        ("name = \"company\"\nkms_key = \"make\"", "remove name"),
    ] {
        let told = Config::parse(&format!("{CONFIG}{wrong}\n")).unwrap_err().to_string();
        assert!(told.contains(said), "{wrong}: {told}");
    }
    let key = format!("kms_key = \"{KEY}\"");
    assert_eq!(misplaced_at(&key, "eu-west-1", None), [""; 0]);
    let [told] = &misplaced_at(&key, "us-west-2", None)[..] else { panic!("one line") };
    assert!(told.contains("bucket's own Region") && told.contains("us-west-2"), "{told}");
    // An existing bucket may be of the key's Region.
    assert_eq!(misplaced_at(&format!("bucket = \"company\"\n{key}"), "us-west-2", None), [""; 0]);
}

#[test]
fn the_key_stays_when_all_goes_for_logs_are_read_by_it_and_a_strangers_fails() {
    let all = wanted("kms_key = \"make\"");
    let account = complete(&all);
    let of_key = |changes: Vec<Change>| changes.into_iter().find(|it| it.key.kind == Kind::KmsKey).unwrap();
    assert_eq!(of_key(teardown(&all, &account)).why, Why::Kept);
    assert_eq!(of_key(diff(&all, &account)).why, Why::Right);

    let key = all.key(Kind::KmsKey, "yakei-trail");
    let Found::Ours(have) = account.0[&key].clone() else { panic!("ours") };
    let foreign = Observed([(key.clone(), Found::Foreign(Some(have.clone())))].into());
    assert_eq!(of_key(diff(&all, &foreign)).why, Why::InTheWay);
    assert_eq!(of_key(teardown(&all, &foreign)).why, Why::NotOurs);
    let adopt: Adopt = ["kms-key/yakei-trail".to_owned()].into_iter().collect();
    assert_eq!(of_key(diff_adopting(&all, &foreign, &adopt)).why, Why::Adopted);

    let Resource::KmsKey(right) = have else { panic!("a key") };
    let said = |key: KmsKey| {
        let key_of = all.key(Kind::KmsKey, "yakei-trail");
        of_key(diff(&all, &Observed([(key_of, Found::Ours(Resource::KmsKey(key)))].into())))
    };
    assert_eq!(said(KmsKey { rotation: false, ..right.clone() }).detail, "rotation false → true");
    assert!(
        said(KmsKey { statements: Vec::new(), ..right.clone() }).detail.contains("YakeiCloudTrailEncrypts is missing")
    );
    assert_eq!(said(KmsKey { named: false, ..right.clone() }).detail, "named false → true");
    let dying = said(KmsKey { unfit: Some("PendingDeletion".into()), ..right }).problem.unwrap();
    assert_eq!(dying.kind, ProblemKind::Unfit);
    assert!(dying.message.contains("PendingDeletion"), "{dying}");
}
