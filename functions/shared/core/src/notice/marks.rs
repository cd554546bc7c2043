//! Words that one function writes and another, or SNS, reads. They are promises: a subscription's filter policy in
//! an account names them.

use super::language::Language;

/// The message attribute of notices and digests: `"true"` where nobody is to be woken.
pub const SUPPRESSED: &str = "suppressed";

/// The filter policy of mail subscriptions: only what says that it is not suppressed, and in these languages; without
/// languages, in any. A message without the attributes is not mailed either: SNS cannot ask for that.
pub fn mail_policy(languages: &[Language]) -> String {
    let codes: Vec<String> = languages.iter().map(|it| format!("\"{}\"", it.code())).collect();
    let language = if codes.is_empty() { String::new() } else { format!("\"{LANGUAGE}\":[{}],", codes.join(",")) };
    format!("{{{language}\"{SUPPRESSED}\":[\"false\"]}}")
}

/// The message attribute of notices and digests that says their language, `en` or `ja`: where several are configured,
/// each is published once a language, and mail subscriptions take the one that is theirs.
pub const LANGUAGE: &str = "language";

/// What the enricher logs when a notice is published; a drill waits for it.
pub const TOLD: &str = "told";
