//! Who made a call, in the words that a person on watch understands.
//!
//! Every identity type has an answer, and an identity that says nothing is `unknown`: no record is
//! dropped for it. Source: CloudTrail user guide, "CloudTrail userIdentity element".

use std::borrow::Cow;

use super::lax::Text;
use super::record::{Additional, Identity};

/// What AWS writes as the user name of a failed sign-in with a name that does not exist.
pub const HIDDEN_USER: &str = "HIDDEN_DUE_TO_SECURITY_REASONS";

/// What IAM Identity Center names the roles of its permission sets: `AWSReservedSSO_<set>_<hash>`.
const SSO_ROLE: &str = "AWSReservedSSO_";

/// Who acted. Not yet cleaned: strangers may have chosen parts of it.
pub(super) fn who<'a>(identity: &Identity<'a>, additional: &Additional<'a>) -> Cow<'a, str> {
    let base = match identity.kind.as_str() {
        "IAMUser" => named(identity),
        "Root" => root(identity),
        "AssumedRole" => assumed_role(identity),
        "FederatedUser" => federated(identity),
        "SAMLUser" | "WebIdentityUser" => provided(identity),
        "IdentityCenterUser" => identity_center(identity, additional),
        "AWSAccount" => account(identity),
        "AWSService" => return service(identity),
        _ => anyone(identity),
    };
    let base = match additional.switch_from.get() {
        Some(from) => Cow::Owned(format!("{base} (switched from {})", tail_of_account(from))),
        None => base,
    };
    match identity.invoked_by.get() {
        Some(service) => Cow::Owned(format!("{base} (via {service})")),
        None => base,
    }
}

fn named<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    identity.user_name.clone().take().unwrap_or_else(|| anyone(identity))
}

fn root<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    // userName is the account's alias here, which anybody may choose.
    let account = identity.account_id.get().unwrap_or("an unknown account");
    if identity.session.assumed_root.get() == Some("true") {
        return format!("root of {account} (central root access)").into();
    }
    format!("root of {account}").into()
}

fn assumed_role<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    let Some((role, session)) = role_and_session(identity) else { return anyone(identity) };
    let who = match role.strip_prefix(SSO_ROLE) {
        Some(set) => format!("{session} via SSO {}", set.rsplit_once('_').map_or(set, |(name, _hash)| name)),
        None if session.is_empty() => role.to_owned(),
        None => format!("{role}/{session}"),
    };
    match identity.session.source_identity.get() {
        Some(source) => format!("{who} (source identity {source})").into(),
        None => who.into(),
    }
}

/// From `arn:aws:sts::<account>:assumed-role/<role>/<session>`, else from the session's issuer and the
/// principal's id (`AROA…:<session>`).
fn role_and_session<'i>(identity: &'i Identity<'_>) -> Option<(&'i str, &'i str)> {
    let in_arn =
        identity.arn.get().and_then(|arn| arn.split_once(":assumed-role/")).and_then(|(_, it)| it.split_once('/'));
    in_arn.or_else(|| {
        let session = identity.principal_id.get().and_then(|id| id.split_once(':')).map_or("", |(_, session)| session);
        Some((identity.session.issuer.user_name.get()?, session))
    })
}

fn federated<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    let name = identity.arn.get().map(tail).or_else(|| identity.user_name.get());
    let issuer = &identity.session.issuer;
    match (name, issuer.user_name.get().or_else(|| issuer.arn.get().map(tail))) {
        (Some(name), Some(issuer)) => format!("{name} (federated by {issuer})").into(),
        (Some(name), None) => format!("{name} (federated)").into(),
        (None, _) => anyone(identity),
    }
}

fn provided<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    match (identity.user_name.get(), identity.identity_provider.get()) {
        (Some(name), Some(provider)) => format!("{name} @ {provider}").into(),
        _ => anyone(identity),
    }
}

fn identity_center<'a>(identity: &Identity<'a>, additional: &Additional<'a>) -> Cow<'a, str> {
    let user = additional.user_name.clone().take().or_else(|| identity.on_behalf_of.user_id.clone().take());
    user.unwrap_or_else(|| anyone(identity))
}

fn account<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    match (identity.account_id.get(), identity.principal_id.get()) {
        (Some(account), Some(principal)) => format!("account {account}, {principal}").into(),
        (Some(account), None) => format!("account {account}").into(),
        _ => anyone(identity),
    }
}

fn service<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    identity.invoked_by.clone().take().unwrap_or_else(|| anyone(identity))
}

/// `Directory`, `Unknown`, types that AWS has yet to invent, and known types that lack their own members.
fn anyone<'a>(identity: &Identity<'a>) -> Cow<'a, str> {
    let on_behalf = &identity.on_behalf_of.user_id;
    let known = [&identity.user_name, on_behalf, &identity.principal_id, &identity.account_id];
    if let Some(known) = known.into_iter().find(|text| text.get().is_some()) {
        return Text::take(known.clone()).unwrap_or_default();
    }
    identity.arn.get().map_or(Cow::Borrowed("unknown"), |arn| Cow::Owned(arn.to_owned()))
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
