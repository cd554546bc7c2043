//! One entry, and whether it means some activity.
//!
//! A name alone proves nothing: anybody can type a user name into a failed sign-in, every account may have a role `Ci`,
//! and an IAM user, a principal's id and a service may be called the same. An entry therefore means only what a stranger
//! cannot claim; where it is to mean more, it says so.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::source::{Source, is_private};
use super::wildcard::Wildcard;
use crate::activity::{Group, Identity};

/// One entry. Every member that is there must match.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Ignore {
    /// Who, as notices show it; `*` stands for any text.
    pub who: Option<Wildcard>,
    /// What `who` is a name of; empty for what its form says, see [`identities`].
    pub kind: Vec<Identity>,
    /// The actors' accounts; empty for the account where it happened.
    pub account: Vec<String>,
    /// `eventName`; `*` stands for any text.
    pub event: Option<Wildcard>,
    /// Where from.
    pub source_ip: Option<Source>,
    /// The error code or outcome, such as `AccessDenied`; `*` stands for any text.
    pub error_code: Option<Wildcard>,
    /// The last day on which the entry counts, in the local zone.
    pub until: Option<Date>,
    /// Why, for those who read the notice or the file.
    pub reason: String,
}

/// What a name is a name of, by its form in notices: `root of …`, `person via SSO set`, `Role/session`,
/// `name (federated …)`, `name @ provider`, `account …`, a service's host; anything else is an IAM user's name, which can
/// hold none of these forms.
pub fn identities(who: &str) -> &'static [Identity] {
    if who.starts_with("root of ") {
        &[Identity::Root]
    } else if who.contains(" via SSO ") {
        &[Identity::AssumedRole]
    } else if who.contains(" (federated") {
        &[Identity::FederatedUser]
    } else if who.contains(" @ ") {
        &[Identity::SamlUser, Identity::WebIdentityUser]
    } else if who.starts_with("account ") {
        &[Identity::AwsAccount]
    } else if who.contains('/') {
        &[Identity::AssumedRole]
    } else if who.ends_with(".amazonaws.com") {
        &[Identity::AwsService]
    } else {
        &[Identity::IamUser]
    }
}

impl Ignore {
    /// Whether the entry means this activity, its last day aside.
    pub fn means(&self, group: &Group) -> bool {
        let fits = |wildcard: &Option<Wildcard>, text: &str| wildcard.as_ref().is_none_or(|it| it.matches(text));
        fits(&self.event, &group.event)
            && fits(&self.error_code, &group.outcome)
            && self.means_actor(group)
            && self.means_account(group)
            && self.means_source(group)
    }

    /// The name, as the right kind of name, and proven: the name of a failed sign-in was typed by anybody, so the entry
    /// must say by its outcome that it means such.
    fn means_actor(&self, group: &Group) -> bool {
        let Some(who) = &self.who else { return self.kind.is_empty() || self.kind.contains(&group.identity) };
        let kinds = if self.kind.is_empty() { identities(who.as_str()) } else { &self.kind };
        let names_outcome = self.error_code.as_ref().is_some_and(Wildcard::names_a_beginning);
        who.matches(&group.who) && kinds.contains(&group.identity) && (names_outcome || !group.is_claimed())
    }

    /// The actor is of the account where it happened, or of one that is named. An AWS service is of no account.
    fn means_account(&self, group: &Group) -> bool {
        let foreign = group.actor_account.as_ref();
        if self.account.is_empty() {
            return foreign.is_none() && (group.actor_known || group.identity == Identity::AwsService);
        }
        group.actor_known && self.account.contains(foreign.unwrap_or(&group.account))
    }

    /// A private address is of every network that uses it. It counts beside a name, or where the VPC endpoint through
    /// which the call came is the account's own or a named one's.
    fn means_source(&self, group: &Group) -> bool {
        let Some(source) = &self.source_ip else { return true };
        let own = !group.endpoint_account.is_empty()
            && (group.endpoint_account == group.account || self.account.contains(&group.endpoint_account));
        source.matches(&group.source_ip) && (!is_private(&group.source_ip) || self.who.is_some() || own)
    }

