//! What a call needs, and whether policies give it: IAM's own evaluation, as far as our policies use it.
//!
//! Source of what a call needs: Service Authorization Reference (action, resource type, dependent actions), and the API
//! references of `CreateTopic`, `PutMetricAlarm`, `CreateLogGroup` and `CreateBucket` for what is made with its tags.

use serde_json::{Map, Value};

use crate::judge::Call;

/// Where calls are made.
#[derive(Debug, Clone)]
pub struct Account {
    /// `aws`.
    pub partition: String,
    /// Its number.
    pub number: String,
    /// Buckets of other accounts, which let CloudTrail write to them and nobody here do anything.
    pub strangers: Vec<String>,
}

impl Account {
    /// An account that no other lets near its buckets.
    pub fn new(partition: impl Into<String>, number: impl Into<String>) -> Self {
        Self { partition: partition.into(), number: number.into(), strangers: Vec::new() }
    }

    /// Whether a call is about another account's bucket.
    pub fn is_strangers(&self, call: &Call) -> bool {
        call.service == "s3" && call.text("Bucket").is_some_and(|bucket| self.strangers.iter().any(|it| it == bucket))
    }
}

/// One right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// `logs:PutMetricFilter`.
    pub action: String,
    /// The ARN, or `*` for an action without resource types.
    pub resource: String,
    /// `iam:PassedToService`.
    pub passed_to: Option<&'static str>,
}

/// Operations whose action has another name.
const NAMES: &[(&str, &str)] = &[
    ("s3:HeadBucket", "s3:ListBucket"),
    ("s3:GetBucketEncryption", "s3:GetEncryptionConfiguration"),
    ("s3:PutBucketEncryption", "s3:PutEncryptionConfiguration"),
    ("s3:GetBucketLifecycleConfiguration", "s3:GetLifecycleConfiguration"),
    ("s3:PutBucketLifecycleConfiguration", "s3:PutLifecycleConfiguration"),
    ("s3:GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"),
    ("s3:PutPublicAccessBlock", "s3:PutBucketPublicAccessBlock"),
];

/// Actions without resource types, or whose answers are complete only for `*`.
const ANYWHERE: &[&str] = &[
    "cloudtrail:ListTrails",
    "kms:CreateKey",
    "kms:ListAliases",
    "cloudwatch:DescribeAlarmHistory",
    "cloudwatch:DescribeAlarms",
    "cloudwatch:GetMetricStatistics",
    "logs:DescribeLogGroups",
    "scheduler:ListSchedules",
    "sns:GetSubscriptionAttributes",
    "sns:SetSubscriptionAttributes",
    "sns:Unsubscribe",
    "tag:GetResources",
];

/// What a call needs; `None` when this table does not know the call.
pub fn needs(call: &Call, account: &Account) -> Option<Vec<Need>> {
    let place = Place { account, call };
    let service = match call.service.as_str() {
        "monitoring" => "cloudwatch",
        "tagging" => "tag",
        other => other,
    };
    let plain = format!("{service}:{}", call.operation);
    let action = NAMES.iter().find(|(operation, _)| *operation == plain).map_or(plain, |(_, it)| (*it).to_owned());
    if action == "sts:GetCallerIdentity" {
        return Some(Vec::new());
    }
    let resources =
        if ANYWHERE.contains(&action.as_str()) { vec!["*".to_owned()] } else { place.resources(service)? };
    let mut needs: Vec<Need> = resources.iter().map(|resource| need(&action, resource)).collect();
    needs.extend(place.besides(service, resources.first()?));
    Some(needs)
}

fn need(action: &str, resource: &str) -> Need {
    Need { action: action.to_owned(), resource: resource.to_owned(), passed_to: None }
}

struct Place<'a> {
    account: &'a Account,
    call: &'a Call,
}

