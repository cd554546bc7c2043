//! A CloudTrail record as who did what, when, from where and with which outcome.
//!
//! All text in a sighting is cleaned and bounded; no credential, token or parameter is in it.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use super::handle::{self, Handle};
use super::lax::Text;
use super::record::{Additional, Element, Parameters, Record, Response};
use super::who::{self, Identity};
use crate::arns::is_account;
use crate::text::{clean, serialize_unlinked};
use crate::time::parse_aws;

/// The sign-in service, whose events say themselves whether they succeeded.
pub(crate) const SIGN_IN: &str = "signin.amazonaws.com";
/// The outcome of what succeeded.
pub(super) const SUCCESS: &str = "Success";

/// One thing that somebody did, borrowed from its log line where the line's text is clean.
#[derive(Debug, Clone, PartialEq)]
pub struct Sighting<'a> {
    /// Who did it, see contract.md; `unknown` when the record says nothing.
    pub who: Cow<'a, str>,
    /// What `who` is a name of.
    pub identity: Identity,
    /// The names by which AWS knows the actor; not for showing.
    pub handle: Handle<'a>,
    /// The long-term access key that was used; none for temporary ones, and for sign-ins.
    pub key: Option<Cow<'a, str>>,
    /// The ARN of who switched the role in the console.
    pub switched_from: Option<Cow<'a, str>>,
    /// `userIdentity.type`; `Unknown` when absent.
    pub kind: Cow<'a, str>,
    /// `eventName`.
    pub event: Cow<'a, str>,
    /// `eventSource`, the service's host name.
    pub service: Cow<'a, str>,
    /// `Success`, `Failure: <why>` of a sign-in, or the error code of a call.
    pub outcome: Cow<'a, str>,
    /// `sourceIPAddress` as it stands: an address, a service's name or `AWS Internal`.
    pub source_ip: Cow<'a, str>,
    /// The account where it happened: `recipientAccountId`, else the actor's.
    pub account: Cow<'a, str>,
    /// The actor's account, when it is another one.
    pub actor_account: Option<Cow<'a, str>>,
    /// Whether the actor's account is known at all.
    pub actor_known: bool,
    /// The account of the VPC endpoint through which the call came; empty when the record says none.
    pub endpoint_account: Cow<'a, str>,
    /// Whether it is a drill of Yakei's, which did not happen. No caller can put that into a record.
    pub drill: bool,
    /// `awsRegion`.
    pub region: Cow<'a, str>,
    /// Whether a second factor was used, when the record says so.
    pub mfa: Option<bool>,
    /// `eventTime`; none when it is no date.
    pub time: Option<Timestamp>,
    /// `userAgent`.
    pub user_agent: Cow<'a, str>,
    /// `eventID`.
    pub event_id: Cow<'a, str>,
    /// What the access portal or STS handed out, where the record says it.
    pub taken: Option<Taken>,
    /// Whether it is a sign-in to the access portal of IAM Identity Center.
    pub portal: bool,
    /// By what the steps of one sign-in are known as such (`AuthWorkflowID`); empty for what has no steps.
    pub workflow: Cow<'a, str>,
}

/// Into what somebody was let: a role of an account, or an account's root.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Taken {
    /// The role's name, or the permission set's; empty for root.
    #[serde(serialize_with = "serialize_unlinked")]
    pub role: String,
    /// The account.
    #[serde(serialize_with = "serialize_unlinked")]
    pub account: String,
}

/// Why a log line is no sighting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// The line is not JSON, or cut off.
    #[error("is not JSON")]
    NotJson,
    /// The line is JSON, but has none of a CloudTrail record's members.
    #[error("is not a CloudTrail record")]
    NotARecord,
}

impl Unreadable {
    /// As a sentence about several lines has it.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::NotJson => "not JSON, or cut off",
            Self::NotARecord => "JSON, but no CloudTrail record",
        }
    }
}

impl<'a> Sighting<'a> {
    /// Reads a log line.
    ///
    /// # Errors
    /// [`Unreadable`] when it is no CloudTrail record; members of a wrong type are no error.
    pub fn read(line: &'a str) -> Result<Self, Unreadable> {
        let record: Record<'a> = serde_json::from_str(line).map_err(|_| Unreadable::NotJson)?;
        let known = record.user_identity.is_object
            || [&record.event_name, &record.event_source].iter().any(|text| text.get().is_some());
        if known { Ok(Self::from(record)) } else { Err(Unreadable::NotARecord) }
    }

    /// Whether it was done, not only tried.
    pub fn has_succeeded(&self) -> bool {
        self.outcome == SUCCESS
    }
}

