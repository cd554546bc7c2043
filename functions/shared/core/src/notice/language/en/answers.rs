//! English: what is new or usual, and what to do about whoever acted.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::super::facts::{Before, Here, Kind, SignedInFrom, ToStop, UsualFrom, Whose};
use crate::notice::{Does, Of};

/// `alice: first time from this address in 90 days of this log; usually from Osaka VPN`.
pub(super) fn before(it: &Before<'_>, local: Option<&TimeZone>) -> String {
    let whose = whose(&it.whose);
    let act = match it.kind {
        Kind::SignIn => "sign-in",
        Kind::RoleSwitch => "role switch",
        Kind::Alike => "call of this kind",
        Kind::Any => "act",
    };
    let days = if it.days == 1 { "1 day".to_owned() } else { format!("{} days", it.days) };
    let here = match it.here {
        Here::Unknown => None,
        Here::FirstOfAll => return format!("first {act} of {whose} in {days} of this log"),
        Here::First => Some(format!("first time from this address in {days} of this log")),
        Here::Before(last) => Some(format!("from this address before, last on {}", date(last, local))),
    };
    let usual = it.usual.as_ref().map(|usual| match usual {
        UsualFrom::Here => "as usual".to_owned(),
        UsualFrom::Network(name) => format!("usually from {name}"),
        UsualFrom::Address(address) => format!("usually from {address}"),
    });
    let said = [here, usual].into_iter().flatten().collect::<Vec<_>>().join("; ");
    match it.since {
        Some(since) if said.is_empty() => format!("first {act} of {whose} since {}", date(since, local)),
        Some(since) => format!("first {act} of {whose} since {}; {said}", date(since, local)),
        None => format!("{whose}: {said}"),
    }
}

fn whose(it: &Whose<'_>) -> String {
    match it {
        Whose::Person(name) => name.to_string(),
        Whose::Role(name) => format!("role {name}"),
        Whose::Root(account) => format!("root of {account}"),
    }
}

/// `alice signed in from 203.0.113.5 before, last on 2026-11-20; so did 2 others`
pub(super) fn signed_in_from(it: &SignedInFrom<'_>, local: Option<&TimeZone>) -> String {
    let address = &it.address;
    let Some((who, last)) = &it.last else {
        let days = if it.days == 1 { "1 day".to_owned() } else { format!("{} days", it.days) };
        return format!("nobody signed in from {address} in {days} of this log");
    };
    let (who, last) = (whose(who), date(*last, local));
    match it.others {
        0 => format!("{who} signed in from {address} before, last on {last}"),
        1 => format!("{who} signed in from {address} before, last on {last}; so did 1 other"),
        others => format!("{who} signed in from {address} before, last on {last}; so did {others} others"),
    }
}

fn date(at: Timestamp, local: Option<&TimeZone>) -> String {
    at.to_zoned_datetime(local.cloned().unwrap_or(TimeZone::UTC)).strftime("%Y-%m-%d").to_string()
}

/// `IAM user alice, in account 123456789012, from bash:`
pub(super) fn to_stop(it: &ToStop<'_>) -> String {
    let ToStop { of, name, account } = it;
    match of {
        Of::User => format!("IAM user {name}; the commands are for bash, in account {account}:"),
        Of::Root => format!("root of {account}:"),
        Of::Role => format!("role {name}; the command is for bash, in account {account}:"),
        Of::Person => format!("{name} of IAM Identity Center, in account {account}:"),
        Of::Federator => {
            format!("IAM user {name}, who gave the session; the command is for bash, in account {account}:")
        }
        Of::Unfit => format!("{name} of account {account}: no command, the record says no name that AWS allows"),
    }
}

pub(super) fn step(it: Does) -> &'static str {
    match it {
        Does::DeactivateKey => {
            "Deactivate the access key that was used. Whatever works with it stops until it is active again."
        }
        Does::DeletePassword => {
            "Delete the password. The user cannot sign in to the console until there is a new one; open sessions go on."
        }
        Does::RequireNewPassword => {
            "Or only ask for a new password at the next sign-in. Whoever knows the present one can choose it: not if it may be stolen."
        }
        Does::EndUserSessions => {
            "End the sessions that are open now, in the console and with temporary credentials. The user must sign in again; \
             access keys go on working. The policy stays until you delete it."
        }
        Does::EndRoleSessions => {
            "End all sessions of the role that began before now. Everybody and everything that uses it is cut off until it \
             takes the role again. The policy stays until you delete it."
        }
        Does::EndGivenSessions => {
            "End the sessions that this user gave or opened before now. Whoever works with one needs a new one; access keys \
             go on working. The policy stays until you delete it."
        }
        Does::EndPersonSessions => {
            "In the console of IAM Identity Center: take the person's assignments and groups away, delete what stands under \
             Active sessions, then disable user access. The person can sign in nowhere until that is undone; sessions in \
             accounts go on until they expire."
        }
        Does::FindPerson => {
            "To end those too, deny everything to identitystore:UserId where aws:TokenIssueTime is before now, in a service \
             control policy. This tells the user id and breaks nothing; it is for bash, in the account and Region of IAM \
             Identity Center."
        }
        Does::SecureRoot => {
            "Only root itself can change its password and MFA devices: sign in as root, change the password, delete the \
             access keys, look at the MFA devices. Programs that use root's keys stop."
        }
        Does::RemoveRootCredentials => {
            "Or, where root access is managed centrally, take its credentials away: this is for bash, in the management \
             account, and gives credentials for 15 minutes with which aws iam delete-login-profile and delete-access-key \
             act on root. Nobody signs in as root until its password is recovered. Not for the management account itself."
        }
    }
}

pub(super) fn stops_left_out(count: u64) -> String {
    if count == 1 {
        "For 1 further identity there is no room here.".to_owned()
    } else {
        format!("For {count} further identities there is no room here.")
    }
}
