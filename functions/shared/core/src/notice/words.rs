//! From a notice to the facts that its sentences tell. How they are said stands in [`super::language`].

use std::borrow::Cow;

use super::language::facts::{
    Act, Admitted, Call, Did, Drill, Found, Headline, Lead, Origin, SinceThen, Subject, Turn, Way, Who, WhyUnknown,
};
use super::language::words::Words;
use super::model::Notice;
use super::style::Style;
use crate::activity::{Group, HIDDEN_USER, Identity, Place, UNKNOWN, UNKNOWN_ACCOUNT};
use crate::alarm::State;
use crate::arns::is_account;
use crate::known;
use crate::text::{unlinked, unlinked_outcome};

/// The first line of a notice: who did what, when and from which address, or why that is not known.
pub(super) fn headline(notice: &Notice, style: &Style<'_>) -> String {
    let why = why(notice, style);
    words(style).headline(&told_first(notice, &why), style.local)
}

fn words(style: &Style<'_>) -> &'static dyn Words {
    style.language.words()
}

/// The sentence that says why nobody is named; empty where somebody is, or nothing says it.
fn why(notice: &Notice, style: &Style<'_>) -> String {
    let because = notice.about_others.as_ref().filter(|_| !notice.activity.is_empty());
    let because = because.or_else(|| notice.problems.first().filter(|_| notice.activity.is_empty()));
    because.map_or(String::new(), |it| style.language.problem(it))
}

fn told_first<'a>(notice: &'a Notice, why: &'a str) -> Headline<'a> {
    let alarm = &notice.alarm;
    let Some(name) = &alarm.name else {
        return Headline::NoAlarm { said: notice.said.as_ref().filter(|it| !it.is_nothing()) };
    };
    let name = unlinked(name);
    let turn = Turn { name, at: alarm.changed_at };
    if notice.begins_to_watch() && notice.activity.is_empty() {
        return Headline::Watching(turn);
    }
    if notice.is_suppressed() {
        return match notice.ignored {
            0 => Headline::OverIgnored { name: turn.name },
            count => Headline::Ignored { name: turn.name, count, because: &notice.ignored_because },
        };
    }
    let Some((newest, others)) = notice.activity.split_first() else { return of_nobody(notice, turn, why) };
    if !notice.is_attributed() {
        return Headline::Unattributed { turn, state: alarm.state, why };
    }
    let lead = match alarm.state {
        State::Ok | State::InsufficientData if newest.new => Lead::AlsoDuring,
        State::Ok | State::InsufficientData => Lead::NothingNew {
            turn,
            too_little_data: alarm.state == State::InsufficientData,
            complete: notice.is_complete(),
        },
        State::Alarm | State::Unknown => Lead::Cause,
    };
    let more = u64::try_from(others.len()).unwrap_or(u64::MAX).saturating_add(notice.more);
    Headline::Did { lead, act: told(newest), more }
}

/// Nobody did anything, as far as is known.
fn of_nobody<'a>(notice: &'a Notice, turn: Turn<'a>, why: &'a str) -> Headline<'a> {
    match notice.alarm.state {
        State::Alarm => {
            let why = match (notice.meaning, notice.search.is_empty()) {
                (Some(meaning), _) => WhyUnknown::Means(meaning),
                _ if !notice.problems.is_empty() => WhyUnknown::Problem(why),
                (None, false) => WhyUnknown::NoEvent,
                (None, true) => WhyUnknown::NotSearched,
            };
            Headline::WentOff { turn, why }
        }
        State::Ok => {
            let unasked = notice.search.is_empty() && !notice.is_end();
            let searched = if notice.is_complete() { SinceThen::Nothing } else { SinceThen::Incomplete };
            Headline::Over { turn, new: if unasked { SinceThen::Unasked } else { searched } }
        }
        State::InsufficientData => Headline::TooLittleData(turn),
        State::Unknown => Headline::Changed(turn),
    }
}

/// The alarm's name as people are shown it; none when the message was no alarm's.
pub(super) fn alarm_name(notice: &Notice) -> Option<Cow<'_, str>> {
    notice.alarm.name.as_deref().map(unlinked)
}

