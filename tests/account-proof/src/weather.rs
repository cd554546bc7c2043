//! What AWS does to those who call it, and MiniStack does not: conflicts, delays, quotas, a lost write.
//!
//! Sources: the services' API references (errors), their quota pages, and reports of terraform-provider-aws (#7605 on
//! metric filters, #789 and #5154 on `AddPermission`). Each trouble is played where AWS is documented or reported to
//! make it, and ends after a while.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::judge::Call;

/// An error that AWS answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// The HTTP status.
    pub status: u16,
    /// The code.
    pub code: &'static str,
}

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    /// It is carried out.
    Pass,
    /// It fails.
    Fail(Trouble),
    /// It is answered with success, and nothing is done.
    Lost,
    /// It is answered so instead.
    Answer(String),
    /// It is neither carried out nor answered: whoever calls is ended there.
    Silence,
}

/// How many calls do not know a new role. AWS: for up to two minutes.
const ROLE: usize = 2;
/// How often a group of schedules that was told to go is in the way of one of the same name. Calls are counted, not seconds:
/// whether a trouble is played must not hang on how fast the machine is.
const DELETING: usize = 3;

/// Calls a second and Region. Sources: quota pages of the services.
const QUOTAS: &[(&str, usize)] = &[
    ("monitoring:PutMetricAlarm", 3),
    ("monitoring:DescribeAlarms", 9),
    ("monitoring:ListTagsForResource", 10),
    ("monitoring:DeleteAlarms", 3),
    ("tagging:GetResources", 10),
    ("logs:DescribeMetricFilters", 5),
    ("logs:PutMetricFilter", 5),
    ("logs:DeleteMetricFilter", 5),
    ("logs:DescribeLogGroups", 10),
    ("cloudtrail:CreateTrail", 1),
    ("cloudtrail:UpdateTrail", 1),
    ("cloudtrail:StartLogging", 1),
    ("cloudtrail:GetTrail", 10),
    ("cloudtrail:GetTrailStatus", 10),
    ("lambda:AddPermission", 15),
    ("sns:CreateTopic", 30),
    ("sns:SetTopicAttributes", 10),
];

/// The weather of one account.
#[derive(Debug, Default)]
pub struct Weather {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    fair: bool,
    writers: BTreeMap<String, usize>,
    visited: BTreeMap<String, usize>,
    unknown: BTreeMap<String, usize>,
    born: BTreeSet<String>,
    calls: BTreeMap<String, VecDeque<Instant>>,
    asked: BTreeMap<String, usize>,
    played: BTreeMap<String, usize>,
}

impl Weather {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on nothing is played.
    pub fn clear(&self) {
        self.state().fair = true;
    }

    /// How often each trouble was played, by its call and code.
    pub fn played(&self) -> BTreeMap<String, usize> {
        self.state().played.clone()
    }

    /// What becomes of a call. One that passes holds its lock until [`Weather::done`].
    pub fn fate(&self, call: &Call) -> Fate {
        let mut state = self.state();
        if state.fair {
            return Fate::Pass;
        }
        let fate = state.fate(call);
        let what = match &fate {
            Fate::Pass => None,
            Fate::Fail(trouble) => Some(trouble.code),
            Fate::Lost => Some("(lost)"),
            Fate::Answer(_) => Some("(answered)"),
            Fate::Silence => Some("(silence)"),
        };
        if let Some(what) = what {
            *state.played.entry(format!("{} {what}", call.name())).or_default() += 1;
        } else if let Some((lock, _)) = lock(call) {
            *state.writers.entry(lock).or_default() += 1;
        }
        fate
    }

    /// A call that passed has its answer.
    pub fn done(&self, call: &Call, success: bool) {
        let mut state = self.state();
        if let Some((lock, _)) = lock(call) {
            let left = state.writers.get(&lock).copied().unwrap_or_default().saturating_sub(1);
            state.writers.insert(lock, left);
        }
        if success && !state.fair {
            state.remember(call);
        }
    }
}

