//! Text patterns: all terms, none of the excluded ones; or, of `?` terms alone, any.

/// Terms as they are searched, case-sensitive, anywhere in the message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct TextPattern {
    pub(crate) must: Vec<String>,
    pub(crate) must_not: Vec<String>,
    /// Not empty only when the others are: beside other terms AWS ignores `?` terms.
    pub(crate) any: Vec<String>,
}

impl TextPattern {
    pub(crate) fn is_empty(&self) -> bool {
        self.must.is_empty() && self.must_not.is_empty() && self.any.is_empty()
    }

    /// Drops what has no effect.
    pub(crate) fn normalized(mut self) -> Self {
        if !self.must.is_empty() || !self.must_not.is_empty() {
            self.any.clear();
        }
        if self.any.len() == 1 {
            self.must.append(&mut self.any);
        }
        // the user guide's " " matches every event, one without a blank too
        self.must.retain(|term| !term.trim().is_empty());
        self
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        self.must.iter().all(|term| message.contains(term))
            && !self.must_not.iter().any(|term| message.contains(term))
            && (self.any.is_empty() || self.any.iter().any(|term| message.contains(term)))
    }
}
