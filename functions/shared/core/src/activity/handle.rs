//! By which names AWS itself knows an actor: those that a command or a look-up needs.
//!
//! A name stands here only as the record has it, uncut and within AWS's own grammar for that kind of name. What is outside
//! of it, or what a record says in two ways, is no handle: nobody is asked for it and no command holds it.

use std::borrow::Cow;

use super::lax::Text;
use super::record::{Additional, Element};
use super::who::{HIDDEN_USER, SSO_ROLE};

/// Under which path IAM Identity Center keeps its roles, and nobody else can make any (IAM user guide, reserved paths).
const SSO_PATH: &str = ":role/aws-reserved/sso.amazonaws.com/";

/// The longest name of an IAM user, a role and a session.
const LONGEST: usize = 64;
/// The longest name of a user of IAM Identity Center.
const LONGEST_PERSON: usize = 128;

/// The names by which AWS knows an actor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Handle<'a> {
    /// The record says none, or none that is within AWS's grammar.
    #[default]
    Nobody,
    /// An IAM user.
    User(Cow<'a, str>),
    /// The root user of the actor's account, signed in or by its own keys.
    Root,
    /// A role and its session, whose name the one who took the role chose; possibly empty.
    Role(Cow<'a, str>, Cow<'a, str>),
    /// A role of IAM Identity Center, and the person, whom Identity Center names.
    Person(Cow<'a, str>, Cow<'a, str>),
    /// A user of IAM Identity Center by their name there.
    CenterUser(Cow<'a, str>),
    /// A session that an IAM user gave to somebody: the user's name.
    FederatedBy(Cow<'a, str>),
}

impl Handle<'_> {
    /// The same, borrowed from nothing.
    pub fn into_owned(self) -> Handle<'static> {
        let own = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Nobody => Handle::Nobody,
            Self::User(name) => Handle::User(own(name)),
            Self::Root => Handle::Root,
            Self::Role(role, session) => Handle::Role(own(role), own(session)),
            Self::Person(role, name) => Handle::Person(own(role), own(name)),
            Self::CenterUser(name) => Handle::CenterUser(own(name)),
            Self::FederatedBy(user) => Handle::FederatedBy(own(user)),
        }
    }
}

/// Whether a text is a name as IAM and STS allow them: `[\w+=,.@-]+` in ASCII (API references, `CreateUser`, `CreateRole`,
/// `AssumeRole`).
pub(crate) fn is_name(text: &str, longest: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    (1..=longest).contains(&text.len()) && text.bytes().all(fits)
}

/// The actor's handle.
pub(super) fn handle<'a>(element: &Element<'a>, additional: &Additional<'a>) -> Handle<'a> {
    match element.kind.as_str() {
        "IAMUser" => user(element).map_or(Handle::Nobody, Handle::User),
        "Root" if element.session.assumed_root.get() != Some("true") => Handle::Root,
        "AssumedRole" => role(element).unwrap_or_default(),
        "FederatedUser" => federated_by(element).map_or(Handle::Nobody, Handle::FederatedBy),
        "IdentityCenterUser" => {
            named(additional.user_name.clone(), LONGEST_PERSON).map_or(Handle::Nobody, Handle::CenterUser)
        }
        _ => Handle::Nobody,
    }
}

/// A long-term access key, `AKIA…`; temporary ones cannot be deactivated.
pub(super) fn long_term_key<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let fits = |key: &str| {
        let plain = key.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        (16..=128).contains(&key.len()) && key.starts_with("AKIA") && plain
    };
    element.access_key.clone().take().filter(|key| fits(key))
}

/// Who switched the role in the console, as an ARN; the session's name says it less surely.
pub(super) fn switched_from<'a>(additional: &Additional<'a>) -> Option<Cow<'a, str>> {
    let arn = additional.switch_from.clone().take()?;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-:/".contains(&byte);
    (arn.starts_with("arn:") && arn.len() <= 256 && arn.bytes().all(fits)).then_some(arn)
}

fn named(text: Text<'_>, longest: usize) -> Option<Cow<'_, str>> {
    text.take().filter(|name| is_name(name, longest))
}

fn user<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let name = named(element.user_name.clone(), LONGEST).filter(|name| name != HIDDEN_USER)?;
    let arn = element.arn.get();
    let is_same = |arn: &str| arn.rsplit_once('/').is_some_and(|(path, tail)| tail == name && path.contains(":user"));
    arn.is_none_or(is_same).then_some(name)
}

/// From `arn:aws:sts::<account>:assumed-role/<role>/<session>`, else from the session's issuer and the principal's id.
fn role<'a>(element: &Element<'a>) -> Option<Handle<'a>> {
    let issuer = element.session.issuer.user_name.get();
    let of_arn = |arn: &str| {
        let (role, session) = arn.split_once(":assumed-role/")?.1.split_once('/')?;
        Some((role.to_owned(), session.to_owned()))
    };
    let of_issuer = || {
        let session = element.principal_id.get().and_then(|id| id.split_once(':')).map_or("", |(_, session)| session);
        Some((issuer?.to_owned(), session.to_owned()))
    };
    let (role, session) = element.arn.get().and_then(of_arn).or_else(of_issuer)?;
    let fits = is_name(&role, LONGEST) && (session.is_empty() || is_name(&session, LONGEST));
    if !fits || issuer.is_some_and(|it| it != role) {
        return None;
    }
    let of_center = element.session.issuer.arn.get().is_none_or(|arn| arn.contains(SSO_PATH));
    let is_person = role.starts_with(SSO_ROLE) && of_center;
    if is_person && session.is_empty() {
        return None;
    }
    let (role, session) = (role.into(), session.into());
    Some(if is_person { Handle::Person(role, session) } else { Handle::Role(role, session) })
}

