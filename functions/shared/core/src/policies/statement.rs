//! Statements of ours in a policy that is somebody else's.
//!
//! They are found, replaced and removed by their `Sid`; every other statement stays as it stands. Where other
//! statements allow the same already, none of ours is needed.

use serde_json::{Value, json};

use super::documents::SIDS;
use super::glob::{covers as is_like, is_family};
use super::policy::{Policy, covers, statements, texts};

impl Policy {
    /// A policy that says nothing, as a bucket has that was never given one.
    pub fn empty() -> Self {
        Self(json!({ "Version": "2012-10-17", "Statement": [] }))
    }

    /// Whether it has no statement.
    pub fn is_empty(&self) -> bool {
        statements(&self.0).is_empty()
    }

    /// The `Sid` of a single statement.
    pub fn sid(&self) -> Option<&str> {
        self.0.get("Sid").and_then(Value::as_str)
    }

    /// The actions that a single statement names.
    pub fn actions(&self) -> Vec<&str> {
        self.0.get("Action").map(texts).unwrap_or_default()
    }

    /// Its statements, each by itself.
    pub fn each(&self) -> Vec<Self> {
        statements(&self.0).into_iter().cloned().map(Self).collect()
    }

    /// The statement with this `Sid`.
    pub fn statement(&self, sid: &str) -> Option<Self> {
        let found = statements(&self.0).into_iter().find(|statement| has_sid(statement, sid));
        found.cloned().map(Self)
    }

    /// The same policy with these statements instead of those that bear their `Sid`s; `None` when it is no policy
    /// document, which nobody should overwrite.
    pub fn with(&self, ours: &[Self]) -> Option<Self> {
        let without = self.without(ours)?;
        let mut document = without.0;
        let all = document.get_mut("Statement").and_then(Value::as_array_mut)?;
        all.extend(ours.iter().map(|statement| statement.0.clone()));
        Some(Self(document))
    }

    /// The same policy without the statements that bear the `Sid`s of these; `None` when it is no policy document.
    pub fn without(&self, ours: &[Self]) -> Option<Self> {
        let is_ours = |statement: &Value| ours.iter().filter_map(Self::sid).any(|sid| has_sid(statement, sid));
        let kept: Vec<Value> = statements(&self.0).into_iter().filter(|s| !is_ours(s)).cloned().collect();
        let mut document = self.0.as_object()?.clone();
        document.insert("Statement".to_owned(), Value::Array(kept));
        Some(Self(Value::Object(document)))
    }

    /// The same policy without the statements by which another Yakei allows what `wanted` does: they go when it goes.
    #[must_use]
    pub fn of_strangers(&self, wanted: &Self) -> Self {
        let kind = SIDS.into_iter().find(|kind| wanted.sid().is_some_and(|sid| sid.ends_with(kind)));
        let kin = |statement: &Value| {
            let sid = statement.get("Sid").and_then(Value::as_str);
            kind.is_some_and(|kind| sid.is_some_and(|sid| sid.ends_with(kind)))
        };
        Self(json!({ "Statement": statements(&self.0).into_iter().filter(|s| !kin(s)).collect::<Vec<_>>() }))
    }

    /// Whether statements of this policy let happen whatever the statement `wanted` lets happen. A statement with a
    /// condition that cannot be weighed counts as none. Denials are weighed by [`Policy::denies`].
    pub fn allows(&self, wanted: &Self) -> bool {
        let of = |key: &str| wanted.0.get(key).map(texts).unwrap_or_default();
        let (actions, resources) = (of("Action"), of("Resource"));
        let mut pairs = actions.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
        pairs.all(|(action, resource)| statements(&self.0).iter().any(|it| lets(it, &wanted.0, action, resource)))
    }
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(sid)
}

