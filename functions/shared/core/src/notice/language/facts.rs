//! What a sentence tells, as typed facts without words. All text in them is cleaned and links nowhere.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::alarm::State;
use crate::notice::{Meaning, Of, Said};

/// The first line of a notice.
#[derive(Debug)]
pub(crate) enum Headline<'a> {
    /// The message was no alarm's.
    NoAlarm {
        /// What it said, if anything.
        said: Option<&'a Said>,
    },
    /// A new alarm, or one that has data again.
    Watching(Turn<'a>),
    /// The alarm is over, and all that happened is ignored as agreed.
    OverIgnored {
        /// The alarm.
        name: Cow<'a, str>,
    },
    /// Nothing but what is ignored as agreed.
    Ignored {
        /// The alarm.
        name: Cow<'a, str>,
        /// How many events.
        count: u64,
        /// The reasons that the config gives.
        because: &'a [String],
    },
    /// What was found may be something else than what the alarm counted.
    Unattributed {
        /// The alarm.
        turn: Turn<'a>,
        /// Its state now.
        state: State,
        /// Why, as a sentence of the same language.
        why: &'a str,
    },
    /// Somebody did something.
    Did {
        /// What that has to do with the alarm.
        lead: Lead<'a>,
        /// The newest of it.
        act: Act<'a>,
        /// How many further groups of activity there are.
        more: u64,
    },
    /// The alarm went off, and nobody is known.
    WentOff {
        /// The alarm.
        turn: Turn<'a>,
        /// Why nobody is known.
        why: WhyUnknown<'a>,
    },
    /// The alarm is over.
    Over {
        /// The alarm.
        turn: Turn<'a>,
        /// What happened meanwhile.
        new: SinceThen,
    },
    /// The alarm has too little data.
    TooLittleData(Turn<'a>),
    /// The alarm changed to a state that the message does not say.
    Changed(Turn<'a>),
}

/// An alarm's change of state.
#[derive(Debug)]
pub(crate) struct Turn<'a> {
    /// The alarm.
    pub name: Cow<'a, str>,
    /// When, where that is known.
    pub at: Option<Timestamp>,
}

/// What activity has to do with the alarm.
#[derive(Debug)]
pub(crate) enum Lead<'a> {
    /// It is why the alarm went off.
    Cause,
    /// It happened while the alarm lasted, and nobody was told yet.
    AlsoDuring,
    /// It was known when the alarm went off; nothing new since.
    NothingNew {
        /// The alarm.
        turn: Turn<'a>,
        /// Whether it has too little data now, instead of being OK.
        too_little_data: bool,
        /// Whether all was searched.
        complete: bool,
    },
}

/// What is known of the time since an alarm went off.
#[derive(Debug, Clone, Copy)]
pub(crate) enum SinceThen {
    /// Nothing was asked.
    Unasked,
    /// Nothing new happened.
    Nothing,
    /// Not all was searched.
    Incomplete,
}

/// Why nobody is known.
#[derive(Debug)]
pub(crate) enum WhyUnknown<'a> {
    /// The alarm is about nobody's activity.
    Means(Meaning),
    /// Because of this, a sentence of the same language.
    Problem(&'a str),
    /// No event was found.
    NoEvent,
    /// Nothing was searched.
    NotSearched,
}

/// Who did what, from where and when.
#[derive(Debug)]
pub(crate) struct Act<'a> {
    /// Who.
    pub who: Who<'a>,
    /// The actor's account, where it is another one and not in the name.
    pub account: Option<Cow<'a, str>>,
    /// Whether it is a drill.
    pub drill: Drill,
    /// What.
    pub did: Did<'a>,
    /// How often.
    pub times: u64,
    /// From where.
    pub from: Origin<'a>,
    /// When, the last time.
    pub last: Timestamp,
}

/// Who did something.
#[derive(Debug)]
pub(crate) enum Who<'a> {
    /// By name, as `[[notify.ignore]]` has it too; the same in every language.
    Named(Cow<'a, str>),
    /// The root user of an account, by its number; `central` where AWS's central root access was used.
    Root {
        /// The account, if the record says which.
        account: Option<&'a str>,
        /// Whether by central root access.
        central: bool,
    },
    /// Whoever typed a user name that does not exist; CloudTrail hides it.
    Hidden,
    /// The record says nobody.
    Nobody,
}

/// Whether something is a drill of Yakei's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Drill {
    /// No.
    No,
    /// It is.
    Real,
    /// Somebody calls themselves one.
    Imitated,
}

/// What somebody did.
#[derive(Debug)]
pub(crate) enum Did<'a> {
    /// Signed in to the console. Whether with a second factor, where the record's word counts.
    SignedIn {
        /// With a second factor.
        mfa: Option<bool>,
    },
    /// Failed to sign in to the console.
    SignInFailed {
        /// AWS's reason.
        why: Option<Cow<'a, str>>,
    },
    /// Switched role in the console.
    SwitchedRole,
    /// Got in by another way than the console's sign-in page.
    GotIn {
        /// Which.
        way: Way,
        /// With a second factor, where the record says so.
        mfa: bool,
        /// Admitted what, where the record says it.
        into: Option<Box<Admitted<'a>>>,
    },
    /// Did not get in by such a way.
    NotIn {
        /// Which.
        way: Way,
        /// Admitted what, where the record says it.
        into: Option<Box<Admitted<'a>>>,
        /// AWS's reason.
        why: Option<Cow<'a, str>>,
    },
    /// Was asked for a password or a second factor, or proved it; the sign-in was not seen to end.
    Began,
    /// Called an operation.
    Called(Call<'a>),
    /// Was denied an operation.
    Denied {
        /// The operation.
        call: Call<'a>,
        /// AWS's code.
        why: Cow<'a, str>,
    },
    /// Called an operation that failed.
    CallFailed {
        /// The operation.
        call: Call<'a>,
        /// AWS's code.
        why: Cow<'a, str>,
    },
}