fn federated_by<'a>(element: &Element<'a>) -> Option<Cow<'a, str>> {
    let issuer = &element.session.issuer;
    let of_user = issuer.kind.get().is_none_or(|kind| kind == "IAMUser");
    named(issuer.user_name.clone(), LONGEST).filter(|_| of_user)
}

#[cfg(test)]
mod tests {
    use super::super::Sighting;
    use super::*;
    use serde_json::{Value, json};

    fn of(identity: &Value) -> Handle<'static> {
        let record = json!({"eventName": "X", "userIdentity": identity, "additionalEventData": {"UserName": "grace"}});
        Sighting::read(&record.to_string()).unwrap().handle.into_owned()
    }

    fn user(name: &str) -> Handle<'static> {
        Handle::User(name.to_owned().into())
    }

    fn pair(role: &str, session: &str) -> (Cow<'static, str>, Cow<'static, str>) {
        (role.to_owned().into(), session.to_owned().into())
    }

    #[test]
    fn a_handle_is_a_name_that_aws_allows() {
        let sso = "AWSReservedSSO_Admin_0123456789abcdef";
        let session = |role: &str, session: &str| format!("arn:aws:sts::123456789012:assumed-role/{role}/{session}");
        let issuer = |role: &str, path: &str| json!({"sessionIssuer": {"type": "Role", "userName": role, "arn": format!("arn:aws:iam::123456789012:role/{path}{role}")}});
        let role = |(role, session)| Handle::Role(role, session);
        let person = |(role, name)| Handle::Person(role, name);
        let long = "a".repeat(65);
        let cases = [
            (json!({"type": "IAMUser", "userName": "alice"}), user("alice")),
            (json!({"type": "IAMUser", "userName": "a.b+c=d,e@f-g_h"}), user("a.b+c=d,e@f-g_h")),
            (json!({"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::1:user/ops/alice"}), user("alice")),
            (json!({"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::1:user/bob"}), Handle::Nobody),
            (json!({"type": "IAMUser", "userName": HIDDEN_USER}), Handle::Nobody),
            (json!({"type": "IAMUser", "userName": "alice; rm -rf ~"}), Handle::Nobody),
            (json!({"type": "IAMUser", "userName": "al\u{200b}ice"}), Handle::Nobody),
            (json!({"type": "IAMUser", "userName": "夜警"}), Handle::Nobody),
            (json!({"type": "IAMUser", "userName": long}), Handle::Nobody),
            (json!({"type": "Root", "userName": "alias"}), Handle::Root),
            (json!({"type": "Root", "sessionContext": {"assumedRoot": "true"}}), Handle::Nobody),
            (json!({"type": "AssumedRole", "arn": session("Admin", "alice")}), role(pair("Admin", "alice"))),
            (json!({"type": "AssumedRole", "arn": session("Admin", "a$(x)")}), Handle::Nobody),
            (
                json!({"type": "AssumedRole", "principalId": "AROA1:i-0abc", "sessionContext": issuer("Web", "")}),
                role(pair("Web", "i-0abc")),
            ),
            (
                json!({"type": "AssumedRole", "arn": session("Admin", "alice"), "sessionContext": issuer("Other", "")}),
                Handle::Nobody,
            ),
            (
                json!({"type": "AssumedRole", "arn": session(sso, "bob@example.com")}),
                person(pair(sso, "bob@example.com")),
            ),
            (
                json!({"type": "AssumedRole", "arn": session(sso, "bob"), "sessionContext": issuer(sso, "aws-reserved/sso.amazonaws.com/eu-west-1/")}),
                person(pair(sso, "bob")),
            ),
            (
                json!({"type": "AssumedRole", "principalId": "AROA1", "sessionContext": issuer(sso, "aws-reserved/sso.amazonaws.com/")}),
                Handle::Nobody,
            ),
            // Somebody's own role with that beginning.
            (
                json!({"type": "AssumedRole", "arn": session(sso, "bob"), "sessionContext": issuer(sso, "")}),
                role(pair(sso, "bob")),
            ),
            (json!({"type": "IdentityCenterUser"}), Handle::CenterUser("grace".into())),
            (
                json!({"type": "FederatedUser", "sessionContext": {"sessionIssuer": {"type": "IAMUser", "userName": "broker"}}}),
                Handle::FederatedBy("broker".into()),
            ),
            (
                json!({"type": "FederatedUser", "sessionContext": {"sessionIssuer": {"type": "Root", "userName": "x"}}}),
                Handle::Nobody,
            ),
            (json!({"type": "SAMLUser", "userName": "dave"}), Handle::Nobody),
            (json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}), Handle::Nobody),
            (json!(null), Handle::Nobody),
        ];
        for (identity, expected) in cases {
            assert_eq!(of(&identity), expected, "{identity}");
        }
    }
}