/// What the subject says.
pub(super) fn subject(notice: &Notice) -> Subject<'_> {
    let state = notice.alarm.state;
    let Some(name) = alarm_name(notice) else { return Subject::NoAlarm };
    match notice.activity.first().filter(|_| notice.is_attributed()) {
        Some(newest) if !newest.new && notice.is_complete() => Subject::NothingNew(state, name),
        Some(newest) if !newest.new => Subject::Alarm(state, name),
        Some(newest) => Subject::Did(state, name, told(newest)),
        None => Subject::Alarm(state, name),
    }
}

/// Who did what, when and from where.
pub(super) fn sentence(group: &Group, style: &Style<'_>) -> String {
    words(style).act(&told(group), style.local)
}

/// The facts of a group.
fn told(group: &Group) -> Act<'_> {
    let drill = match (group.drill, imitates_drill(group)) {
        (true, _) => Drill::Real,
        (false, true) => Drill::Imitated,
        (false, false) => Drill::No,
    };
    let account = group.actor_account.as_deref().filter(|it| group.who == HIDDEN_USER || !group.who.contains(it));
    Act {
        who: who(group),
        account: account.map(unlinked),
        drill,
        did: did(group),
        times: group.count,
        from: origin(group),
        last: group.last,
    }
}

fn who(group: &Group) -> Who<'_> {
    if group.who == HIDDEN_USER {
        return Who::Hidden;
    }
    let root = group.who.strip_prefix("root of ").filter(|_| group.identity == Identity::Root);
    let (account, central) = match root.map(|it| (it, it.strip_suffix(" (central root access)"))) {
        Some((_, Some(account))) => (account, true),
        Some((account, None)) => (account, false),
        None => ("", false),
    };
    // Whatever else AWS says of it stands in the name.
    if account == UNKNOWN_ACCOUNT || is_account(account) {
        return Who::Root { account: Some(account).filter(|it| *it != UNKNOWN_ACCOUNT), central };
    }
    if group.who == UNKNOWN && group.identity == Identity::Other { Who::Nobody } else { Who::Named(name(group)) }
}

/// Who it was, for a sentence: where a record says an account and nothing else, that it is one.
pub(crate) fn name(group: &Group) -> Cow<'_, str> {
    let who = unlinked(&group.who);
    let first = who.split(' ').next().unwrap_or_default();
    let is_account = group.identity == Identity::Other && is_account(first);
    if is_account { Cow::Owned(format!("account {who}")) } else { who }
}

pub(crate) fn origin(group: &Group) -> Origin<'_> {
    if group.source_ip.is_empty() {
        return Origin::Unsaid;
    }
    let address = unlinked(&group.source_ip);
    // AWS's own are named for what they are, also where nobody said which networks are known.
    let of_aws = known::of_aws(group).filter(|_| group.place == Place::Unsaid);
    match (&group.place, of_aws) {
        (Place::Service, _) | (_, Some(Place::Service)) => Origin::Service(address),
        (Place::Endpoint, _) | (_, Some(Place::Endpoint)) => {
            Origin::Endpoint { account: unlinked(&group.endpoint_account), address }
        }
        (Place::Unsaid, _) => Origin::Address(address),
        (Place::Known(network), _) => Origin::Known(network, address),
        (Place::Unknown, _) => Origin::NotKnown(address),
    }
}

/// Whether somebody calls themselves a drill. Names, session names and user agents are the caller's; that a record is a
/// drill's stands where no caller can write.
fn imitates_drill(group: &Group) -> bool {
    let texts = [&group.who, &group.user_agent, &group.outcome, &group.source_ip];
    !group.drill && texts.into_iter().any(|text| calls_itself_drill(text))
}

fn calls_itself_drill(text: &str) -> bool {
    let folded: String = text.chars().flat_map(folded).collect();
    let mut parts = folded.split("drill");
    let mut before = parts.next().unwrap_or_default();
    parts.any(|after| {
        let inside = before.ends_with(char::is_alphanumeric) || after.starts_with(char::is_alphanumeric);
        before = after;
        !inside
    })
}

/// Lower case, and full-width letters as plain ones.
fn folded(c: char) -> impl Iterator<Item = char> {
    let plain = match u32::from(c) {
        wide @ 0xff01..=0xff5e => char::from_u32(wide - 0xfee0).unwrap_or(c),
        _ => c,
    };
    plain.to_lowercase()
}