    /// Whether the entry's last day is over.
    pub fn is_over(&self, now: Timestamp, zone: &TimeZone) -> bool {
        self.until.is_some_and(|last| now.to_zoned_datetime(zone.clone()).date() > last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activity::Groups;
    use serde_json::{Value, json};

    const OWN: &str = "111111111111";
    const FOREIGN: &str = "222222222222";

    fn record(identity: &Value) -> Value {
        json!({"eventName": "CreateUser", "eventSource": "iam.amazonaws.com", "eventTime": "2026-11-21T18:41:00Z",
            "sourceIPAddress": "203.0.113.5", "recipientAccountId": OWN, "userIdentity": identity})
    }

    fn group(record: &Value) -> Group {
        let mut groups = Groups::default();
        groups.add_line(&record.to_string(), Timestamp::UNIX_EPOCH);
        groups.newest_first().remove(0)
    }

    fn user(name: &str) -> Value {
        json!({"type": "IAMUser", "userName": name, "accountId": OWN})
    }

    fn role(account: &str, role: &str) -> Value {
        let arn = format!("arn:aws:sts::{account}:assumed-role/{role}");
        json!({"type": "AssumedRole", "arn": arn, "accountId": account})
    }

    fn who(text: &str) -> Ignore {
        Ignore { who: Wildcard::parse(text), ..Ignore::default() }
    }

    #[test]
    fn a_failed_sign_in_under_a_name_is_not_that_persons() {
        let mut failed = record(&user("backup-bot"));
        failed["eventSource"] = json!("signin.amazonaws.com");
        failed["eventName"] = json!("ConsoleLogin");
        failed["responseElements"] = json!({"ConsoleLogin": "Failure"});
        failed["errorMessage"] = json!("Failed authentication");
        let named = |outcome: &str| Ignore { error_code: Wildcard::parse(outcome), ..who("backup-bot") };
        assert!(!who("backup-bot").means(&group(&failed)));
        assert!(named("Failure*").means(&group(&failed)));
        assert!(named("Failure: Failed authentication").means(&group(&failed)));
        assert!(!named("*authentication").means(&group(&failed)), "this names no outcome: it may be any");
        assert!(!named("AccessDenied").means(&group(&failed)));
        for (event, verdict) in
            [("SwitchRole", "Failure"), ("CheckMfa", "Failure"), ("CredentialVerification", "Failure")]
        {
            let mut other = failed.clone();
            other["eventName"] = json!(event);
            other["responseElements"] = json!({event: verdict});
            assert!(!who("backup-bot").means(&group(&other)), "{event}");
        }
        failed["responseElements"] = json!({"ConsoleLogin": "Success"});
        failed["errorMessage"] = Value::Null;
        assert!(who("backup-bot").means(&group(&failed)), "who signs in is who they say");
        // A denied call was signed with the user's own key.
        let mut denied = record(&user("backup-bot"));
        denied["errorCode"] = json!("AccessDenied");
        assert!(who("backup-bot").means(&group(&denied)));
        // A token that was refused says whatever its maker wrote into it.
        let mut token =
            record(&json!({"type": "WebIdentityUser", "userName": "eve", "identityProvider": "idp", "accountId": OWN}));
        assert!(who("eve @ idp").means(&group(&token)));
        token["errorCode"] = json!("InvalidIdentityToken");
        assert!(!who("eve @ idp").means(&group(&token)));
    }

    #[test]
    fn a_role_of_that_name_in_another_account_is_another_role() {
        let (own, foreign) = (group(&record(&role(OWN, "Ci/run"))), group(&record(&role(FOREIGN, "Ci/run"))));
        assert!(who("Ci/*").means(&own) && !who("Ci/*").means(&foreign));
        let named =
            |accounts: &[&str]| Ignore { account: accounts.iter().map(|it| (*it).into()).collect(), ..who("Ci/*") };
        assert!(named(&[FOREIGN]).means(&foreign) && !named(&[FOREIGN]).means(&own));
        assert!(named(&[OWN, FOREIGN]).means(&foreign) && named(&[OWN, FOREIGN]).means(&own));
        assert!(!named(&["333333333333"]).means(&foreign));
        // The account stands in the ARN where it stands nowhere else.
        let mut of_arn = role(FOREIGN, "Ci/run");
        of_arn["accountId"] = Value::Null;
        assert!(!who("Ci/*").means(&group(&record(&of_arn))));
        // Where nothing says it, nothing is proven.
        let unknown = json!({"type": "IAMUser", "userName": "alice"});
        assert!(!who("alice").means(&group(&record(&unknown))));
        let by_event = Ignore { event: Wildcard::parse("CreateUser"), ..Ignore::default() };
        assert!(by_event.means(&own) && !by_event.means(&foreign) && !by_event.means(&group(&record(&unknown))));
    }

    #[test]
    fn the_kind_of_identity_counts() {
        let same = [
            (Identity::IamUser, json!({"type": "IAMUser", "userName": "ci", "accountId": OWN})),
            (Identity::PrincipalId, json!({"type": "IAMUser", "principalId": "ci", "accountId": OWN})),
            (Identity::PrincipalId, json!({"type": "AssumedRole", "principalId": "ci", "accountId": OWN})),
            (Identity::AwsService, json!({"type": "AWSService", "invokedBy": "ci", "accountId": OWN})),
            (
                Identity::IdentityCenterUser,
                json!({"type": "IdentityCenterUser", "onBehalfOf": {"userId": "ci"}, "accountId": OWN}),
            ),
            (Identity::Other, json!({"type": "Directory", "userName": "ci", "accountId": OWN})),
            (
                Identity::AssumedRole,
                json!({"type": "AssumedRole", "accountId": OWN, "sessionContext": {"sessionIssuer": {"userName": "ci"}}}),
            ),
        ];
        for (identity, element) in &same {
            let group = group(&record(element));
            assert_eq!((group.who.as_str(), group.identity), ("ci", *identity), "{element}");
            assert_eq!(who("ci").means(&group), *identity == Identity::IamUser, "{element}");
            let kind = |kind| Ignore { kind: vec![kind], ..who("ci") };
            assert!(kind(*identity).means(&group), "{element}");
            for (other, _) in same.iter().filter(|(other, _)| other != identity) {
                assert!(!kind(*other).means(&group), "{other:?} {element}");
            }
        }
        let forms = [
            ("root of 111111111111", Identity::Root),
            ("*@example.com via SSO Admin", Identity::AssumedRole),
            ("carol (federated by broker)", Identity::FederatedUser),
            ("dave @ arn:aws:iam::1:saml-provider/idp", Identity::SamlUser),
            ("account 222222222222", Identity::AwsAccount),
            ("Ci/*", Identity::AssumedRole),
            ("config.amazonaws.com", Identity::AwsService),
            ("alice", Identity::IamUser),
        ];
        for (text, identity) in forms {
            assert!(identities(text).contains(&identity), "{text}");
        }
        // A session or user that takes another kind's form for a name.
        for imitation in ["Ci/run", "root of 111111111111", "config.amazonaws.com", "x via SSO Admin"] {
            assert!(!who(imitation).means(&group(&record(&user(imitation)))), "{imitation}");
        }
        let service = record(&json!({"type": "AWSService", "invokedBy": "config.amazonaws.com"}));
        assert!(who("config.amazonaws.com").means(&group(&service)));
    }

    #[test]
    fn a_private_address_is_not_a_place() {
        let from = |source: &str| Ignore { source_ip: Source::parse(source).ok(), ..Ignore::default() };
        let mut call = record(&user("alice"));
        assert!(from("203.0.113.0/24").means(&group(&call)));
        for (network, address) in
            [("10.0.0.0/8", "10.0.0.5"), ("fd00::/8", "fd00::5"), ("0.0.0.0/1", "10.0.0.5"), ("10.*", "10.0.0.5")]
        {
            call["vpcEndpointAccountId"] = Value::Null;
            call["sourceIPAddress"] = json!(address);
            if network != "0.0.0.0/1" {
                assert!(from(network).source_ip.is_some(), "{network}");
            }
            let Some(_) = from(network).source_ip else { continue };
            assert!(!from(network).means(&group(&call)), "{network}");
            assert!(Ignore { who: Wildcard::parse("alice"), ..from(network) }.means(&group(&call)), "{network}");
            call["vpcEndpointAccountId"] = json!(FOREIGN);
            assert!(!from(network).means(&group(&call)), "{network}");
            assert!(Ignore { account: vec![OWN.into(), FOREIGN.into()], ..from(network) }.means(&group(&call)));
            call["vpcEndpointAccountId"] = json!(OWN);
            assert!(from(network).means(&group(&call)), "{network}");
        }
    }
}
