//! Who made a call, in the words that a person on watch understands.
//!
//! Every identity type has an answer, and an identity that says nothing is `unknown`: no record is
//! dropped for it. Source: CloudTrail user guide, "CloudTrail userIdentity element".

use std::borrow::Cow;

use super::lax::Text;
use super::record::{Additional, Element};
use crate::arns::is_account;

/// What AWS writes as the user name of a failed sign-in with a name that does not exist.
pub const HIDDEN_USER: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";
/// Stands for whoever acted where the record does not say it.
pub const UNKNOWN: &str = "unknown";
/// The account of a root user where the record says none.
pub(crate) const UNKNOWN_ACCOUNT: &str = "an unknown account";

/// What IAM Identity Center names the roles of its permission sets: `AWSReservedSSO_<set>_<hash>`.
pub(super) const SSO_ROLE: &str = "AWSReservedSSO_";

/// What the name of an actor is a name of. An IAM user, a role's session, a principal's id and a service are different
/// things although the text may be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Identity {
    /// An IAM user's name. That of a failed sign-in was typed by anybody.
    IamUser,
    /// An account's root user.
    Root,
    /// A role and its session's name, `Role/session`, or `person via SSO set`.
    AssumedRole,
    /// A session's name of `GetFederationToken`.
    FederatedUser,
    /// A name that a SAML provider gave.
    SamlUser,
    /// A name that a web identity provider gave.
    WebIdentityUser,
    /// A user of IAM Identity Center.
    IdentityCenterUser,
    /// Another account and its principal's id.
    AwsAccount,
    /// `invokedBy`: a service's name.
    AwsService,
    /// A principal's id, where a record says no name.
    PrincipalId,
    /// Whatever else a record says.
    Other,
}