/// Admitted what somebody got, or wanted to.
#[derive(Debug)]
pub(crate) struct Admitted<'a> {
    /// The role's name, or the permission set's; empty for root.
    pub role: Cow<'a, str>,
    /// The account.
    pub account: Cow<'a, str>,
}

/// A way into an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// The access portal of IAM Identity Center.
    Portal,
    /// Another application to which AWS sign-in lets people.
    Application,
    /// A password or a second factor, at either.
    Credential,
    /// A role's credentials from the access portal.
    PortalCredentials,
    /// The console of an account, from the access portal.
    PortalConsole,
    /// Another role in the console.
    Role,
    /// A console session made of credentials.
    ConsoleToken,
    /// A root session of a member account.
    RootSession,
    /// A command line or another program, by the browser: `aws login`.
    Program,
}

/// An operation.
#[derive(Debug)]
pub(crate) enum Call<'a> {
    /// `service:Operation`, or the operation alone.
    Named(Cow<'a, str>),
    /// The record says neither.
    Unnamed,
}

/// Where something came from.
#[derive(Debug)]
pub(crate) enum Origin<'a> {
    /// The record does not say.
    Unsaid,
    /// This address.
    Address(Cow<'a, str>),
    /// A network that people named, and the address.
    Known(&'a str, Cow<'a, str>),
    /// An address of none of the named networks.
    NotKnown(Cow<'a, str>),
    /// An AWS service.
    Service(Cow<'a, str>),
    /// A VPC endpoint of an account.
    Endpoint {
        /// The endpoint's account.
        account: Cow<'a, str>,
        /// The address behind it.
        address: Cow<'a, str>,
    },
}

/// What the searches found, beside what the alarm counted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Found {
    /// How many events were found.
    pub events: u64,
    /// Whether there may be more.
    pub at_least: bool,
    /// How many the alarm counted.
    pub expected: Option<u64>,
}

/// What an alarm did while it was muted.
#[derive(Debug)]
pub(crate) struct MissedAlarm<'a> {
    /// The alarm.
    pub name: &'a str,
    /// How often it went off.
    pub times: u64,
    /// The first time.
    pub first: Timestamp,
    /// The last time.
    pub last: Timestamp,
}

/// The subject of a notice, without the state's word before it.
#[derive(Debug)]
pub(crate) enum Subject<'a> {
    /// The message was no alarm's.
    NoAlarm,
    /// An alarm alone.
    Alarm(State, Cow<'a, str>),
    /// An alarm's end without anything new.
    NothingNew(State, Cow<'a, str>),
    /// An alarm and what somebody did.
    Did(State, Cow<'a, str>, Act<'a>),
}

/// Whether what somebody did is new or usual.
#[derive(Debug)]
pub(crate) struct Before<'a> {
    /// Whose past it is.
    pub whose: Whose<'a>,
    /// What was looked for.
    pub kind: Kind,
    /// Of how many days the log was read.
    pub days: i64,
    /// What is known of this address.
    pub here: Here,
    /// Since when there was none, where that is long ago.
    pub since: Option<Timestamp>,
    /// Where they usually come from.
    pub usual: Option<UsualFrom<'a>>,
}

/// Who signed in before from the address of a sign-in that failed.
#[derive(Debug)]
pub(crate) struct SignedInFrom<'a> {
    /// The address.
    pub address: Cow<'a, str>,
    /// Of how many days the log was read.
    pub days: i64,
    /// Who was the last, and when; none when nobody was.
    pub last: Option<(Whose<'a>, Timestamp)>,
    /// How many others there were.
    pub others: u64,
}

/// Whose past it is.
#[derive(Debug)]
pub(crate) enum Whose<'a> {
    /// A person's or a user's, by name.
    Person(Cow<'a, str>),
    /// A role's, whatever its sessions are called.
    Role(Cow<'a, str>),
    /// That of an account's root user.
    Root(&'a str),
}

/// What was looked for in it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Sign-ins.
    SignIn,
    /// Role switches.
    RoleSwitch,
    /// Calls of the same operation.
    Alike,
    /// Everything.
    Any,
}

/// What is known of this address.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Here {
    /// Nothing may be said.
    Unknown,
    /// There was none from any address before.
    FirstOfAll,
    /// There was none from this address before.
    First,
    /// There was, the last time at this instant.
    Before(Timestamp),
}

/// Where somebody usually comes from.
#[derive(Debug)]
pub(crate) enum UsualFrom<'a> {
    /// From where they come now.
    Here,
    /// A network that people named.
    Network(&'a str),
    /// An address.
    Address(Cow<'a, str>),
}

/// Whom the following commands stop.
#[derive(Debug)]
pub(crate) struct ToStop<'a> {
    /// What they are.
    pub of: Of,
    /// Their name.
    pub name: Cow<'a, str>,
    /// Their account.
    pub account: &'a str,
}
