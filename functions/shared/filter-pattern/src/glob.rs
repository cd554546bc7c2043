//! A text with a wildcard at its start, at its end, or both: the model of the user guide.
//!
//! `*Event` is a suffix, `Event*` a prefix, `*Event*` a part; a `*` between other characters is that character.

/// A quoted or bare string of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Glob {
    any_before: bool,
    text: String,
    any_after: bool,
}

impl Glob {
    /// Reads a string whose escapes are already resolved. Several stars at one end mean what one does.
    pub(crate) fn new(content: &str) -> Self {
        let text = content.trim_matches('*');
        if text.is_empty() {
            let any = !content.is_empty();
            return Self { any_before: any, text: String::new(), any_after: any };
        }
        Self { any_before: content.starts_with('*'), text: text.to_owned(), any_after: content.ends_with('*') }
    }

    pub(crate) fn matches(&self, value: &str) -> bool {
        // One byte tells nearly all apart, without a call.
        let (bytes, text) = (value.as_bytes(), self.text.as_bytes());
        match (self.any_before, self.any_after) {
            (false, false) => value == self.text,
            (false, true) => (text.is_empty() || bytes.first() == text.first()) && value.starts_with(&self.text),
            (true, false) => (text.is_empty() || bytes.last() == text.last()) && value.ends_with(&self.text),
            (true, true) => contains(value, &self.text),
        }
    }

    /// Is it a `*` alone?
    pub(crate) fn is_anything(&self) -> bool {
        self.any_before && self.text.is_empty()
    }

    /// The string, if it has no wildcard.
    pub(crate) fn exact(&self) -> Option<&str> {
        (!self.any_before && !self.any_after).then_some(&self.text)
    }

    /// Whether a wildcard stands before the text, the text, and whether one stands behind it.
    pub(crate) fn parts(&self) -> (bool, &str, bool) {
        (self.any_before, &self.text, self.any_after)
    }

    /// The string again, unescaped, with its wildcards.
    pub(crate) fn content(&self) -> String {
        let star = |set| if set { "*" } else { "" };
        if self.text.is_empty() {
            return star(self.any_before).to_owned();
        }
        format!("{}{}{}", star(self.any_before), self.text, star(self.any_after))
    }
}

/// Short texts by their first byte, which nearly all lack: to prepare a search would take longer.
fn contains(value: &str, text: &str) -> bool {
    match text.as_bytes() {
        [first, ..] if value.len() <= SHORT => {
            let value = value.as_bytes();
            memchr::memchr_iter(*first, value)
                .any(|at| value.get(at..).is_some_and(|rest| rest.starts_with(text.as_bytes())))
        }
        _ => memchr::memmem::find(value.as_bytes(), text.as_bytes()).is_some(),
    }
}

const SHORT: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_user_guide() {
        let table = [
            ("*Event", "PutEvent", true),
            ("Event*", "EventName", true),
            ("Ev*ent", "Ev*ent", true),
            ("Ev*ent", "EvXent", false),
            ("*b*", "abc", true),
            ("*", "", true),
            ("**", "x", true),
            ("", "", true),
            ("", "x", false),
            ("*.111", "1.111", true),
            ("*111.111.111", "111.111.111.111", true),
            ("a**", "ab", true),
            ("ä*", "äb", true),
        ];
        for (pattern, value, want) in table {
            assert_eq!(Glob::new(pattern).matches(value), want, "{pattern} on {value}");
        }
    }

    #[test]
    fn gives_its_content_back() {
        for content in ["", "*", "a", "*a", "a*", "*a*b*"] {
            assert_eq!(Glob::new(content).content(), content);
        }
    }
}