impl Identity {
    /// All of them, with their words: CloudTrail's types where there is one.
    pub const WORDS: [(Self, &'static str); 11] = [
        (Self::IamUser, "IAMUser"),
        (Self::Root, "Root"),
        (Self::AssumedRole, "AssumedRole"),
        (Self::FederatedUser, "FederatedUser"),
        (Self::SamlUser, "SAMLUser"),
        (Self::WebIdentityUser, "WebIdentityUser"),
        (Self::IdentityCenterUser, "IdentityCenterUser"),
        (Self::AwsAccount, "AWSAccount"),
        (Self::AwsService, "AWSService"),
        (Self::PrincipalId, "PrincipalId"),
        (Self::Other, "Other"),
    ];
}

/// A part of a name that AWS says and no person chose the words of: what stands in English in `who`, taken apart again, so
/// that a sentence says it in its own language. A name that holds such words itself is taken for what it looks like; in
/// `who` nobody can tell the two apart either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    /// A service that made the call for them.
    Via(&'a str),
    /// Who switched the role in the console: a tail of an ARN, and the account, where it says one.
    SwitchedFrom(&'a str, Option<&'a str>),
    /// A session's source identity.
    SourceIdentity(&'a str),
    /// Who gave the session to somebody, where the record says it.
    Federated(Option<&'a str>),
    /// The permission set of a person of IAM Identity Center.
    Sso(&'a str),
    /// The account of a principal of which a record says no more than its id, or not even that.
    Account(&'a str),
}

/// What `who` holds: the name itself, and what is said of it, in order.
pub(crate) fn parts(who: &str) -> (&str, Vec<Part<'_>>) {
    let (mut name, mut found) = (who, Vec::new());
    while let Some((before, inside)) = name.strip_suffix(')').and_then(|it| it.rsplit_once(" (")) {
        let part = if let Some(service) = inside.strip_prefix("via ") {
            Part::Via(service)
        } else if let Some(from) = inside.strip_prefix("switched from ") {
            from.rsplit_once(" of ").map_or(Part::SwitchedFrom(from, None), |(it, of)| Part::SwitchedFrom(it, Some(of)))
        } else if let Some(source) = inside.strip_prefix("source identity ") {
            Part::SourceIdentity(source)
        } else if let Some(issuer) = inside.strip_prefix("federated by ") {
            Part::Federated(Some(issuer))
        } else if inside == "federated" {
            Part::Federated(None)
        } else {
            break;
        };
        found.push(part);
        name = before;
    }
    if let Some((person, set)) = name.rsplit_once(" via SSO ") {
        found.push(Part::Sso(set));
        name = person;
    }
    if let Some(other) = name.strip_prefix("account ") {
        let (account, principal) = other.split_once(", ").unwrap_or((other, ""));
        if is_account(account) {
            found.push(Part::Account(account));
            name = principal;
        }
    }
    found.reverse();
    (name, found)
}

/// Who acted and what that is a name of. Not yet cleaned: strangers may have chosen parts of it.
pub(super) fn who<'a>(element: &Element<'a>, additional: &Additional<'a>) -> (Identity, Cow<'a, str>) {
    let kind = element.kind.as_str();
    let (of, name) = match kind {
        "IAMUser" => (Identity::IamUser, element.user_name.clone().take()),
        "Root" => (Identity::Root, Some(root(element))),
        "AssumedRole" => (Identity::AssumedRole, assumed_role(element)),
        "FederatedUser" => (Identity::FederatedUser, federated(element)),
        "SAMLUser" => (Identity::SamlUser, provided(element)),
        "WebIdentityUser" => (Identity::WebIdentityUser, provided(element)),
        "IdentityCenterUser" => (Identity::IdentityCenterUser, identity_center(element, additional)),
        "AWSAccount" => (Identity::AwsAccount, account(element)),
        "AWSService" => (Identity::AwsService, element.invoked_by.clone().take()),
        _ => (Identity::Other, None),
    };
    let (of, base) = name.map_or_else(|| anyone(element), |name| (of, name));
    if kind == "AWSService" {
        return (of, base);
    }
    let base = match additional.switch_from.get() {
        Some(from) => Cow::Owned(format!("{base} (switched from {})", tail_of_account(from))),
        None => base,
    };
    match element.invoked_by.get() {
        Some(service) => (of, Cow::Owned(format!("{base} (via {service})"))),
        None => (of, base),
    }
}

fn root<'a>(element: &Element<'a>) -> Cow<'a, str> {
    // userName is the account's alias here, which anybody may choose.
    let account = element.account_id.get().unwrap_or(UNKNOWN_ACCOUNT);
    if element.session.assumed_root.get() == Some("true") {
        return format!("root of {account} (central root access)").into();
    }
    format!("root of {account}").into()
}

fn assumed_role<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let (role, session) = role_and_session(element)?;
    let who = match role.strip_prefix(SSO_ROLE) {
        Some(set) => format!("{session} via SSO {}", set.rsplit_once('_').map_or(set, |(name, _hash)| name)),
        None if session.is_empty() => role.to_owned(),
        None => format!("{role}/{session}"),
    };
    Some(match element.session.source_identity.get() {
        Some(source) => format!("{who} (source identity {source})").into(),
        None => who.into(),
    })
}

/// From `arn:aws:sts::<account>:assumed-role/<role>/<session>`, else from the session's issuer and the
/// principal's id (`AROA…:<session>`).
fn role_and_session<'i>(element: &'i Element<'_>) -> Option<(&'i str, &'i str)> {
    let in_arn =
        element.arn.get().and_then(|arn| arn.split_once(":assumed-role/")).and_then(|(_, it)| it.split_once('/'));
    in_arn.or_else(|| {
        let session = element.principal_id.get().and_then(|id| id.split_once(':')).map_or("", |(_, session)| session);
        Some((element.session.issuer.user_name.get()?, session))
    })
}

fn federated<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let name = element.arn.get().map(tail).or_else(|| element.user_name.get())?;
    let issuer = &element.session.issuer;
    Some(match issuer.user_name.get().or_else(|| issuer.arn.get().map(tail)) {
        Some(issuer) => format!("{name} (federated by {issuer})").into(),
        None => format!("{name} (federated)").into(),
    })
}