/// Whether one statement allows this action on this resource to those whom `wanted` names, as `wanted` conditions it.
fn lets(statement: &Value, wanted: &Value, action: &str, resource: &str) -> bool {
    let any =
        |key: &str, fits: &dyn Fn(&str) -> bool| statement.get(key).is_some_and(|v| texts(v).into_iter().any(fits));
    statement.get("Effect").and_then(Value::as_str) == Some("Allow")
        && principal(statement.get("Principal"), wanted.get("Principal"))
        && any("Action", &|allowed| covers(allowed, action))
        && any("Resource", &|allowed| is_like(allowed, resource))
        && conditions(statement.get("Condition"), wanted.get("Condition"))
}

/// Everybody, or the service that is wanted.
fn principal(found: Option<&Value>, wanted: Option<&Value>) -> bool {
    let service = wanted.and_then(|it| it.get("Service")).and_then(Value::as_str);
    let of = |key: &str| found.and_then(|it| it.get(key)).map(texts).unwrap_or_default();
    let everybody = found.and_then(Value::as_str) == Some("*") || of("AWS").contains(&"*");
    everybody || service.is_some_and(|service| of("Service").contains(&service))
}

/// Whether each condition holds for everything that the wanted conditions let through.
fn conditions(found: Option<&Value>, wanted: Option<&Value>) -> bool {
    let Some(found) = found.and_then(Value::as_object) else { return found.is_none() };
    found.iter().all(|(operator, keys)| {
        let keys = keys.as_object().into_iter().flatten();
        keys.into_iter().all(|(key, values)| {
            let given = given(wanted, key);
            let fits = |value: &str| texts(values).into_iter().any(|pattern| holds(operator, pattern, value));
            !given.is_empty() && given.into_iter().all(fits)
        })
    })
}

/// The values that a key has in what is wanted.
pub(super) fn given<'w>(wanted: Option<&'w Value>, key: &str) -> Vec<&'w str> {
    // A topic's default policy knows the account by its older name.
    let key = if key.eq_ignore_ascii_case("aws:SourceOwner") { "aws:SourceAccount" } else { key };
    let operators = wanted.and_then(Value::as_object).into_iter().flat_map(|it| it.values());
    let keys = operators.filter_map(Value::as_object).flatten();
    keys.filter(|(name, _)| name.eq_ignore_ascii_case(key)).flat_map(|(_, values)| texts(values)).collect()
}

