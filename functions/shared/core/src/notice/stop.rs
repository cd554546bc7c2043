//! What to do about whoever acted, ready to paste: for this very identity, each step with what it breaks, which the
//! languages say.
//!
//! A command holds only names by which AWS knows somebody and that AWS itself allows ([`Handle`]). Nobody is stopped for
//! what somebody typed: the name of a failed sign-in is in no command.
//!
//! Sources: IAM user guide, "Revoke IAM role temporary security credentials", "Disabling permissions for temporary security
//! credentials", "Perform a privileged task on an AWS Organizations member account"; IAM Identity Center user guide,
//! "Revoke active IAM role sessions created by permission sets".

use serde::Serialize;

use super::link;
use super::shell::{aws, quoted};
use crate::activity::{Group, Handle, Identity};
use crate::arns::is_account;
use crate::regions::partition;
use crate::text::{serialize_unlinked, shown};

/// About how many identities a notice says what to do.
pub(super) const MOST: usize = 3;

/// What to do about one identity. Serialises as an entry of `stop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stop {
    /// Its name; empty for root.
    #[serde(serialize_with = "serialize_unlinked")]
    pub name: String,
    /// What that is a name of.
    pub of: Of,
    /// The account in which the commands are to be run: the identity's own.
    pub account: String,
    /// What can be done, what is most to the point first.
    pub steps: Vec<Step>,
    /// Opens the newest event in CloudTrail's event history, in the account where it happened.
    pub event_url: Option<String>,
    /// Opens the user or the role in IAM.
    pub identity_url: Option<String>,
}

/// What somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Of {
    /// An IAM user.
    User,
    /// The account's root user.
    Root,
    /// A role: whoever uses it.
    Role,
    /// A person of IAM Identity Center.
    Person,
    /// The IAM user who gave a federated session to whoever acted.
    Federator,
    /// An identity whose name is none that AWS allows: no command is offered.
    Unfit,
}

/// One thing that can be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    /// What.
    pub does: Does,
    /// The command, for bash; none where there is no such command.
    pub command: Option<String>,
}

/// What a step does. The names are stable; what each breaks stands in the mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Does {
    /// Deactivates the access key that was used.
    DeactivateKey,
    /// Deletes an IAM user's password.
    DeletePassword,
    /// Makes an IAM user choose a new password.
    RequireNewPassword,
    /// Ends an IAM user's sessions.
    EndUserSessions,
    /// Ends all sessions of a role.
    EndRoleSessions,
    /// Ends the sessions that an IAM user gave to others.
    EndGivenSessions,
    /// Ends a person's sessions in IAM Identity Center and keeps further ones from beginning; in the console alone.
    EndPersonSessions,
    /// Finds the id by which a policy names a person of IAM Identity Center.
    FindPerson,
    /// Root itself changes its credentials; nobody else can.
    SecureRoot,
    /// Takes root's credentials away from the organization's management account.
    RemoveRootCredentials,
}

/// What to do about those who acted, the newest first, and about how many more there is no room to say it.
pub(crate) fn stops(activity: &[Group], room: usize) -> (Vec<Stop>, u64) {
    let mut found: Vec<(Stop, &Group, Vec<&str>, bool)> = Vec::new();
    for group in activity {
        let Some((of, name)) = identity(group) else { continue };
        let Some(account) = account(group) else { continue };
        let keys = group.keys.iter().map(String::as_str);
        if let Some(same) = found.iter_mut().find(|(it, ..)| it.of == of && it.name == name && it.account == account) {
            let new: Vec<_> = keys.filter(|it| !same.2.contains(it)).collect();
            same.2.extend(new);
            same.3 |= group.keyless;
            continue;
        }
        let event_url = link::event(&group.region, &group.newest_id);
        let identity_url = link::identity(&group.region, of, &name);
        let stop = Stop { name, of, account: account.to_owned(), steps: Vec::new(), event_url, identity_url };
        found.push((stop, group, keys.collect(), group.keyless));
    }
    let left_out = u64::try_from(found.len().saturating_sub(room)).unwrap_or(u64::MAX);
    let with_steps = |(stop, group, keys, keyless): (Stop, &Group, Vec<&str>, bool)| {
        let steps = steps(&stop, &group.region, &keys, keyless);
        Stop { steps, ..stop }
    };
    (found.into_iter().take(room).map(with_steps).collect(), left_out)
}

