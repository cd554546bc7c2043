//! Of whom, and of which of their acts, the past is asked.

use std::net::IpAddr;

use crate::activity::{Group, Handle, SIGN_IN, Sighting};

/// Acts whose past is asked, by anybody; of root it is all of them.
const ASKED: [&str; 10] = [
    "ConsoleLogin",
    "SwitchRole",
    "UserAuthentication",
    "GetRoleCredentials",
    "Federate",
    "GetSigninToken",
    "AuthorizeOAuth2Access",
    "CreateOAuth2Token",
    "CreateOAuth2TokenWithIAM",
    "AssumeRoot",
];

/// Steps of a sign-in that somebody can fail.
const FAILED: [&str; 3] = ["ConsoleLogin", "UserAuthentication", "CredentialVerification"];
/// What ends a sign-in that succeeds.
const SIGNED_IN: [&str; 2] = ["ConsoleLogin", "UserAuthentication"];

/// Somebody, and the kind of act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    who: Who,
    /// The actor's account.
    account: String,
    /// `eventName`; empty for any.
    event: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Who {
    User(String),
    Root,
    /// A person of IAM Identity Center, in whatever permission set.
    Person(String),
    CenterUser(String),
    /// A role, in whatever session.
    Role(String),
    /// Who switches a role in the console, by ARN, to whatever role.
    Switcher(String),
    /// Whoever signs in from an address, in whatever account.
    AnybodyFrom(String),
}

impl Subject {
    /// Whose past an entry's is; none where it is not asked, or where nobody can be asked for.
    ///
    /// The name of a sign-in that failed is what somebody typed, so its past is that of its address; and a drill has none.
    pub fn of(group: &Group) -> Option<Self> {
        if let Some(address) = failed_from(group) {
            let who = Who::AnybodyFrom(address.to_owned());
            return Some(Self { who, account: String::new(), event: String::new() });
        }
        let account = group.actor_account.as_deref().unwrap_or(&group.account);
        let is_root = group.handle == Handle::Root;
        let asked = is_root || ASKED.contains(&group.event.as_str());
        if !asked || group.drill || !group.has_succeeded() || !group.actor_known || account.is_empty() {
            return None;
        }
        let who = who(&group.handle, group.switched_from.as_deref())?;
        Some(Self {
            who,
            account: account.to_owned(),
            event: if is_root { String::new() } else { group.event.clone() },
        })
    }

    /// Whether a record is of it.
    pub fn is_of(&self, seen: &Sighting<'_>) -> bool {
        if let Who::AnybodyFrom(address) = &self.who {
            return seen.service == SIGN_IN && SIGNED_IN.contains(&seen.event.as_ref()) && seen.source_ip == *address;
        }
        let account = seen.actor_account.as_deref().unwrap_or(&seen.account);
        let event = self.event.is_empty() || self.event == seen.event;
        let who = || who(&seen.handle, seen.switched_from.as_deref());
        event && account == self.account && who().is_some_and(|it| it == self.who)
    }

    /// The filter pattern that finds all of it, and perhaps more. Names hold nothing that a pattern reads otherwise.
    pub fn pattern(&self) -> String {
        let who = match &self.who {
            Who::User(name) => format!("($.userIdentity.userName = \"{name}\")"),
            Who::Root => "($.userIdentity.type = \"Root\")".to_owned(),
            Who::Person(name) => {
                format!("(($.userIdentity.arn = \"*/{name}\") || ($.userIdentity.principalId = \"*:{name}\"))")
            }
            Who::CenterUser(name) => format!("($.additionalEventData.UserName = \"{name}\")"),
            Who::Role(role) => format!(
                "(($.userIdentity.arn = \"*:assumed-role/{role}/*\") || \
                 ($.userIdentity.sessionContext.sessionIssuer.userName = \"{role}\"))"
            ),
            Who::AnybodyFrom(address) => format!(
                "($.sourceIPAddress = \"{address}\") && (($.eventName = \"ConsoleLogin\") || \
                 ($.eventName = \"UserAuthentication\"))"
            ),
            Who::Switcher(arn) => format!("($.additionalEventData.SwitchFrom = \"{arn}\")"),
        };
        if self.event.is_empty() {
            return format!("{{ {who} }}");
        }
        format!("{{ ($.eventName = \"{}\") && {who} }}", self.event)
    }

    /// Whether it is about an address, whoever acted.
    pub(super) fn is_of_address(&self) -> bool {
        matches!(self.who, Who::AnybodyFrom(_))
    }

    /// The name that an answer is about, where it is another than who did it: a role whose sessions have any name.
    pub fn role(&self) -> Option<&str> {
        match &self.who {
            Who::Role(role) => Some(role),
            _ => None,
        }
    }
}

/// The address of a sign-in that failed.
fn failed_from(group: &Group) -> Option<&str> {
    let failed = FAILED.contains(&group.event.as_str()) && group.is_claimed() && !group.drill;
    let address = Some(group.source_ip.as_str()).filter(|_| failed && group.service == SIGN_IN);
    address.filter(|it| it.parse::<IpAddr>().is_ok())
}

fn who(handle: &Handle<'_>, switched_from: Option<&str>) -> Option<Who> {
    if let Some(arn) = switched_from {
        return Some(Who::Switcher(arn.to_owned()));
    }
    match handle {
        Handle::User(name) => Some(Who::User(name.to_string())),
        Handle::Root => Some(Who::Root),
        Handle::Person(_, name) => Some(Who::Person(name.to_string())),
        Handle::CenterUser(name) => Some(Who::CenterUser(name.to_string())),
        Handle::Role(role, _) => Some(Who::Role(role.to_string())),
        Handle::Nobody | Handle::FederatedBy(_) => None,
    }
}