impl Place<'_> {
    fn arn(&self, service: &str, rest: &str) -> String {
        let Account { partition, number, strangers: _ } = self.account;
        let region = if service == "iam" || service == "account" { "" } else { self.call.region.as_str() };
        format!("arn:{partition}:{service}:{region}:{number}:{rest}")
    }

    /// An ARN as it is, a name as the ARN of that name.
    fn named(&self, service: &str, sort: &str, name: &str) -> String {
        if name.starts_with("arn:") { name.to_owned() } else { self.arn(service, &format!("{sort}{name}")) }
    }

    fn resources(&self, service: &str) -> Option<Vec<String>> {
        let call = self.call;
        let (text, operation) = (|name: &str| call.text(name), call.operation.as_str());
        let each = |name: &str, of: &dyn Fn(&str) -> String| {
            let all = call.params.get(name)?.as_array()?;
            Some(all.iter().filter_map(Value::as_str).map(of).collect::<Vec<_>>())
        };
        let one = match service {
            "cloudtrail" => match operation {
                "ListTags" => return each("ResourceIdList", &ToOwned::to_owned),
                "AddTags" => text("ResourceId")?.to_owned(),
                _ => self.named(service, "trail/", text("Name").or(text("TrailName"))?),
            },
            "logs" => {
                let group = text("logGroupName").or(text("logGroupIdentifier"));
                match (operation, group, text("logStreamName")) {
                    ("ListTagsForResource" | "TagResource", ..) => text("resourceArn")?.to_owned(),
                    (_, Some(group), Some(stream)) => {
                        self.named(service, "log-group:", &format!("{group}:log-stream:{stream}"))
                    }
                    // By metric, in whichever group.
                    ("DescribeMetricFilters", None, _) => self.arn(service, "log-group:*"),
                    // IAM's ARN of a log group ends with :*.
                    (_, group, _) => format!("{}:*", self.named(service, "log-group:", group?)),
                }
            }
            "cloudwatch" => match operation {
                "ListTagsForResource" | "TagResource" => text("ResourceARN")?.to_owned(),
                "DeleteAlarms" => return each("AlarmNames", &|name| self.named(service, "alarm:", name)),
                "PutMetricAlarm" => self.named(service, "alarm:", text("AlarmName")?),
                "ListAlarmMuteRules" => self.arn(service, "alarm-mute-rule:*"),
                "GetAlarmMuteRule" => self.named(service, "alarm-mute-rule:", text("AlarmMuteRuleName")?),
                _ => return None,
            },
            "sns" => self.named(service, "", text("TopicArn").or(text("ResourceArn")).or(text("Name"))?),
            "sqs" => self.named(service, "", text("QueueName")?),
            "iam" => match (text("PolicyArn"), text("RoleName")) {
                (Some(policy), None) => policy.to_owned(),
                (_, Some(role)) => self.named(service, "role/", role),
                _ => return None,
            },
            "lambda" => self.named(service, "function:", text("FunctionName")?),
            "scheduler" => match (text("ResourceArn"), text("GroupName")) {
                (Some(arn), _) => arn.to_owned(),
                (_, Some(group)) => self.named(service, "schedule/", &format!("{group}/{}", text("Name")?)),
                _ => self.named(service, "schedule-group/", text("Name")?),
            },
            "s3" => format!("arn:{}:s3:::{}", self.account.partition, text("Bucket")?),
            "kms" => match text("AliasName") {
                Some(alias) => {
                    return Some(vec![self.arn(service, alias), self.named(service, "key/", text("TargetKeyId")?)]);
                }
                None => self.named(service, "key/", text("KeyId")?),
            },
            "account" => self.arn(service, "account"),
            _ => return None,
        };
        Some(vec![one])
    }

    /// Dependent actions.
    fn besides(&self, service: &str, resource: &str) -> Vec<Need> {
        let call = self.call;
        let tags = |name: &str| call.params.get(name).is_some_and(|tags| *tags != Value::Null);
        let pass = |role: Option<&str>, to| {
            role.map(|role| Need { passed_to: Some(to), ..need("iam:PassRole", role) }).into_iter().collect()
        };
        match (service, call.operation.as_str()) {
            ("cloudtrail", "CreateTrail" | "UpdateTrail") => {
                let mut needs: Vec<Need> = pass(call.text("CloudWatchLogsRoleArn"), "cloudtrail.amazonaws.com");
                if call.params.get("IsOrganizationTrail") == Some(&Value::Bool(true)) {
                    let actions = ["DescribeOrganization", "ListAWSServiceAccessForOrganization"];
                    needs.extend(actions.map(|action| need(&format!("organizations:{action}"), "*")));
                }
                needs
            }
            ("scheduler", "CreateSchedule" | "UpdateSchedule") => {
                let role = call.params.pointer("/Target/RoleArn").and_then(Value::as_str);
                pass(role, "scheduler.amazonaws.com")
            }
            ("s3", "CreateBucket") if call.params.pointer("/CreateBucketConfiguration/Tags").is_some() => {
                vec![need("s3:TagResource", resource)]
            }
            ("logs", "CreateLogGroup") if tags("tags") => {
                vec![need("logs:TagResource", resource.trim_end_matches(":*"))]
            }
            ("cloudwatch", "PutMetricAlarm") if tags("Tags") => vec![need("cloudwatch:TagResource", resource)],
            ("kms", "CreateKey") if tags("Tags") => vec![need("kms:TagResource", &self.arn(service, "key/new"))],
            ("sns", "CreateTopic") if tags("Tags") => vec![need("sns:TagResource", resource)],
            ("iam", "CreateRole") if tags("Tags") => vec![need("iam:TagRole", resource)],
            ("scheduler", "CreateScheduleGroup") if tags("Tags") => vec![need("scheduler:TagResource", resource)],
            _ => Vec::new(),
        }
    }
}

