//! Words that one function writes and another, or SNS, reads. They are promises: a subscription's filter policy in
//! an account names them.

macro_rules! suppressed {
    () => {
        "suppressed"
    };
}

/// The message attribute of notices and digests: `"true"` where nobody is to be woken.
pub const SUPPRESSED: &str = suppressed!();

/// The filter policy of mail subscriptions: only what says that it is not suppressed. A message without the attribute
/// is not mailed either: SNS cannot ask for that.
pub const NOT_SUPPRESSED: &str = concat!("{\"", suppressed!(), "\":[\"false\"]}");

/// The message attribute of notices and digests that says their language, `en` or `ja`: where several are configured,
/// each is published once a language, and mail subscriptions take the one that is theirs.
pub const LANGUAGE: &str = "language";

/// What the enricher logs when a notice is published; a drill waits for it.
pub const TOLD: &str = "told";
