//! The text of a file beside the config, from its bytes.

/// Reads bytes as UTF-8. Some programs fold an iCalendar line in the middle of a character, which is to be read as if the
/// fold were not there (RFC 5545, 3.1): such a fold goes behind its character, so that every line keeps its number.
///
/// # Errors
/// Where the first byte stands that is no UTF-8.
pub fn text_of(bytes: Vec<u8>) -> Result<String, String> {
    let folded = match String::from_utf8(bytes) {
        Ok(text) => return Ok(text),
        Err(error) => error.into_bytes(),
    };
    String::from_utf8(with_whole_characters(&folded)).map_err(|error| {
        let before = error.as_bytes().iter().take(error.utf8_error().valid_up_to());
        let line = before.filter(|it| **it == b'\n').count() + 1;
        format!("it is not UTF-8 (line {line}): save it as UTF-8")
    })
}

fn with_whole_characters(mut bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len());
    while let Some((first, rest)) = bytes.split_first() {
        let fold =
            ["\r\n ", "\r\n\t", "\n ", "\n\t"].iter().find_map(|it| Some((it, bytes.strip_prefix(it.as_bytes())?)));
        let Some((fold, after)) = fold else {
            whole.push(*first);
            bytes = rest;
            continue;
        };
        // Bytes 10xxxxxx go on with a character.
        let (end, after) = after.split_at(after.iter().take_while(|it| **it & 0xC0 == 0x80).count());
        whole.extend_from_slice(end);
        whole.extend_from_slice(fold.as_bytes());
        bytes = after;
    }
    whole
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_line_folded_anywhere_is_the_line(text in "[a-z é祝🎌]{1,40}", at in 0_usize..200, fold in "\r?\n[ \t]") {
            let mut bytes = text.clone().into_bytes();
            let at = at % (bytes.len() + 1);
            bytes.splice(at..at, fold.bytes());
            let read = text_of(bytes).unwrap();
            prop_assert_eq!(read.replacen(&fold, "", 1), text);
        }
    }

    #[test]
    fn what_is_no_utf_8_is_told_with_its_line() {
        let error = text_of(b"BEGIN:VCALENDAR\nSUMMARY:\xE9t\xE9\n".to_vec()).unwrap_err();
        assert_eq!(error, "it is not UTF-8 (line 2): save it as UTF-8");
        let error = text_of(b"SUMMARY:\xC3\r\n \xA9t\nSUMMARY:\xE9".to_vec()).unwrap_err();
        assert_eq!(error, "it is not UTF-8 (line 3): save it as UTF-8", "not where a fold parts a character");
    }
}