impl State {
    fn fate(&mut self, call: &Call) -> Fate {
        let fail = |status, code| Fate::Fail(Trouble { status, code });
        if let Some(trouble) = self.quota(call) {
            return Fate::Fail(trouble);
        }
        // What was made a moment ago.
        if let Some((thing, code, status)) = refers(call)
            && let Some(left @ 1..) = self.unknown.get_mut(&thing)
        {
            *left -= 1;
            return fail(status, code);
        }
        let (role, code) = match call.name().as_str() {
            "cloudtrail:CreateTrail" => ("/CloudWatchLogsRoleArn", "InvalidCloudWatchLogsRoleArnException"),
            "scheduler:CreateSchedule" => ("/Target/RoleArn", "ValidationException"),
            _ => ("/-", ""),
        };
        let role = call.params.pointer(role).and_then(Value::as_str).and_then(|arn| arn.rsplit('/').next());
        if let Some(left @ 1..) = role.and_then(|role| self.unknown.get_mut(&format!("taking {role}"))) {
            *left -= 1;
            return fail(400, code);
        }
        let target = call.params.pointer("/BucketLoggingStatus/LoggingEnabled/TargetBucket").and_then(Value::as_str);
        if let Some(left @ 1..) = target.and_then(|it| self.unknown.get_mut(&format!("logging into {it}"))) {
            *left -= 1;
            return fail(400, "InvalidTargetBucketForLogging");
        }
        if let Some(fate) = self.deleting(call) {
            return fate;
        }
        if call.name() == "tagging:GetResources"
            && let Some(left @ 1..) = self.unknown.get_mut(&format!("index {}", call.region))
        {
            *left -= 1;
            return Fate::Answer(r#"{"ResourceTagMappingList":[]}"#.to_owned());
        }
        // Two writers at once; and on every lock somebody else is first once.
        if let Some((lock, codes)) = lock(call) {
            let busy = self.writers.get(&lock).is_some_and(|writers| *writers > 0);
            let visits = self.visited.entry(lock).or_default();
            *visits += 1;
            let first = codes.get(*visits - 1).filter(|_| *visits <= codes.len());
            if let Some(code) = first.or(codes.first().filter(|_| busy)) {
                return fail(409, code);
            }
            // Of two AddPermission at once one is answered and lost.
            if call.name() == "lambda:AddPermission" && *visits == codes.len() + 1 {
                return Fate::Lost;
            }
        }
        Fate::Pass
    }

    fn quota(&mut self, call: &Call) -> Option<Trouble> {
        let (_, most) = QUOTAS.iter().find(|(name, _)| *name == call.name())?;
        let name = format!("{} {}", call.region, call.name());
        let times = self.calls.entry(name.clone()).or_default();
        let now = Instant::now();
        while times.front().is_some_and(|time| now.duration_since(*time) > Duration::from_secs(1)) {
            times.pop_front();
        }
        // The first that is more than a second's is one too many also where the machine is slow.
        let asked = self.asked.entry(name).or_default();
        *asked += 1;
        if times.len() < *most && *asked != most + 1 {
            times.push_back(now);
            return None;
        }
        Some(match call.service.as_str() {
            "sns" => Trouble { status: 429, code: "Throttled" },
            "lambda" => Trouble { status: 429, code: "TooManyRequestsException" },
            "monitoring" => Trouble { status: 400, code: "Throttling" },
            _ => Trouble { status: 400, code: "ThrottlingException" },
        })
    }

    /// A group of schedules that was told to go.
    fn deleting(&mut self, call: &Call) -> Option<Fate> {
        let name = call.text("GroupName").or(call.text("Name")).unwrap_or_default();
        let left = self.unknown.get_mut(&format!("deleting {} {name}", call.region)).filter(|left| **left > 0)?;
        if call.service != "scheduler" {
            return None;
        }
        match call.operation.as_str() {
            "GetScheduleGroup" => Some(Fate::Answer(format!(r#"{{"Name":"{name}","State":"DELETING"}}"#))),
            "CreateScheduleGroup" => {
                *left -= 1;
                Some(Fate::Fail(Trouble { status: 409, code: "ConflictException" }))
            }
            "DeleteScheduleGroup" => Some(Fate::Fail(Trouble { status: 409, code: "ConflictException" })),
            "CreateSchedule" => Some(Fate::Fail(Trouble { status: 404, code: "ResourceNotFoundException" })),
            _ => None,
        }
    }

    fn remember(&mut self, call: &Call) {
        let name = call.text("Name").or(call.text("RoleName")).or(call.text("Bucket")).unwrap_or_default();
        let region = &call.region;
        let new = match call.name().as_str() {
            "s3:CreateBucket" =>
            // Its policy is not known yet to S3's log delivery.
            {
                vec![(format!("bucket {name}"), 2), (format!("logging into {name}"), 1)]
            }
            "logs:CreateLogGroup" => {
                let group = call.text("logGroupName").unwrap_or_default();
                vec![(format!("log group {region} {group}"), 1)]
            }
            "cloudtrail:CreateTrail" => ["", "selectors of ", "tags of "]
                .map(|part| (format!("{part}trail {region} {name}"), if part.is_empty() { 2 } else { 1 }))
                .to_vec(),
            "iam:CreateRole" => {
                vec![(format!("taking {name}"), ROLE), (format!("role {name}"), 1), (format!("policies of {name}"), 1)]
            }
            "sns:CreateTopic" => ["", "tags of "].map(|part| (format!("{part}topic {region} {name}"), 1)).to_vec(),
            "scheduler:CreateScheduleGroup" => vec![(format!("group {region} {name}"), 1)],
            // The index of tags runs behind.
            "monitoring:PutMetricAlarm" => {
                self.unknown.insert(format!("index {region}"), 1);
                return;
            }
            "scheduler:DeleteScheduleGroup" => {
                self.unknown.insert(format!("deleting {region} {name}"), DELETING);
                return;
            }
            _ => return,
        };
        for (thing, calls) in new {
            let calls = self.first_calls(&thing, calls);
            if calls > 0 {
                self.unknown.insert(thing, calls);
            }
        }
    }

    /// How many calls do not know a thing; none when it was made before. `CreateTopic` is also how a topic's ARN is asked,
    /// and `CreateBucket` succeeds again in us-east-1.
    fn first_calls(&mut self, thing: &str, calls: usize) -> usize {
        if self.born.insert(thing.to_owned()) { calls } else { 0 }
    }
}

/// The thing that a call needs to be there, and what AWS says when it is not known yet.
fn refers(call: &Call) -> Option<(String, &'static str, u16)> {
    let text = |name: &str| call.text(name).unwrap_or_default();
    match (call.service.as_str(), call.operation.as_str()) {
        ("s3", "CreateBucket" | "HeadBucket") => None,
        ("s3", _) => Some((format!("bucket {}", text("Bucket")), "NoSuchBucket", 404)),
        ("cloudtrail", "GetTrail" | "GetTrailStatus" | "StartLogging" | "UpdateTrail") => {
            Some((format!("trail {} {}", call.region, text("Name")), "TrailNotFoundException", 404))
        }
        ("cloudtrail", "GetEventSelectors") => {
            Some((format!("selectors of trail {} {}", call.region, text("TrailName")), "TrailNotFoundException", 404))
        }
        ("cloudtrail", "ListTags") => {
            let arn = call.params.pointer("/ResourceIdList/0").and_then(Value::as_str).unwrap_or_default();
            Some((format!("tags of trail {} {}", call.region, last(arn)), "ResourceNotFoundException", 404))
        }
        ("logs", "PutMetricFilter" | "PutRetentionPolicy") => {
            Some((format!("log group {} {}", call.region, text("logGroupName")), "ResourceNotFoundException", 400))
        }
        ("iam", "PutRolePolicy") => Some((format!("role {}", text("RoleName")), "NoSuchEntity", 404)),
        ("iam", "ListRolePolicies" | "ListAttachedRolePolicies") => {
            Some((format!("policies of {}", text("RoleName")), "NoSuchEntity", 404))
        }
        ("sns", "Subscribe") => Some((format!("topic {} {}", call.region, last(text("TopicArn"))), "NotFound", 404)),
        ("sns", "ListTagsForResource") => {
            Some((format!("tags of topic {} {}", call.region, last(text("ResourceArn"))), "ResourceNotFound", 404))
        }
        ("scheduler", "CreateSchedule") => {
            Some((format!("group {} {}", call.region, text("GroupName")), "ResourceNotFoundException", 404))
        }
        _ => None,
    }
}

/// The name at the end of an ARN.
fn last(arn: &str) -> &str {
    arn.rsplit([':', '/']).next().unwrap_or_default()
}

/// What a write locks, and AWS's codes for somebody who comes at the same time.
fn lock(call: &Call) -> Option<(String, &'static [&'static str])> {
    let text = |name: &str| call.text(name).unwrap_or_default();
    Some(match (call.service.as_str(), call.operation.as_str()) {
        (
            "logs",
            "PutMetricFilter" | "DeleteMetricFilter" | "PutRetentionPolicy" | "CreateLogGroup" | "AssociateKmsKey",
        ) => (format!("log group {} {}", call.region, text("logGroupName")), &["OperationAbortedException"]),
        ("lambda", "AddPermission" | "RemovePermission") => (
            format!("function {} {}", call.region, text("FunctionName")),
            &["ResourceConflictException", "PreconditionFailedException"],
        ),
        ("sns", "SetTopicAttributes" | "Subscribe" | "TagResource") => {
            let topic = call.text("TopicArn").unwrap_or(text("ResourceArn")).rsplit(':').next().unwrap_or_default();
            (format!("topic {} {topic}", call.region), &["ConcurrentAccess"])
        }
        ("s3", operation) if operation.starts_with("Put") || operation == "CreateBucket" => {
            (format!("bucket {}", text("Bucket")), &["OperationAborted"])
        }
        ("iam", "PutRolePolicy" | "UpdateAssumeRolePolicy") => {
            (format!("role {}", text("RoleName")), &["ConcurrentModification"])
        }
        ("scheduler", "CreateSchedule" | "UpdateSchedule" | "DeleteSchedule") => {
            (format!("schedule {}/{}", text("GroupName"), text("Name")), &[])
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(service: &str, operation: &str, params: Value) -> Call {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Call { service, operation, params, region: "eu-west-1".to_owned(), ..Call::default() }
    }

    fn code(weather: &Weather, call: &Call) -> &'static str {
        match weather.fate(call) {
            Fate::Fail(trouble) => trouble.code,
            Fate::Lost => "(lost)",
            Fate::Pass | Fate::Answer(_) | Fate::Silence => "",
        }
    }

    #[test]
    fn two_writers_of_one_log_group_collide_and_of_two_do_not() {
        let weather = Weather::default();
        let put = |group: &str| call("logs", "PutMetricFilter", json!({ "logGroupName": group }));
        assert_eq!(code(&weather, &put("a")), "OperationAbortedException", "somebody else was first");
        assert_eq!(code(&weather, &put("a")), "");
        assert_eq!(code(&weather, &put("a")), "OperationAbortedException", "the first has no answer yet");
        assert_eq!(code(&weather, &put("b")), "OperationAbortedException");
        assert_eq!(code(&weather, &put("b")), "");
        weather.done(&put("a"), true);
        assert_eq!(weather.played().into_values().sum::<usize>(), 3);
    }

    #[test]
    fn a_permission_conflicts_fails_its_precondition_and_is_lost_once() {
        let weather = Weather::default();
        let add = call("lambda", "AddPermission", json!({ "FunctionName": "f" }));
        let codes: Vec<_> = (0..4).map(|_| code(&weather, &add)).collect();
        assert_eq!(codes, ["ResourceConflictException", "PreconditionFailedException", "(lost)", ""]);
    }

    #[test]
    fn what_is_new_is_unknown_for_a_while() {
        let weather = Weather::default();
        weather.done(&call("cloudtrail", "CreateTrail", json!({ "Name": "t" })), true);
        let get = call("cloudtrail", "GetTrail", json!({ "Name": "t" }));
        assert_eq!([(); 3].map(|()| code(&weather, &get)), ["TrailNotFoundException", "TrailNotFoundException", ""]);
        weather.done(&call("iam", "CreateRole", json!({ "RoleName": "r" })), true);
        let role = json!({ "Name": "u", "CloudWatchLogsRoleArn": "arn:aws:iam::1:role/r" });
        assert_eq!(code(&weather, &call("cloudtrail", "CreateTrail", role)), "InvalidCloudWatchLogsRoleArnException");
    }

    #[test]
    fn too_many_calls_a_second_are_throttled_in_the_services_own_words() {
        let weather = Weather::default();
        let topic = |n: usize| call("sns", "SetTopicAttributes", json!({ "TopicArn": n.to_string() }));
        let codes: Vec<_> = (0..11).map(|n| code(&weather, &topic(n))).collect();
        assert_eq!(codes[10], "Throttled");
        weather.clear();
        assert_eq!(code(&weather, &topic(12)), "");
    }
}