/// The operators that compare texts; any other cannot be weighed here.
fn holds(operator: &str, pattern: &str, value: &str) -> bool {
    match operator.strip_suffix("IfExists").unwrap_or(operator) {
        // A `*` of these is a star and no wildcard: of a whole family none of them lets anybody in.
        "StringEquals" => pattern == value && !is_family(value),
        "StringEqualsIgnoreCase" => pattern.eq_ignore_ascii_case(value) && !is_family(value),
        "StringLike" | "ArnLike" | "ArnEquals" => is_like(pattern, value),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arns::Place;
    use crate::names::Name;
    use crate::policies;

    fn place() -> Place {
        Place { partition: "aws".into(), account: "111122223333".into(), region: "eu-west-1".into() }
    }

    fn publish() -> Policy {
        policies::alarms_publish(&place(), &Name::parse("yakei").unwrap(), "company")
    }

    /// The policy that SNS gives a topic: everybody, for this account.
    fn default_policy(owner: &str) -> Policy {
        Policy::new(json!({ "Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [{
            "Sid": "__default_statement_ID", "Effect": "Allow", "Principal": { "AWS": "*" },
            "Action": ["SNS:GetTopicAttributes", "SNS:Publish", "SNS:Subscribe"], "Resource": place().topic("company"),
            "Condition": { "StringEquals": { "AWS:SourceOwner": owner } }
        }] }))
    }

    #[test]
    fn what_others_allow_already_needs_no_statement_of_ours() {
        let allowing = |condition: Value| {
            Policy::new(
                json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": ["cloudwatch.amazonaws.com"] },
                "Action": "sns:*", "Resource": "*", "Condition": condition } }),
            )
        };
        let alarms = "arn:aws:cloudwatch:*:111122223333:alarm:*";
        for (policy, expected) in [
            (default_policy("111122223333"), true),
            (default_policy("999999999999"), false),
            (allowing(json!({})), true),
            (allowing(json!({ "ArnLike": { "aws:SourceArn": alarms } })), true),
            (allowing(json!({ "StringEquals": { "aws:SourceArn": alarms } })), false),
            // Of this very account and Region, and no alarm is called so.
            (allowing(json!({ "StringEquals": { "aws:SourceArn": place().alarm("*") } })), false),
            (allowing(json!({ "ArnEquals": { "aws:SourceArn": place().alarm("*") } })), true),
            (
                allowing(
                    json!({ "ArnLike": { "AWS:SourceArn": "arn:aws:cloudwatch:eu-west-1:111122223333:alarm:other" } }),
                ),
                false,
            ),
            (allowing(json!({ "StringEquals": { "aws:PrincipalOrgID": "o-1" } })), false),
            (allowing(json!({ "IpAddress": { "aws:SourceIp": "10.0.0.0/8" } })), false),
            (Policy::empty(), false),
            (Policy::read("nonsense"), false),
        ] {
            assert_eq!(policy.allows(&publish()), expected, "{policy:?}");
        }
        let events = allowing(json!({})).to_json().replace("cloudwatch", "events");
        assert!(!Policy::read(&events).allows(&publish()));
        let deny = allowing(json!({})).to_json().replace("Allow", "Deny");
        assert!(!Policy::read(&deny).allows(&publish()));
    }

    #[test]
    fn another_yakeis_statement_is_not_relied_on() {
        let of = |name: &str| policies::alarms_publish(&place(), &Name::parse(name).unwrap(), "company");
        let (two, plain) = (of("yakei-2"), of("yakei2"));
        assert_ne!(two.sid(), plain.sid(), "each keeps its own");
        let policy = default_policy("111122223333").with(&[two]).unwrap();
        assert!(policy.of_strangers(&plain).allows(&plain), "SNS's own statement stays");
        let policy = policy.without(&[default_policy("111122223333").statement("__default_statement_ID").unwrap()]);
        let policy = policy.unwrap();
        assert!(policy.allows(&plain), "what goes with the other name");
        assert!(!policy.of_strangers(&plain).allows(&plain));
    }

    #[test]
    fn a_key_must_allow_both_actions_in_whatever_statements() {
        let wanted = policies::alarms_use_key(&place(), &Name::parse("yakei").unwrap());
        let statement = |action: &str| json!({ "Effect": "Allow", "Principal": { "Service": "cloudwatch.amazonaws.com" }, "Action": action, "Resource": "*" });
        let policy = |actions: &[&str]| {
            Policy::new(json!({ "Statement": actions.iter().map(|a| statement(a)).collect::<Vec<_>>() }))
        };
        for (actions, expected) in [
            (&["kms:Decrypt"][..], false),
            (&["kms:Decrypt", "kms:GenerateDataKey*"], true),
            (&["kms:Decrypt", "kms:GenerateDataKey"], false),
            (&["kms:*"], true),
        ] {
            assert_eq!(policy(actions).allows(&wanted), expected, "{actions:?}");
        }
        let root = json!({ "Statement": [{ "Effect": "Allow", "Principal": { "AWS": place().root() }, "Action": "kms:*", "Resource": "*" }] });
        assert!(!Policy::new(root).allows(&wanted));
    }

    #[test]
    fn other_statements_stay_as_they_stand() {
        let before = default_policy("999999999999");
        let with = before.with(&[publish()]).unwrap();
        assert_eq!(with.statement("__default_statement_ID"), before.statement("__default_statement_ID"));
        assert_eq!(with.document()["Id"], "__default_policy_ID");
        assert_eq!(with.statement(publish().sid().unwrap()), Some(publish()));
        assert_eq!(with.with(&[publish()]), Some(with.clone()));
        assert_eq!(with.without(&[publish()]), Some(before));
        assert_eq!(Policy::read("nonsense").with(&[publish()]), None);
        let single = Policy::new(json!({ "Statement": { "Sid": "a" } }));
        assert_eq!(single.with(&[publish()]).unwrap().document()["Statement"].as_array().unwrap().len(), 2);
    }
}
