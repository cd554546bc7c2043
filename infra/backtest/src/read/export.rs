//! CloudTrail's events as other programs write them: not read, but known, so that whoever has them is told what to do.
//!
//! Only the name of the first member tells, which AWS writes and no stranger chooses.

/// How many bytes of a file are looked at.
pub(super) const BEGIN: usize = 200;

/// By the first member: what the file is, and what makes of it lines that are read.
const FORMS: [(&[u8], &str); 5] = [
    (
        b"\"Events\":",
        "as aws cloudtrail lookup-events prints them: jq -r '.Events[].CloudTrailEvent' makes lines that are read",
    ),
    (b"\"events\":", "as aws logs filter-log-events prints them: jq -r '.events[].message' makes lines that are read"),
    (
        b"\"results\":",
        "as aws logs get-query-results prints them: jq -r '.results[][]|select(.field==\"@message\").value' makes lines that are read",
    ),
    (
        b"\"messageType\":",
        "as a log group's subscription sends them: jq -r '.logEvents[].message' makes lines that are read",
    ),
    (b"\"version\":\"0\",\"id\":", "as EventBridge sends them: jq -c .detail makes lines that are read"),
];

/// What a file's begin says, if it holds events in such a form.
pub(super) fn form(begin: &[u8]) -> Option<&'static str> {
    if begin.starts_with(b"{\"Records\":") {
        return None; // as nearly every file
    }
    let text: Vec<u8> = begin.iter().copied().take(BEGIN).filter(|byte| !byte.is_ascii_whitespace()).collect();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&text);
    let text = text.strip_prefix(b"[").unwrap_or(text).strip_prefix(b"{")?;
    FORMS.into_iter().find(|(first, _)| text.starts_with(first)).map(|(_, what)| what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_known_by_the_first_member_alone() {
        let known = |text: &str| form(text.as_bytes()).map(|it| it.split(':').next().unwrap_or_default());
        assert_eq!(known("{\n    \"Events\": [\n {\"EventId\": "), Some("as aws cloudtrail lookup-events prints them"));
        assert_eq!(known("\u{feff}{\"events\":[]}"), Some("as aws logs filter-log-events prints them"));
        assert_eq!(known("{\"version\": \"0\", \"id\": \"x\", \"detail-type\""), Some("as EventBridge sends them"));
        assert_eq!(known("[{\"messageType\":\"DATA_MESSAGE\""), Some("as a log group's subscription sends them"));
        for other in [
            "",
            "{",
            "{\"eventVersion\":\"1.11\",\"a\":{\"events\":1}}",
            "{\"a\":1,\"events\":[]}",
            "\"events\":",
            "{\"Records\":[",
        ] {
            assert_eq!(known(other), None, "{other}");
        }
    }
}
