//! Whether a policy denies what we need: a denial wins over every permission.
//!
//! Judged for the call that AWS's service makes, with the context that such a call has. A condition that cannot be
//! decided from here makes a denial uncertain, never harmless.

use serde_json::Value;

use super::glob::{covers, is_family, meet};
use super::policy::{self, Policy, statements, texts};
use super::statement::given;
use crate::arns;

/// A statement that denies something that is needed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Denial {
    /// Which statement, for people: by its `Sid`, else by its place.
    pub statement: String,
    /// What it denies of what is needed.
    pub action: String,
    /// Whether it surely hits; else its condition cannot be decided from here.
    pub certain: bool,
}

/// What a condition comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Holds {
    No,
    Perhaps,
    Yes,
}

/// What is known of a condition key in the call.
enum Known<'a> {
    Is(Vec<&'a str>),
    Absent,
    Unknown,
}

impl Policy {
    /// The statements that deny something of what the statement `wanted` lets happen.
    pub fn denies(&self, wanted: &Self) -> Vec<Denial> {
        let all = statements(self.document()).into_iter().enumerate();
        all.filter_map(|(index, statement)| denies(index, statement, wanted.document())).collect()
    }
}

fn denies(index: usize, statement: &Value, wanted: &Value) -> Option<Denial> {
    let denies = statement.get("Effect").and_then(Value::as_str) == Some("Deny");
    if !denies || !principal(statement, wanted) || !resource(statement, wanted) {
        return None;
    }
    let action = action(statement, wanted)?;
    let holds = condition(statement.get("Condition"), wanted);
    if holds == Holds::No {
        return None;
    }
    let statement = match statement.get("Sid").and_then(Value::as_str) {
        Some(sid) if !sid.is_empty() => format!("the statement {sid:?}"),
        _ => format!("statement {}", index + 1),
    };
    Some(Denial { statement, action, certain: holds == Holds::Yes })
}

/// The service that makes the call; none where `wanted` is a role's own.
fn service(wanted: &Value) -> Option<&str> {
    wanted.get("Principal")?.get("Service")?.as_str()
}

/// The role that makes it.
fn role(wanted: &Value) -> Option<&str> {
    wanted.get("Principal")?.get("AWS")?.as_str()
}

/// Whether a principal is this role, or one of its sessions.
fn is_role(principal: &str, role: &str) -> bool {
    let name = role.rsplit('/').next().unwrap_or_default();
    principal == role || principal.contains(&format!(":assumed-role/{name}/"))
}

fn hits_role(statement: &Value, role: &str) -> bool {
    let account = arns::account(role).unwrap_or_default();
    let of =
        |value: &Value| value.get("AWS").map(|it| texts(it).into_iter().map(ToOwned::to_owned).collect::<Vec<_>>());
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => {
            // Who denies something to an account denies it to all of it.
            let hit = |it: &String| {
                it == "*" || it == account || is_role(it, role) || it.ends_with(&format!(":iam::{account}:root"))
            };
            principal.as_str() == Some("*") || of(principal).unwrap_or_default().iter().any(hit)
        }
        // Left out is who is named himself; his account alone does not leave him out.
        (None, Some(others)) => !of(others).unwrap_or_default().iter().any(|it| it == "*" || is_role(it, role)),
        (None, None) => true,
    }
}

fn principal(statement: &Value, wanted: &Value) -> bool {
    if let Some(role) = role(wanted) {
        return hits_role(statement, role);
    }
    let Some(service) = service(wanted) else { return true };
    let named = |value: &Value| {
        let of = |key: &str| value.get(key).map(texts).unwrap_or_default();
        value.as_str() == Some("*")
            || of("AWS").contains(&"*")
            || of("Service").into_iter().any(|it| it == service || it == "*")
    };
    match (statement.get("Principal"), statement.get("NotPrincipal")) {
        (Some(principal), _) => named(principal),
        (None, Some(others)) => !named(others),
        (None, None) => true,
    }
}

/// The first needed action that the statement names, or does not leave out.
fn action(statement: &Value, wanted: &Value) -> Option<String> {
    let needed = wanted.get("Action").map(texts).unwrap_or_default();
    let lower = |text: &str| text.to_lowercase();
    let hit = |action: &&&str| match (statement.get("Action"), statement.get("NotAction")) {
        (Some(named), _) => texts(named).into_iter().any(|it| meet(&lower(it), &lower(action))),
        (None, Some(left_out)) => !texts(left_out).into_iter().any(|it| policy::covers(it, action)),
        (None, None) => false,
    };
    needed.iter().find(hit).map(ToString::to_string)
}