fn did(group: &Group) -> Did<'_> {
    let outcome = unlinked_outcome(&group.outcome);
    let success = outcome == "Success";
    let denied = is_denied(&outcome);
    let why = match outcome {
        Cow::Borrowed(text) => Cow::Borrowed(text.strip_prefix("Failure: ").unwrap_or(text)),
        Cow::Owned(text) => Cow::Owned(text.strip_prefix("Failure: ").map(str::to_owned).unwrap_or(text)),
    };
    let service = group.service.strip_suffix(".amazonaws.com").unwrap_or(&group.service);
    let call = match (service.is_empty(), group.event.is_empty()) {
        (true, true) => Call::Unnamed,
        (true, false) => Call::Named(unlinked(&group.event)),
        (false, _) => Call::Named(unlinked(&format!("{service}:{}", group.event)).into_owned().into()),
    };
    match (service, group.event.as_str()) {
        ("signin", "ConsoleLogin") if success => Did::SignedIn { mfa: second_factor(group) },
        ("signin", "ConsoleLogin") => Did::SignInFailed { why: Some(why).filter(|why| why != "Failure") },
        ("signin", "SwitchRole") if success => Did::SwitchedRole,
        ("signin", "CredentialChallenge" | "CredentialVerification" | "CheckMfa") if success => Did::Began,
        (service, event) if let Some(way) = way(service, event, group.portal) => {
            let mfa = group.mfa == Some(true) && matches!(way, Way::Portal | Way::Application);
            if success {
                Did::GotIn { way, mfa, into: into(group) }
            } else {
                Did::NotIn { way, into: into(group), why: Some(why).filter(|why| why != "Failure") }
            }
        }
        _ if success => Did::Called(call),
        _ if denied => Did::Denied { call, why },
        _ => Did::CallFailed { call, why },
    }
}

fn into(group: &Group) -> Option<Box<Admitted<'_>>> {
    let taken = group.taken.as_ref()?;
    Some(Box::new(Admitted { role: unlinked(&taken.role), account: unlinked(&taken.account) }))
}

/// The way in that an event tells of, the console's own sign-in page apart.
fn way(service: &str, event: &str, portal: bool) -> Option<Way> {
    Some(match (service, event) {
        ("signin", "UserAuthentication") if portal => Way::Portal,
        ("signin", "UserAuthentication") => Way::Application,
        ("signin", "CredentialVerification" | "CheckMfa") => Way::Credential,
        ("signin", "SwitchRole") => Way::Role,
        ("signin", "GetSigninToken") => Way::ConsoleToken,
        ("signin", "AuthorizeOAuth2Access" | "CreateOAuth2Token") => Way::Program,
        ("sso", "GetRoleCredentials") => Way::PortalCredentials,
        ("sso", "Federate") => Way::PortalConsole,
        ("sts", "AssumeRoot") => Way::RootSession,
        _ => return None,
    })
}

/// Federated sign-ins say `MFAUsed: No` whatever the identity provider asked for: then it says nothing.
fn second_factor(group: &Group) -> Option<bool> {
    group.mfa.filter(|used| *used || matches!(group.kind.as_str(), "IAMUser" | "Root"))
}

/// The codes that the CIS control for unauthorised calls counts.
fn is_denied(code: &str) -> bool {
    code.starts_with("AccessDenied") || code.ends_with("UnauthorizedOperation")
}

/// What to do next: the control's own sentence, else a general one where somebody did something.
pub(super) fn next<'a>(notice: &Notice, style: &Style<'a>) -> Option<&'a str> {
    let general = words(style).labels().ask;
    match (notice.is_suppressed(), notice.alarm.state) {
        (true, _) => None,
        (false, State::Alarm) => style.next.or((!notice.activity.is_empty()).then_some(general)),
        (false, _) if notice.activity.is_empty() => None,
        (false, _) => Some(style.next.unwrap_or(general)),
    }
}

/// How much was found, beside what the alarm counted.
pub(super) fn found(notice: &Notice, style: &Style<'_>) -> String {
    words(style).found(Found { events: notice.found, at_least: notice.at_least, expected: notice.expected })
}
