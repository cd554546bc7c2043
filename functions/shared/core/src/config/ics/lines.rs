//! The logical lines of an iCalendar file, each with the line of the file on which it begins.

/// How deep components may stand in each other; calendars need three.
const DEEPEST: usize = 16;

/// A file's logical lines.
pub(super) struct Lines(Vec<(usize, String)>);

impl Lines {
    /// Unfolds a text: a line that begins with a blank goes on with the one before (RFC 5545, 3.1). Any line ending
    /// and a byte order mark are taken.
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
        let mut lines: Vec<(usize, String)> = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            match (line.strip_prefix([' ', '\t']), lines.last_mut()) {
                (Some(rest), Some((_, before))) => before.push_str(rest),
                _ => lines.push((index + 1, line.to_owned())),
            }
        }
        // Blank lines mean nothing, and the parser stumbles over those with blanks.
        lines.retain(|(_, line)| !line.trim().is_empty());
        Self(lines)
    }

    /// As the parser wants it: it reads one component, a file may hold several calendars, so all stand in one.
    pub(super) fn in_one(&self) -> String {
        let frame = |word| format!("{word}:X-FILE");
        let lines = self.0.iter().map(|(_, line)| upper_frame(line.trim_end()));
        let lines = std::iter::once(frame("BEGIN")).chain(lines).chain([frame("END")]);
        lines.flat_map(|line| [line, "\r\n".to_owned()]).collect()
    }

    /// Whether components begin and end as they should, and what stands in them are properties.
    ///
    /// # Errors
    /// The first line that is wrong, with its place.
    pub(super) fn framed(&self) -> Result<(), String> {
        let mut open: Vec<(usize, String)> = Vec::new();
        for (number, line) in &self.0 {
            match frame(line) {
                Some(("BEGIN", name)) => open.push((*number, name)),
                Some((_, name)) => match open.pop() {
                    Some((_, begun)) if begun == name => {}
                    Some((first, begun)) => {
                        return Err(format!(
                            "line {number}: END:{name} stands where BEGIN:{begun} of line {first} ends"
                        ));
                    }
                    None => return Err(format!("line {number}: END:{name} without a BEGIN")),
                },
                None if open.is_empty() => return Err(format!("line {number}: BEGIN:VCALENDAR is expected here")),
                None if !line.contains(':') => return Err(format!("line {number}: NAME:VALUE is expected here")),
                None => {}
            }
            if open.len() > DEEPEST {
                return Err(format!("line {number}: components stand more than {DEEPEST} deep in each other"));
            }
        }
        match open.first() {
            Some((begin, name)) => Err(format!("line {begin}: BEGIN:{name} has no END")),
            None if self.0.is_empty() => Err("it is empty".to_owned()),
            None => Ok(()),
        }
    }

    /// Where events begin.
    pub(super) fn events(&self) -> Vec<usize> {
        let begins = self.0.iter().filter(|(_, line)| frame(line).is_some_and(|it| it == ("BEGIN", "VEVENT".into())));
        begins.map(|(number, _)| *number).collect()
    }
}

/// A `BEGIN` or `END`, with the component's name in capitals.
fn frame(line: &str) -> Option<(&'static str, String)> {
    let (word, name) = line.split_once(':')?;
    let word = ["BEGIN", "END"].into_iter().find(|it| word.eq_ignore_ascii_case(it))?;
    Some((word, name.trim().to_ascii_uppercase()))
}

/// Names have no letter case (RFC 5545, 3.6), but the parser compares that of an `END` with its `BEGIN`.
fn upper_frame(line: &str) -> String {
    frame(line).map_or_else(|| line.to_owned(), |(word, name)| format!("{word}:{name}"))
}