fn resource(statement: &Value, wanted: &Value) -> bool {
    let needed = wanted.get("Resource").map(texts).unwrap_or_default();
    match (statement.get("Resource"), statement.get("NotResource")) {
        (Some(named), _) => {
            let named = texts(named);
            needed.iter().any(|needed| named.iter().any(|it| meet(it, needed)))
        }
        (None, Some(left_out)) => {
            let left_out = texts(left_out);
            needed.iter().any(|needed| !left_out.iter().any(|it| covers(it, needed)))
        }
        // A bucket's, topic's or key's policy that names none is about that thing.
        (None, None) => true,
    }
}

/// All of the conditions must hold for the statement to hit.
fn condition(condition: Option<&Value>, wanted: &Value) -> Holds {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    let all = operators.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, values)| one(operator, key, values, wanted))
    });
    all.min().unwrap_or(Holds::Yes)
}

fn one(operator: &str, key: &str, values: &Value, wanted: &Value) -> Holds {
    let plain: Vec<String> = match values {
        Value::Array(many) => many.iter().map(text).collect(),
        single => vec![text(single)],
    };
    if plain.iter().any(|value| value.contains("${")) {
        return Holds::Perhaps;
    }
    let known = known(key, wanted);
    if operator.eq_ignore_ascii_case("Null") {
        let wants_absent = plain.iter().any(|value| value.eq_ignore_ascii_case("true"));
        return match known {
            Known::Unknown => Holds::Perhaps,
            Known::Absent => yes(wants_absent),
            Known::Is(_) => yes(!wants_absent),
        };
    }
    // Of a key with several values all or one must fit; a key that is absent has none.
    let (set, operator) = operator.split_once(':').map_or((None, operator), |(set, it)| (Some(set), it));
    let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |it| (it, true));
    let negated = operator.contains("Not");
    let found = match known {
        Known::Unknown => return Holds::Perhaps,
        // Without the key nothing is equal, and so everything is unequal.
        Known::Absent => {
            return match set {
                None => yes(if_exists || negated),
                Some("ForAllValues") => Holds::Yes,
                Some("ForAnyValue") => yes(if_exists),
                Some(_) => Holds::Perhaps,
            };
        }
        Known::Is(found) => found,
    };
    let Some(compare) = comparison(operator) else { return Holds::Perhaps };
    let equal = |found: &&str| plain.iter().any(|value| compare(value, found));
    yes(if negated { !found.iter().all(equal) } else { found.iter().any(equal) })
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned)
}

fn yes(holds: bool) -> Holds {
    if holds { Holds::Yes } else { Holds::No }
}

/// How an operator compares its value with the call's; `None` for one that cannot be weighed here.
fn comparison(operator: &str) -> Option<fn(&str, &str) -> bool> {
    Some(match operator {
        // What the call has may itself be a family: the statement hits when it hits a part of it.
        "StringLike" | "ArnEquals" | "ArnLike" => meet,
        "StringNotLike" | "ArnNotEquals" | "ArnNotLike" => covers,
        // Here a `*` of the statement is a star and no wildcard.
        "StringEquals" => |value, found| covers(found, value),
        "StringNotEquals" => |value, found| value == found && !is_family(found),
        "StringEqualsIgnoreCase" => |value, found| covers(&found.to_lowercase(), &value.to_lowercase()),
        "StringNotEqualsIgnoreCase" => |value, found| value.eq_ignore_ascii_case(found) && !is_family(found),
        "Bool" => |value, found| value.eq_ignore_ascii_case(found),
        _ => return None,
    })
}

/// Keys that a call by a service's own principal never has (IAM User Guide, "AWS global condition context keys").
const NEVER: [&str; 12] = [
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principaltype",
    "aws:userid",
    "aws:username",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:vpcsourceip",
    "aws:multifactorauthpresent",
    "aws:multifactorauthage",
];