/// Statements of policies.
#[derive(Debug, Clone, Default)]
pub struct Policies(Vec<Value>);

impl Policies {
    /// All statements of these documents.
    pub fn of<'a>(documents: impl IntoIterator<Item = &'a Value>) -> Self {
        let statements = documents.into_iter().filter_map(|document| document.get("Statement"));
        Self(statements.flat_map(|it| it.as_array().cloned().unwrap_or_else(|| vec![it.clone()])).collect())
    }

    /// Whether they give a right: one statement allows it and none denies it.
    pub fn give(&self, need: &Need) -> bool {
        let hits = |effect: &str| self.0.iter().any(|it| it.get("Effect") == Some(&effect.into()) && hits(it, need));
        hits("Allow") && !hits("Deny")
    }
}

fn hits(statement: &Value, need: &Need) -> bool {
    let any = |member: &str, of: &str, ignore_case: bool| {
        let texts = texts(statement.get(member));
        texts.iter().any(|pattern| {
            if ignore_case { like(&pattern.to_lowercase(), &of.to_lowercase()) } else { like(pattern, of) }
        })
    };
    any("Action", &need.action, true)
        && any("Resource", &need.resource, false)
        && statement.get("Condition").and_then(Value::as_object).is_none_or(|all| holds(all, need))
}

/// Our policies know few conditions; any other holds for nobody, so that it is noticed. Which tags and aliases a key has
/// the proxy does not know: of those it takes the policy's word.
fn holds(conditions: &Map<String, Value>, need: &Need) -> bool {
    const OF_KEYS: [&str; 3] = ["aws:ResourceTag/managed-by", "aws:RequestTag/managed-by", "kms:ResourceAliases"];
    conditions.iter().all(|(operator, keys)| {
        ["StringEquals", "ForAnyValue:StringEquals"].contains(&operator.as_str())
            && keys.as_object().is_some_and(|keys| {
                keys.iter().all(|(key, value)| {
                    (need.action.starts_with("kms:") && OF_KEYS.contains(&key.as_str()))
                        || key == "iam:PassedToService"
                            && need.passed_to.is_some_and(|it| texts(Some(value)).contains(&it))
                })
            })
    })
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    match value {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_str).collect(),
        Some(one) => one.as_str().into_iter().collect(),
        None => Vec::new(),
    }
}

