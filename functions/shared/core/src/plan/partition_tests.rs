//! A watch in each of AWS's partitions: whatever it writes is of the partition in which it stands.

use std::collections::BTreeSet;

use super::*;
use crate::config::Config;
use crate::controls::Catalogue;
use crate::drill;
use crate::regions::partition;

/// Homes and other Regions of each partition.
const REGIONS: [(&str, &str); 9] = [
    ("eu-west-1", "us-east-1"),
    ("eu-south-1", "il-central-1"),
    ("cn-north-1", "cn-northwest-1"),
    ("us-gov-west-1", "us-gov-east-1"),
    ("eusc-de-east-1", "eusc-de-east-2"),
    ("us-iso-east-1", "us-iso-west-1"),
    ("us-isob-east-1", "us-isob-west-1"),
    ("eu-isoe-west-1", "eu-isoe-west-2"),
    ("us-isof-south-1", "us-isof-east-1"),
];

/// Everything that the config can ask for of its own making, and of things that exist already.
const OWN: &str = "data_events = [\"s3\", { service = \"s3\", buckets = [\"payroll\"], read_write = \"write\" }]
kms_key = \"make\"
organization = \"o-a1b2c3d4e5\"";
const THEIRS: &str = "bucket = \"company-logs\"\nkms_key = \"KEY\"\norganization = \"o-a1b2c3d4e5\"";
const NAMED: &str = "topic = \"people\"\nalarm_topic = \"company\"\nkms_key = \"KEY\"";

fn config(home: &str, notify: &str, trail: &str, regions: &str) -> Config {
    let key = format!("arn:{}:kms:{home}:111122223333:key/1234", partition(home));
    let schedule =
        r#"schedule = [{ timezone = "UTC", windows = [{ days = ["Mon"], start = "09:00", end = "18:00" }] }]"#;
    let text = format!(
        "{schedule}\n[notify]\nemails = [\"security@example.com\"]\n{notify}\n[controls]\nextra = [\"sign-ins\", \
         \"attackers\"]\n[trail]\n{trail}\n{regions}\n"
    );
    Config::parse(&text.replace("KEY", &key)).unwrap()
}

/// The partitions of all ARNs in a text. A field's name may end with `arn`, too.
fn partitions(text: &str) -> BTreeSet<&str> {
    text.split("arn:").skip(1).filter_map(|rest| rest.split(':').next()).filter(|it| !it.starts_with(' ')).collect()
}

#[test]
fn every_arn_that_is_written_is_of_the_partition_in_which_the_watch_stands() {
    for (home, other) in REGIONS {
        let partition = partition(home);
        let mut facts = Facts::deployed_in(home);
        facts.place.partition = partition.to_owned();
        facts.enabled_regions = vec![home.to_owned(), other.to_owned()];
        let queue = facts.place.queue("yakei-dead-letters");
        facts.dead_letters = Some(queue);
        let listed = format!("regions = [\"{home}\", \"{other}\"]");
        let mut arns = 0;
        for (notify, trail, regions) in [
            ("", "access_logs = false", ""),
            ("", OWN, ""),
            (NAMED, "retention_days = 30", ""),
            ("kms_key = \"KEY\"", THEIRS, ""),
            ("", &OWN.replace("organization = \"o-a1b2c3d4e5\"", ""), &listed),
            (NAMED, "", &listed),
            ("", "", "regions = [\"all\"]"),
        ] {
            let config = config(home, notify, trail, regions);
            let catalogue = Catalogue::with_own(&config.controls).unwrap();
            let controls = catalogue.select(&config.controls).unwrap();
            let all = desired(&config, &controls, &facts);
            let others = satellites(&config, &controls, &facts);
            let mut said = format!("{all:?} {others:?} {:?}", gaps(&config, &facts));
            for all in std::iter::once(&all).chain(&others) {
                for it in all.wanted() {
                    // As it goes to AWS.
                    if let Want::Make(Resource::Bucket(Bucket { policy: Some(policy), .. })) = &it.want {
                        said.push_str(&policy.to_json());
                    }
                }
            }
            arns += said.matches("arn:").count();
            assert_eq!(partitions(&said), [partition].into(), "{home} {notify} {trail} {regions}");
            assert_eq!(misplaced(&config, &facts.place, None).len(), 0, "{home} {notify} {trail} {regions}");
            // Of principals every partition has the names of the first (CloudTrail, SNS, CloudWatch, Scheduler, S3 logs).
            assert!(!said.contains("amazonaws.com."), "{home}");
        }
        assert!(arns > 100, "{home}: {arns}");
    }
}

#[test]
fn a_region_of_another_partition_is_refused_and_never_asked() {
    for (home, strange) in
        [("eu-west-1", "cn-north-1"), ("cn-north-1", "us-east-1"), ("us-gov-west-1", "eusc-de-east-1")]
    {
        let mut facts = Facts::deployed_in(home);
        facts.place.partition = partition(home).to_owned();
        let config = config(home, "", &format!("regions = [\"{home}\", \"{strange}\"]"), "");
        let catalogue = Catalogue::with_own(&config.controls).unwrap();
        let controls = catalogue.select(&config.controls).unwrap();
        assert_eq!(satellites(&config, &controls, &facts).len(), 0, "{home} {strange}");
        let told = misplaced(&config, &facts.place, None);
        let problem = told[0].problem.as_ref().unwrap();
        assert_eq!((told.len(), problem.kind), (1, ProblemKind::WrongPlace));
        assert!(problem.message.contains(strange) && problem.mend.contains("Take it out"), "{problem}");
    }
}

#[test]
fn a_drill_writes_records_of_its_own_region_and_account_in_every_partition() {
    let controls = Catalogue::builtin().unwrap();
    for (home, _) in REGIONS {
        let facts = Facts::deployed_in(home);
        let config = config(home, "", "access_logs = true", "");
        let control = &controls.select(&config.controls).unwrap()[0];
        let records = drill::records(control, &facts.place, facts.now, "yakei-drill-1").unwrap();
        assert!(records.iter().all(|record| record.contains(home)), "{home}: {records:?}");
    }
}