/// Who can be stopped. Nobody for a drill, for a service, for what was only claimed, and for roles that a service has made
/// for itself, whose sessions cannot be ended.
fn identity(group: &Group) -> Option<(Of, String)> {
    if group.drill || group.is_claimed() {
        return None;
    }
    match &group.handle {
        Handle::User(name) => Some((Of::User, name.to_string())),
        Handle::Root => Some((Of::Root, String::new())),
        Handle::Role(role, _) if role.starts_with("AWSServiceRoleFor") => None,
        Handle::Role(role, _) => Some((Of::Role, role.to_string())),
        Handle::Person(_, name) | Handle::CenterUser(name) => Some((Of::Person, name.to_string())),
        Handle::FederatedBy(user) => Some((Of::Federator, user.to_string())),
        Handle::Nobody if matches!(group.identity, Identity::IamUser | Identity::AssumedRole) => {
            Some((Of::Unfit, shown(&group.who, 100)))
        }
        Handle::Nobody => None,
    }
}

/// The identity's own account; none where the record does not say it.
fn account(group: &Group) -> Option<&str> {
    let account = group.actor_account.as_deref().unwrap_or(&group.account);
    (group.actor_known && is_account(account)).then_some(account)
}

fn steps(stop: &Stop, region: &str, keys: &[&str], keyless: bool) -> Vec<Step> {
    let name = stop.name.as_str();
    let one = |does, command| Step { does, command };
    let mut steps = Vec::new();
    match stop.of {
        Of::User => {
            for key in keys {
                let options = [("user-name", name), ("access-key-id", *key), ("status", "Inactive")];
                steps.push(one(Does::DeactivateKey, aws("iam update-access-key", &options)));
            }
            if keyless {
                let user = [("user-name", name)];
                steps.push(one(Does::DeletePassword, aws("iam delete-login-profile", &user)));
                let reset = aws("iam update-login-profile", &user).map(|it| it + " --password-reset-required");
                steps.push(one(Does::RequireNewPassword, reset));
            }
            steps.push(one(Does::EndUserSessions, end_sessions("user", name)));
        }
        Of::Role => steps.push(one(Does::EndRoleSessions, end_sessions("role", name))),
        Of::Federator => steps.push(one(Does::EndGivenSessions, end_sessions("user", name))),
        Of::Person => {
            steps.push(one(Does::EndPersonSessions, None));
            steps.push(one(Does::FindPerson, find_person(name)));
        }
        Of::Root => {
            steps.push(one(Does::SecureRoot, None));
            let command = assume_root(&stop.account, region);
            steps.extend(command.map(|it| one(Does::RemoveRootCredentials, Some(it))));
        }
        Of::Unfit => {}
    }
    // A step of a command without one would say that there is none in AWS.
    steps.retain(|it| it.command.is_some() || matches!(it.does, Does::EndPersonSessions | Does::SecureRoot));
    steps
}

/// The inline policy by which the console itself revokes sessions; the instant is that of pasting.
fn end_sessions(of: &str, name: &str) -> Option<String> {
    let name = quoted(name)?;
    Some(format!(
        "aws iam put-{of}-policy --{of}-name={name} --policy-name=AWSRevokeOlderSessions --policy-document=\
         '{{\"Version\":\"2012-10-17\",\"Statement\":[{{\"Effect\":\"Deny\",\"Action\":\"*\",\"Resource\":\"*\",\
         \"Condition\":{{\"DateLessThan\":{{\"aws:TokenIssueTime\":\"'\"$(date -u +%Y-%m-%dT%H:%M:%SZ)\"'\"}}}}}}]}}'"
    ))
}

/// Names hold neither quotes nor backslashes: they are JSON as they are.
fn find_person(name: &str) -> Option<String> {
    let by_name = format!("{{\"UniqueAttribute\":{{\"AttributePath\":\"userName\",\"AttributeValue\":\"{name}\"}}}}");
    let by_name = quoted(&by_name)?;
    Some(format!(
        "aws identitystore get-user-id --alternate-identifier={by_name} --identity-store-id=\"$(aws sso-admin \
         list-instances --query='Instances[0]'.'IdentityStoreId' --output=text)\""
    ))
}

/// Root's credentials are managed centrally in partition `aws` alone; STS answers it in Regions alone.
fn assume_root(account: &str, region: &str) -> Option<String> {
    if link::event(region, link::NO_EVENT).is_none() || partition(region) != "aws" {
        return None;
    }
    let task = "arn=arn:aws:iam::aws:policy/root-task/IAMDeleteRootUserCredentials";
    aws("sts assume-root", &[("target-principal", account), ("task-policy-arn", task), ("region", region)])
}
