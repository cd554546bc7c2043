//! "Did you mean": the word that was probably meant by one that is not known.

/// How many letters must be changed, added, left out or swapped to make one text of the other; letter case aside.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

/// The word with the smallest distance, when that is at most as large as `most` allows for it.
pub(crate) fn nearest<W: Ord>(
    words: impl IntoIterator<Item = W>,
    distance: impl Fn(&W) -> usize,
    most: impl Fn(&W) -> usize,
) -> Option<W> {
    let (distance, word) = words.into_iter().map(|word| (distance(&word), word)).min()?;
    (distance <= most(&word)).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_meant_unless_too_much_differs() {
        let nearest = |text: &str| nearest(["emails", "timezone"], |word| distance(text, word), |word| word.len() / 3);
        assert_eq!(nearest("EMIALS"), Some("emails"));
        assert_eq!(nearest("time_zone"), Some("timezone"));
        assert_eq!(nearest("colour"), None);
    }
}
