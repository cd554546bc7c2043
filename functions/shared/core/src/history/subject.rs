//! Of whom, and of which of their acts, the past is asked.

use crate::activity::{Group, Handle, Sighting};

/// Acts whose past is asked, by anybody; of root it is all of them.
const ASKED: [&str; 9] = [
    "ConsoleLogin",
    "SwitchRole",
    "UserAuthentication",
    "GetRoleCredentials",
    "GetSigninToken",
    "AuthorizeOAuth2Access",
    "CreateOAuth2Token",
    "CreateOAuth2TokenWithIAM",
    "AssumeRoot",
];

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
}

impl Subject {
    /// Whose past an entry's is; none where it is not asked, or where nobody can be asked for.
    ///
    /// The name of a sign-in that failed is what somebody typed, so its past is nobody's; and a drill has none.
    pub fn of(group: &Group) -> Option<Self> {
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
            Who::Switcher(arn) => format!("($.additionalEventData.SwitchFrom = \"{arn}\")"),
        };
        if self.event.is_empty() {
            return format!("{{ {who} }}");
        }
        format!("{{ ($.eventName = \"{}\") && {who} }}", self.event)
    }

    /// The name that an answer is about, where it is another than who did it: a role whose sessions have any name.
    pub fn role(&self) -> Option<&str> {
        match &self.who {
            Who::Role(role) => Some(role),
            _ => None,
        }
    }
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