impl<'a> From<Record<'a>> for Sighting<'a> {
    fn from(record: Record<'a>) -> Self {
        let element = record.user_identity;
        let (identity, who) = who::who(&element, &record.additional);
        let who = bounded(who, 200);
        let handle = handle::handle(&element, &record.additional);
        let (key, switched_from) = (handle::long_term_key(&element), handle::switched_from(&record.additional));
        let named = (record.event_source.as_str(), record.event_name.as_str());
        let taken = taken(named, &record.details, &record.parameters);
        let verdict = [record.response.sign_in, record.details.sign_in].into_iter().find_map(Text::take);
        let verdict = verdict.or_else(|| refused(&record.additional.success).then_some(Cow::Borrowed("Failure")));
        let outcome =
            bounded(outcome(record.event_source.as_str(), verdict, record.error_code, record.error_message), 200);
        let mfa = mfa(&record.additional, &element.session.attributes.mfa);
        let actor = actor_account(&element);
        let recipient = shown(record.recipient_account, 20);
        let actor_known = !actor.is_empty();
        let (account, actor_account) = match (recipient.is_empty(), actor.is_empty() || actor == recipient) {
            (true, _) => (actor, None),
            (false, true) => (recipient, None),
            (false, false) => (recipient, Some(actor)),
        };
        Self {
            who,
            identity,
            handle,
            key,
            switched_from,
            kind: element.kind.take().map_or(Cow::Borrowed("Unknown"), |kind| bounded(kind, 40)),
            event: shown(record.event_name, 100),
            service: shown(record.event_source, 100),
            outcome,
            source_ip: shown(record.source_ip, 100),
            account,
            actor_account,
            actor_known,
            endpoint_account: shown(record.endpoint_account, 20),
            drill: record.drill.get() == Some("true"),
            region: shown(record.aws_region, 40),
            mfa,
            time: record.event_time.get().and_then(parse_aws),
            user_agent: shown(record.user_agent, 256),
            event_id: shown(record.event_id, 64),
            taken,
            portal: record.additional.login_to.get().is_some_and(is_portal),
            workflow: shown(record.additional.workflow, 64),
        }
    }
}

/// Only of calls that let somebody in: other services have members of the same names.
fn taken(named: (&str, &str), details: &Response<'_>, parameters: &Parameters<'_>) -> Option<Taken> {
    let text = |text: &Text<'_>, max| text.get().map_or(String::new(), |it| clean(it, max).into_owned());
    let taken = match named {
        ("sso.amazonaws.com", "GetRoleCredentials" | "Federate") => {
            Taken { role: text(&details.role, 64), account: text(&details.account, 20) }
        }
        // An account's number, or the ARN of its root.
        ("sts.amazonaws.com", "AssumeRoot") => {
            let target = parameters.target.get().unwrap_or_default();
            let account = crate::arns::account(target).unwrap_or(target);
            Taken { role: String::new(), account: account.to_owned() }
        }
        _ => return None,
    };
    is_account(&taken.account).then_some(taken)
}

/// `accountId`, else what the identity's ARN or the session's issuer says.
fn actor_account<'a>(element: &Element<'a>) -> Cow<'a, str> {
    let of_arn = |arn: &Text<'a>| {
        let account = arn.get().and_then(|arn| crate::arns::account(arn)).filter(|it| is_account(it));
        account.map(|it| Cow::Owned(it.to_owned()))
    };
    let said = shown(element.account_id.clone(), 20);
    if !said.is_empty() {
        return said;
    }
    let issuer = &element.session.issuer;
    of_arn(&element.arn).unwrap_or_else(|| shown(issuer.account_id.clone(), 20))
}

fn shown(text: Text<'_>, max: usize) -> Cow<'_, str> {
    text.take().map_or(Cow::Borrowed(""), |text| bounded(text, max))
}

fn bounded(text: Cow<'_, str>, max: usize) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => clean(text, max),
        Cow::Owned(text) => Cow::Owned(clean(&text, max).into_owned()),
    }
}

fn outcome<'a>(service: &str, sign_in: Option<Cow<'a, str>>, code: Text<'a>, message: Text<'a>) -> Cow<'a, str> {
    let verdict = sign_in.filter(|_| service == SIGN_IN);
    match (verdict, code.take(), message.take()) {
        (Some(verdict), _, Some(why)) if verdict != "Success" => format!("{verdict}: {why}").into(),
        (Some(verdict), Some(code), None) if verdict != "Success" => format!("{verdict}: {code}").into(),
        (Some(verdict), _, _) => verdict,
        (None, Some(code), _) => code,
        (None, None, Some(why)) => format!("Failure: {why}").into(),
        (None, None, None) => Cow::Borrowed("Success"),
    }
}

/// What OAuth's steps say of themselves.
fn refused(success: &Text<'_>) -> bool {
    success.get() == Some("false")
}

/// A sign-in says `MFAUsed`, its challenge the factor's type, one by IAM Identity Center what was proven, and later calls
/// repeat it for their session.
fn mfa(said: &Additional<'_>, session: &Text<'_>) -> Option<bool> {
    match said.mfa_used.get().or_else(|| session.get()) {
        Some("Yes" | "yes" | "true") => Some(true),
        Some("No" | "no" | "false") => Some(false),
        // A password alone says nothing of what else was asked.
        _ => said.mfa_type.get().map(|_| true).or_else(|| second_factor(said.credential.get()?).then_some(true)),
    }
}

/// Whether a `CredentialType`, one or several with commas, names more than a password or another company's word for it.
fn second_factor(credentials: &str) -> bool {
    credentials.split(',').any(|it| !matches!(it.trim(), "" | "PASSWORD" | "EXTERNAL_IDP" | "NONE"))
}

/// Whether this is the address of an access portal: `https://….awsapps.com/start/`, or `https://….portal.<region>.app.aws`.
fn is_portal(login_to: &str) -> bool {
    let Some(rest) = login_to.strip_prefix("https://") else { return false };
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    [".awsapps.com", ".awsapps.cn", ".app.aws", ".app.amazonwebservices.com.cn"].iter().any(|end| host.ends_with(end))
}