fn provided<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    Some(format!("{} @ {}", element.user_name.get()?, element.identity_provider.get()?).into())
}

fn identity_center<'a>(element: &Element<'a>, additional: &Additional<'a>) -> Option<Cow<'a, str>> {
    additional.user_name.clone().take().or_else(|| element.on_behalf_of.user_id.clone().take())
}

fn account<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let account = element.account_id.get()?;
    Some(match element.principal_id.get() {
        Some(principal) => format!("account {account}, {principal}").into(),
        None => format!("account {account}").into(),
    })
}

/// `Directory`, `Unknown`, types that AWS has yet to invent, and known types that lack their own members.
fn anyone<'a>(element: &Element<'a>) -> (Identity, Cow<'a, str>) {
    let said = |text: &Text<'a>| Text::take(text.clone());
    if let Some(name) = said(&element.user_name).or_else(|| said(&element.on_behalf_of.user_id)) {
        return (Identity::Other, name);
    }
    if let Some(id) = said(&element.principal_id) {
        return (Identity::PrincipalId, id);
    }
    let known = said(&element.account_id).or_else(|| said(&element.arn));
    (Identity::Other, known.unwrap_or(Cow::Borrowed(UNKNOWN)))
}

/// What stands after the last `/` of an ARN.
fn tail(arn: &str) -> &str {
    arn.rsplit_once('/').map_or(arn, |(_, tail)| tail)
}

/// `arn:aws:iam::999999999999:user/Anaya` as `user/Anaya of 999999999999`.
fn tail_of_account(arn: &str) -> String {
    let mut parts = arn.splitn(6, ':').skip(4);
    match (parts.next(), parts.next()) {
        (Some(account), Some(resource)) if !account.is_empty() => format!("{resource} of {account}"),
        _ => arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sighting;
    use super::*;
    use serde_json::json;

    #[test]
    fn every_part_of_a_name_is_found_again() {
        let role = |session: serde_json::Value| {
            json!({"type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice",
                "sessionContext": session, "invokedBy": "cloudformation.amazonaws.com"})
        };
        let federated = json!({"type": "FederatedUser", "arn": "arn:aws:sts::111122223333:federated-user/bob",
            "sessionContext": {"sessionIssuer": {"userName": "broker"}}});
        let switched = json!({"SwitchFrom": "arn:aws:iam::999999999999:user/Anaya"});
        let service = Part::Via("cloudformation.amazonaws.com");
        for (identity, additional, name, found) in [
            (role(json!({})), json!({}), "alice", vec![Part::Sso("Admin"), service]),
            (
                role(json!({"sourceIdentity": "carol"})),
                switched,
                "alice",
                vec![
                    Part::Sso("Admin"),
                    Part::SourceIdentity("carol"),
                    Part::SwitchedFrom("user/Anaya", Some("999999999999")),
                    service,
                ],
            ),
            (federated, json!({}), "bob", vec![Part::Federated(Some("broker"))]),
            (json!({"type": "FederatedUser", "userName": "eve"}), json!({}), "eve", vec![Part::Federated(None)]),
            (json!({"type": "IAMUser", "userName": "dave"}), json!({}), "dave", vec![]),
            (
                json!({"type": "AWSAccount", "accountId": "999999999999", "principalId": "AIDAX"}),
                json!({}),
                "AIDAX",
                vec![Part::Account("999999999999")],
            ),
            (
                json!({"type": "AWSAccount", "accountId": "999999999999"}),
                json!({}),
                "",
                vec![Part::Account("999999999999")],
            ),
        ] {
            let record =
                json!({"eventName": "X", "userIdentity": identity, "additionalEventData": additional}).to_string();
            let who = Sighting::read(&record).unwrap().who.into_owned();
            assert_eq!(parts(&who), (name, found), "{who}");
        }
        for kept in ["(via x)", "a (b)", "a (via", "via SSO Admin", ""] {
            assert_eq!(parts(kept), (kept, vec![]));
        }
    }
}