fn known<'a>(key: &str, wanted: &'a Value) -> Known<'a> {
    let key = key.to_lowercase();
    let stated = given(wanted.get("Condition"), &key);
    if !stated.is_empty() {
        return Known::Is(stated);
    }
    if let Some(role) = role(wanted) {
        return match key.as_str() {
            "aws:securetransport" => Known::Is(vec!["true"]),
            "aws:principalarn" => Known::Is(vec![role]),
            "aws:principalaccount" => arns::account(role).map_or(Known::Unknown, |account| Known::Is(vec![account])),
            "aws:principaltype" => Known::Is(vec!["AssumedRole"]),
            "aws:principalisawsservice" | "aws:viaawsservice" => Known::Is(vec!["false"]),
            // It comes by itself, and no service for another's sake.
            "aws:sourceaccount" | "aws:sourcearn" | "aws:sourceorgid" | "aws:sourceorgpaths" => Known::Absent,
            _ => Known::Unknown,
        };
    }
    match (key.as_str(), service(wanted)) {
        // AWS's services use TLS throughout.
        ("aws:securetransport", _) | ("aws:principalisawsservice", Some(_)) => Known::Is(vec!["true"]),
        ("aws:viaawsservice", Some(_)) => Known::Is(vec!["false"]),
        ("aws:principalservicename", Some(service)) => Known::Is(vec![service]),
        (key, Some(_)) if NEVER.contains(&key) || key.starts_with("aws:principaltag/") => Known::Absent,
        _ => Known::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::arns::Place;
    use crate::names::Name;
    use crate::policies;

    fn publish() -> Policy {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        policies::alarms_publish(&place, &Name::parse("yakei").unwrap(), "company")
    }

    /// Whether a denial of these members hits CloudWatch's publishing: `Some(true)` for surely.
    fn hits(members: &Value) -> Option<bool> {
        let mut statement = json!({ "Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": "*" });
        for (key, value) in members.as_object().unwrap() {
            statement[key] = value.clone();
        }
        if statement.get("NotAction").is_some() {
            statement.as_object_mut().unwrap().remove("Action");
        }
        if statement.get("NotPrincipal").is_some() {
            statement.as_object_mut().unwrap().remove("Principal");
        }
        if statement.get("NotResource").is_some() {
            statement.as_object_mut().unwrap().remove("Resource");
        }
        Policy::new(json!({ "Statement": [statement] })).denies(&publish()).first().map(|denial| denial.certain)
    }

    #[test]
    fn a_denial_that_can_hit_our_link_is_seen() {
        let topic = "arn:aws:sns:eu-west-1:111122223333:company";
        for (members, expected) in [
            (json!({}), Some(true)),
            (json!({ "Action": "SNS:*" }), Some(true)),
            (json!({ "Action": ["sns:Pub*"] }), Some(true)),
            (json!({ "Action": "sns:Subscribe" }), None),
            (json!({ "NotAction": "sns:Subscribe" }), Some(true)),
            (json!({ "NotAction": ["sns:Publish", "sns:Subscribe"] }), None),
            (json!({ "Resource": topic }), Some(true)),
            (json!({ "Resource": format!("{topic}-other") }), None),
            (json!({ "NotResource": topic }), None),
            (json!({ "NotResource": format!("{topic}-other") }), Some(true)),
            (json!({ "Principal": { "AWS": "arn:aws:iam::111122223333:root" } }), None),
            (json!({ "Principal": { "AWS": "*" } }), Some(true)),
            (json!({ "Principal": { "Service": ["events.amazonaws.com"] } }), None),
            (json!({ "Principal": { "Service": "cloudwatch.amazonaws.com" } }), Some(true)),
            (json!({ "NotPrincipal": { "Service": "cloudwatch.amazonaws.com" } }), None),
            (json!({ "NotPrincipal": { "AWS": "arn:aws:iam::111122223333:root" } }), Some(true)),
        ] {
            assert_eq!(hits(&members), expected, "{members}");
        }
    }

    #[test]
    fn a_condition_decides_whether_a_denial_hits_a_services_call() {
        for (condition, expected) in [
            (json!({ "Bool": { "aws:SecureTransport": "false" } }), None),
            (json!({ "Bool": { "aws:SecureTransport": false } }), None),
            (json!({ "Bool": { "aws:SecureTransport": "true" } }), Some(true)),
            (json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } }), Some(true)),
            (json!({ "StringNotEqualsIfExists": { "aws:PrincipalOrgID": "o-1" } }), Some(true)),
            (json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } }), None),
            (
                json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" }, "Bool": { "aws:PrincipalIsAWSService": "false" } }),
                None,
            ),
            (json!({ "StringNotEquals": { "AWS:SourceAccount": "111122223333" } }), None),
            (json!({ "StringNotEquals": { "aws:SourceAccount": "999999999999" } }), Some(true)),
            (json!({ "StringNotEquals": { "aws:SourceAccount": ["999999999999", "111122223333"] } }), None),
            (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudwatch:*:*:alarm:yakei-*" } }), Some(true)),
            (json!({ "ArnLike": { "aws:SourceArn": "arn:aws:cloudwatch:us-east-1:*:alarm:*" } }), None),
            (json!({ "ArnNotLike": { "aws:SourceArn": "arn:aws:cloudwatch:*:111122223333:alarm:*" } }), None),
            // A star that is meant as a wildcard and is none.
            (json!({ "StringNotEquals": { "aws:SourceAccount": "*" } }), Some(true)),
            (json!({ "StringNotLike": { "aws:SourceAccount": "*" } }), None),
            (json!({ "StringEquals": { "aws:SourceAccount": "1111*" } }), None),
            (json!({ "StringLike": { "aws:SourceAccount": "1111*" } }), Some(true)),
            (
                json!({ "StringNotEquals": { "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:*" } }),
                Some(true),
            ),
            (
                json!({ "StringEquals": { "aws:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:yakei-RootUsage" } }),
                Some(true),
            ),
            (json!({ "StringEqualsIgnoreCase": { "aws:SourceAccount": "111122223333" } }), Some(true)),
            (json!({ "StringNotEqualsIgnoreCase": { "aws:SourceAccount": "111122223333" } }), None),
            // Of no value all are whatever is asked, and none is.
            (json!({ "ForAllValues:StringEquals": { "aws:PrincipalOrgPaths": "o-1/*" } }), Some(true)),
            (json!({ "ForAllValues:StringNotLike": { "aws:PrincipalOrgPaths": "o-1/*" } }), Some(true)),
            (json!({ "ForAnyValue:StringNotLike": { "aws:PrincipalOrgPaths": "o-1/*" } }), None),
            (json!({ "ForAnyValue:StringLike": { "aws:PrincipalOrgPaths": "o-1/*" } }), None),
            (json!({ "ForAnyValue:StringEquals": { "aws:SourceAccount": "111122223333" } }), Some(true)),
            (json!({ "ForAllValues:StringNotEquals": { "aws:SourceAccount": "111122223333" } }), None),
            (json!({ "Null": { "aws:SourceAccount": "true" } }), None),
            (json!({ "Null": { "aws:PrincipalOrgID": "true" } }), Some(true)),
            (json!({ "StringNotEquals": { "aws:SourceOrgID": "o-1" } }), Some(false)),
            (json!({ "NotIpAddress": { "aws:SourceIp": "10.0.0.0/8" } }), Some(false)),
            (json!({ "DateGreaterThan": { "aws:CurrentTime": "2026-01-01T00:00:00Z" } }), Some(false)),
            (json!({ "StringLike": { "aws:SourceAccount": "${aws:PrincipalAccount}" } }), Some(false)),
        ] {
            assert_eq!(hits(&json!({ "Condition": condition })), expected, "{condition}");
        }
    }

    #[test]
    fn a_denial_hits_a_functions_role_by_its_name_its_account_or_what_leaves_it_out() {
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        let publish = policies::role_publishes(&place, "yakei-enricher", "people");
        let hits = |members: Value| {
            let mut statement = json!({ "Effect": "Deny", "Action": "sns:*", "Resource": "*" });
            statement.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let policy = Policy::new(json!({ "Statement": [statement] }));
            policy.denies(&publish).first().map(|denial| denial.certain)
        };
        let aws = |arn: &str| json!({ "Principal": { "AWS": arn } });
        let not = |arns: Value| json!({ "NotPrincipal": { "AWS": arns } });
        let when = |condition: Value| json!({ "Principal": "*", "Condition": condition });
        let (own, session) =
            (place.role("yakei-enricher"), "arn:aws:sts::111122223333:assumed-role/yakei-enricher/yakei-enricher");
        for (members, expected) in [
            (aws("*"), Some(true)),
            (aws(&own), Some(true)),
            (aws(session), Some(true)),
            (aws(&place.root()), Some(true)),
            (aws("111122223333"), Some(true)),
            (aws(&place.role("yakei-toggler")), None),
            (aws("arn:aws:iam::999999999999:root"), None),
            (json!({ "Principal": { "Service": "cloudwatch.amazonaws.com" } }), None),
            (not(json!([place.root()])), Some(true)),
            (not(json!([place.root(), own])), None),
            (not(json!([place.root(), session])), None),
            (when(json!({ "ArnNotLike": { "aws:PrincipalArn": "arn:aws:iam::*:role/ops-*" } })), Some(true)),
            (when(json!({ "ArnNotLike": { "aws:PrincipalArn": own } })), None),
            (when(json!({ "StringNotEquals": { "aws:PrincipalAccount": "111122223333" } })), None),
            (when(json!({ "StringNotEquals": { "aws:SourceAccount": "111122223333" } })), Some(true)),
            (when(json!({ "Bool": { "aws:SecureTransport": "false" } })), None),
            (when(json!({ "StringNotEquals": { "aws:PrincipalOrgID": "o-1" } })), Some(false)),
        ] {
            assert_eq!(hits(members.clone()), expected, "{members}");
        }
    }

    #[test]
    fn a_permission_is_no_denial_and_our_own_documents_deny_us_nothing() {
        assert_eq!(hits(&json!({ "Effect": "Allow" })), None);
        let place = Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() };
        assert_eq!(policies::alarm_topic(&place, "company").denies(&publish()), []);
    }
}