/// `*` is any text, `?` any character.
fn like(pattern: &str, text: &str) -> bool {
    match pattern.split_once(['*', '?']) {
        None => pattern == text,
        Some((before, after)) => {
            let Some(rest) = text.strip_prefix(before) else { return false };
            if pattern.as_bytes().get(before.len()) == Some(&b'?') {
                let mut chars = rest.chars();
                return chars.next().is_some() && like(after, chars.as_str());
            }
            after.is_empty()
                || rest
                    .char_indices()
                    .map(|(at, _)| at)
                    .chain([rest.len()])
                    .any(|at| rest.get(at..).is_some_and(|rest| like(after, rest)))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn call(service: &str, operation: &str, params: Value) -> Call {
        let (service, operation) = (service.to_owned(), operation.to_owned());
        Call { service, operation, params, region: "eu-west-1".to_owned(), ..Call::default() }
    }

    fn needed(call: &Call) -> Vec<String> {
        let account = Account::new("aws", "111122223333");
        needs(call, &account).unwrap().into_iter().map(|it| format!("{} {}", it.action, it.resource)).collect()
    }

    #[test]
    fn a_call_needs_its_action_on_what_it_names_and_what_hangs_on_it() {
        let filter = call("logs", "PutMetricFilter", json!({ "logGroupName": "/yakei" }));
        assert_eq!(needed(&filter), ["logs:PutMetricFilter arn:aws:logs:eu-west-1:111122223333:log-group:/yakei:*"]);
        let role = "arn:aws:iam::111122223333:role/r";
        let schedule = call(
            "scheduler",
            "CreateSchedule",
            json!({ "GroupName": "g", "Name": "n", "Target": { "RoleArn": role } }),
        );
        let arn = "arn:aws:scheduler:eu-west-1:111122223333:schedule/g/n";
        assert_eq!(needed(&schedule), [format!("scheduler:CreateSchedule {arn}"), format!("iam:PassRole {role}")]);
        assert_eq!(needed(&call("s3", "HeadBucket", json!({ "Bucket": "b" }))), ["s3:ListBucket arn:aws:s3:::b"]);
        assert_eq!(needed(&call("logs", "DescribeLogGroups", json!({}))), ["logs:DescribeLogGroups *"]);
    }

    #[test]
    fn policies_give_what_one_allows_and_none_denies() {
        let allow =
            json!({ "Statement": [{ "Effect": "Allow", "Action": ["s3:Get*"], "Resource": "arn:aws:s3:::b*" }] });
        let deny = json!({ "Statement": { "Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::b?" } });
        let gives = |documents: &[&Value], resource: &str| {
            Policies::of(documents.iter().copied()).give(&need("s3:GetBucketPolicy", resource))
        };
        assert!(gives(&[&allow], "arn:aws:s3:::bc"));
        assert!(!gives(&[&allow], "arn:aws:s3:::c"));
        assert!(!gives(&[&allow, &deny], "arn:aws:s3:::bc"));
        assert!(gives(&[&allow, &deny], "arn:aws:s3:::bcd"));
        assert!(!gives(&[], "arn:aws:s3:::bc"));
    }

    #[test]
    fn a_condition_is_looked_at() {
        let statement = json!({ "Statement": [{ "Effect": "Allow", "Action": "iam:PassRole", "Resource": "r",
            "Condition": { "StringEquals": { "iam:PassedToService": "scheduler.amazonaws.com" } } }] });
        let to = |service| Need { passed_to: service, ..need("iam:PassRole", "r") };
        let policies = Policies::of([&statement]);
        assert!(policies.give(&to(Some("scheduler.amazonaws.com"))));
        assert!(!policies.give(&to(Some("cloudtrail.amazonaws.com"))));
        assert!(!policies.give(&to(None)));
    }

    #[test]
    fn wildcards() {
        for (pattern, text, fits) in
            [("a*c", "abbc", true), ("a*c", "abb", false), ("*", "", true), ("a?", "a", false), ("*b*b", "abab", true)]
        {
            assert_eq!(like(pattern, text), fits, "{pattern} {text}");
        }
    }
}
