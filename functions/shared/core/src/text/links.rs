//! Text that no mail or chat client turns into a link: hosts as `evil[.]example`, schemes as `https[:/]/…`.
//!
//! Clients link more than URLs: bare hosts, `www.` and whatever follows, `mailto:` and `tel:`, markdown, network paths,
//! and some read other dots and slashes as the usual ones. Two forms stay as they are, because people need them and
//! nobody is sent anywhere by them: an e-mail address alone (the name of a person), and the name of an AWS service alone
//! (`config.amazonaws.com`). Addresses of the internet protocol are numbers and stay too.

use std::borrow::Cow;
use std::ops::Range;

use unicode_width::UnicodeWidthChar as _;

use super::clean::{ascii, clean};

/// Schemes that a client opens without `//`, also behind other letters.
const ANYWHERE: [&str; 5] = ["http", "https", "mailto", "tel", "javascript"];
/// The same, as words of their own.
const WORDS: [&str; 28] = [
    "ftp",
    "ftps",
    "sftp",
    "ws",
    "wss",
    "file",
    "smb",
    "ldap",
    "sms",
    "smsto",
    "callto",
    "facetime",
    "skype",
    "sip",
    "sips",
    "xmpp",
    "irc",
    "vbscript",
    "data",
    "blob",
    "magnet",
    "bitcoin",
    "intent",
    "whatsapp",
    "slack",
    "msteams",
    "zoommtg",
    "view-source",
];

/// The text with everything that a client would link taken apart. The same again when it is applied again.
pub fn unlinked(text: &str) -> Cow<'_, str> {
    rewritten(text, true)
}

/// The same for sentences of our own that hold file names (`yakei.toml`): bare hosts stay.
pub fn without_urls(text: &str) -> Cow<'_, str> {
    rewritten(text, false)
}

/// An outcome: an error code of AWS's, alone, stays as it is (`Client.UnauthorizedOperation`); no caller chooses it.
pub fn unlinked_outcome(text: &str) -> Cow<'_, str> {
    let label = |it: &str| {
        let camel = it.bytes().zip(it.bytes().skip(1)).any(|(a, b)| a.is_ascii_lowercase() && b.is_ascii_uppercase());
        it.bytes().all(|b| b.is_ascii_alphanumeric()) && it.starts_with(|c: char| c.is_ascii_uppercase()) && camel
    };
    let is_code =
        text.split('.').enumerate().all(|(at, it)| label(it) || (at == 0 && matches!(it, "Client" | "Server")));
    if is_code { Cow::Borrowed(text) } else { unlinked(text) }
}

/// A stranger's text as people are shown it: cleaned, without links, in at most so many characters.
pub fn shown(text: &str, max: usize) -> String {
    fitted(max, |at| unlinked(&clean(text, at)).into_owned(), characters)
}

/// An outcome as people are shown it, in at most so many characters.
pub fn shown_outcome(text: &str, max: usize) -> String {
    fitted(max, |at| unlinked_outcome(&clean(text, at)).into_owned(), characters)
}

/// A sentence of our own that holds file names and strangers' text, in at most so many characters.
pub fn shown_without_urls(text: &str, max: usize) -> String {
    fitted(max, |at| without_urls(&clean(text, at)).into_owned(), characters)
}

/// A subject in ASCII: at most so long, and what the cut made of it is no link either.
pub fn ascii_subject(text: &str, max: usize) -> String {
    let whole = ascii(text, usize::MAX);
    if whole.len() <= max {
        return whole;
    }
    fitted(max, |at| unlinked(&shortened(&whole, at)).into_owned(), str::len)
}

/// A subject, of at most so many units of UTF-16; what the cut made of it is no link either.
pub fn subject(text: &str, max: usize) -> String {
    let whole = clean(text, usize::MAX);
    if units(&whole) <= max {
        return whole.into_owned();
    }
    fitted(max, |at| unlinked(&shortened(&whole, at)).into_owned(), units)
}

/// The longest form that fits: a text is cut as it is, and what the cut left is taken apart; what was taken apart is never
/// cut. A cut makes other links than a text had, half an e-mail address say, and each may be longer when it is apart.
pub(crate) fn fitted(max: usize, form: impl Fn(usize) -> String, length: impl Fn(&str) -> usize) -> String {
    let mut at = max;
    loop {
        let form = form(at);
        let over = length(&form).saturating_sub(max);
        if over == 0 || at == 0 {
            return if over == 0 { form } else { String::new() };
        }
        // No character is shown as more than eight.
        at -= over.div_ceil(8).min(at);
    }
}

fn characters(text: &str) -> usize {
    text.chars().count()
}

/// In at most so many units, with `...` where something is left out.
fn shortened(text: &str, max: usize) -> String {
    if units(text) <= max {
        return text.to_owned();
    }
    let mut kept = text.trim_end_matches('.').to_owned();
    while units(&kept) + 3 > max && kept.pop().is_some() {}
    format!("{}...", kept.trim_end())
}

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// The same for serde's `serialize_with`, uncut.
pub(crate) fn serialize_unlinked<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&unlinked(text))
}

/// The same for an outcome.
pub(crate) fn serialize_outcome<S: serde::Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&unlinked_outcome(text))
}

/// A text as it was before [`unlinked`], for those who copy from a notice.
pub fn linked(text: &str) -> String {
    let whole = [("[:/]/", "://"), ("[/]/", "//"), ("[\\]\\", "\\\\"), ("[:]", ":"), ("[.]", ".")];
    whole.into_iter().fold(text.to_owned(), |text, (apart, whole)| text.replace(apart, whole))
}

fn rewritten(text: &str, hosts: bool) -> Cow<'_, str> {
    let suspect = |c: char| is_dot(c) || is_colon(c) || is_slash(c) || c == ']';
    if is_harmless(text) || !text.contains(suspect) {
        return Cow::Borrowed(text);
    }
    looked_at(text, hosts)
}

/// The same character by character.
fn looked_at(text: &str, hosts: bool) -> Cow<'_, str> {
    let chars: Vec<char> = text.chars().collect();
    let line = Line { kept: kept(&chars), chars: &chars };
    let mut out = String::with_capacity(text.len() + 16);
    let mut at = 0;
    while let Some(c) = line.at(at) {
        let (taken, shown) = line.step(at, c, hosts);
        out.push_str(&shown);
        at += taken;
    }
    if out == text { Cow::Borrowed(text) } else { Cow::Owned(out) }
}

/// An address of four numbers, a role and its session: what nearly every text is, looked at once. ASCII whose slashes stand
/// alone, whose dots stand before digits, and without whatever else [`Line::step`] looks at.
fn is_harmless(text: &str) -> bool {
    let (mut has_dot, mut has_w, mut before) = (false, false, b' ');
    for byte in text.bytes() {
        let is_apart = match before {
            b'.' => byte.is_ascii_digit(),
            b'/' => byte != b'/',
            _ => true,
        };
        if !is_apart || !byte.is_ascii() || matches!(byte, b':' | b']' | b'\\') {
            return false;
        }
        has_dot |= byte == b'.';
        has_w |= matches!(byte, b'w' | b'W');
        before = byte;
    }
    !(has_dot && has_w)
}

struct Line<'a> {
    chars: &'a [char],
    kept: Vec<Range<usize>>,
}

impl Line<'_> {
    fn at(&self, at: usize) -> Option<char> {
        self.chars.get(at).copied()
    }

    fn before(&self, at: usize) -> Option<char> {
        at.checked_sub(1).and_then(|at| self.at(at))
    }

    /// How many characters to take, and what to write for them.
    fn step(&self, at: usize, c: char, hosts: bool) -> (usize, String) {
        let same = (1, c.to_string());
        if self.kept.iter().any(|it| it.contains(&at)) {
            return same;
        }
        let slashes = self.slashes(at + usize::from(is_colon(c)));
        if slashes > 1 && (is_colon(c) || is_slash(c)) {
            let taken = slashes + usize::from(is_colon(c));
            let slash = if self.at(at + taken - 1).is_some_and(|it| plain(it) == '\\') { '\\' } else { '/' };
            return (taken, format!("[{}{slash}]{slash}", if is_colon(c) { ":" } else { "" }));
        }
        let goes_on = self.at(at + 1).is_some_and(|next| !next.is_whitespace());
        // Markdown links where a bracket closes and a parenthesis opens.
        let gap = if self.at(at + 1) == Some('(') { " " } else { "" };
        match c {
            // Whatever follows: text of ours may, or the sign that more was cut off.
            _ if is_colon(c) && self.ends_in_a_scheme(at) => (1, format!("[:]{gap}")),
            _ if is_dot(c) && goes_on && (self.ends_in_www(at) || (hosts && self.is_in_a_host(at))) => {
                (1, format!("[.]{gap}"))
            }
            ']' => (1, format!("]{gap}")),
            _ => same,
        }
    }

    fn slashes(&self, from: usize) -> usize {
        self.chars.iter().skip(from).take_while(|c| is_slash(**c)).count()
    }

    /// The word of letters, digits, `+` and `-` before a colon.
    fn ends_in_a_scheme(&self, at: usize) -> bool {
        let back = self.chars.iter().take(at).rev().map(|c| plain(*c));
        let mut word: Vec<char> = back.take_while(|c| c.is_alphanumeric() || "+-".contains(*c)).collect();
        word.reverse();
        let word = word.into_iter().collect::<String>().to_lowercase();
        let alone = |scheme: &str| {
            word.strip_suffix(scheme).is_some_and(|before| !before.ends_with(|c: char| c.is_ascii_alphabetic()))
        };
        ANYWHERE.iter().any(|scheme| word.ends_with(scheme)) || WORDS.iter().any(|scheme| alone(scheme))
    }

    /// `www`, `www2` before a dot.
    fn ends_in_www(&self, at: usize) -> bool {
        let before = self.chars.iter().take(at).rev().map(|c| plain(*c).to_ascii_lowercase());
        before.skip_while(|c| c.is_numeric()).take_while(|c| *c == 'w').count() >= 3
    }

    /// A dot with something before it and two letters after it, as between the labels of a host. Any two letters: top
    /// level domains are too many to know.
    fn is_in_a_host(&self, at: usize) -> bool {
        let before = self.before(at).is_some_and(|c| {
            !c.is_whitespace() && (!c.is_ascii_punctuation() || matches!(c, '-' | '_' | ')')) && !is_dot(c)
        });
        let letter = |at: usize| self.at(at).is_some_and(|c| c.is_alphabetic() || c.width() == Some(0));
        before && letter(at + 1) && letter(at + 2)
    }
}

/// Where e-mail addresses and names of AWS services stand alone.
fn kept(chars: &[char]) -> Vec<Range<usize>> {
    let mut kept = Vec::new();
    let mut from = 0;
    while from < chars.len() {
        let is_part = |c: &&char| c.is_ascii_alphanumeric() || "._%+-@".contains(**c);
        let length = chars.iter().skip(from).take_while(is_part).count();
        let mut word: String = chars.iter().skip(from).take(length).collect();
        word.truncate(word.trim_end_matches(['.', '-', '_']).len());
        let whole = from..from + word.len();
        // A colon behind it makes a scheme of its end, p@a.tel: say.
        let bare = Line { chars, kept: Vec::new() };
        let is_scheme = chars.get(whole.end).is_some_and(|c| is_colon(*c)) && bare.ends_in_a_scheme(whole.end);
        if !is_scheme && stands_alone(chars, &whole) && (is_email(&word) || is_service(&word)) {
            kept.push(whole);
        }
        from += length.max(1);
    }
    kept
}

/// Whether what is around ends a word for every client: nothing, a blank, a bracket or a comma. Before a session's name
/// stands the role and one `/`.
fn stands_alone(chars: &[char], word: &Range<usize>) -> bool {
    let before = |back: usize| word.start.checked_sub(back).and_then(|at| chars.get(at)).copied();
    let opens = match before(1) {
        Some('/') => before(2).is_some_and(|c| c.is_ascii_alphanumeric() || "_+=,@-".contains(c)),
        other => other.is_none_or(|c| c.is_whitespace() || "(,;'\"".contains(plain(c))),
    };
    let after = |ahead: usize| chars.get(word.end + ahead).copied();
    let after_it = |c: char| c.is_whitespace() || "),;'\"".contains(plain(c)) || (plain(c) == '(' && c != '(');
    let ends = |c: Option<char>| c.is_none_or(after_it);
    opens && (ends(after(0)) || (matches!(after(0), Some('.' | ':')) && ends(after(1))))
}

fn is_label(label: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-';
    !label.is_empty() && label.chars().all(inside) && !label.starts_with('-') && !label.ends_with('-')
}

fn is_email(word: &str) -> bool {
    let Some((local, host)) = word.split_once('@') else { return false };
    let labels: Vec<&str> = host.split('.').collect();
    let top = labels.last().is_some_and(|it| it.len() > 1 && it.chars().all(|c| c.is_ascii_alphabetic()));
    let www = |text: &str| text.get(..3).is_some_and(|it| it.eq_ignore_ascii_case("www"));
    let local_fits =
        local.starts_with(|c: char| c.is_ascii_alphanumeric()) && local.split('.').all(|it| !it.is_empty());
    local_fits && top && labels.len() > 1 && labels.iter().all(|it| is_label(it)) && !www(local) && !www(host)
}

/// `config.amazonaws.com`, `sns.eu-south-1.amazonaws.com`: hosts under which nobody but AWS has a page.
fn is_service(word: &str) -> bool {
    let Some(name) = word.strip_suffix(".amazonaws.com") else { return false };
    let small = |label: &str| is_label(label) && label.chars().all(|c| !c.is_ascii_uppercase()) && label != "www";
    match name.split_once('.') {
        None => small(name),
        Some((service, region)) => small(service) && crate::regions::is_region(region),
    }
}

/// A full-width character as the plain one.
fn plain(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        '\u{2216}' | '\u{29f5}' | '\u{29f9}' | '\u{fe68}' => '\\',
        c => c,
    }
}

fn is_slash(c: char) -> bool {
    matches!(plain(c), '/' | '\\')
}

fn is_colon(c: char) -> bool {
    matches!(c, ':' | '\u{ff1a}' | '\u{fe55}' | '\u{fe13}' | '\u{a789}' | '\u{2236}' | '\u{2d0}' | '\u{589}')
}

fn is_dot(c: char) -> bool {
    matches!(c, '.' | '\u{ff0e}' | '\u{3002}' | '\u{ff61}' | '\u{2024}' | '\u{fe52}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_client_would_link_is_taken_apart() {
        let cases = [
            ("https://evil.example/verify", "https[:/]/evil[.]example/verify"),
            ("HTTPS://EVIL.EXAMPLE", "HTTPS[:/]/EVIL[.]EXAMPLE"),
            ("hTtP:\\\\evil.example", "hTtP[:\\]\\evil[.]example"),
            ("https:evil", "https[:]evil"),
            ("//evil.example", "[/]/evil[.]example"),
            ("\\\\server\\share", "[\\]\\server\\share"),
            ("www.evil.example WwW.evil wWw2.1", "www[.]evil[.]example WwW[.]evil wWw2[.]1"),
            ("evil.com evil.co.uk a.evil-x.zip", "evil[.]com evil[.]co[.]uk a[.]evil-x[.]zip"),
            ("203.0.113.5.nip.io", "203.0.113.5[.]nip[.]io"),
            (
                "mailto:a@evil.example tel:+4912345 javascript:alert(1)",
                "mailto[:]a@evil[.]example tel[:]+4912345 javascript[:]alert(1)",
            ),
            ("<http://evil.example|Sign in>", "<http[:/]/evil[.]example|Sign in>"),
            ("[Sign in](x) [Sign in](//x)", "[Sign in] (x) [Sign in] ([/]/x)"),
            (
                "evil\u{3002}example evil\u{ff0e}example evil\u{2024}example",
                "evil[.]example evil[.]example evil[.]example",
            ),
            ("ｈｔｔｐｓ：／／ｅｖｉｌ．ｅｘａｍｐｌｅ", "ｈｔｔｐｓ[:/]/ｅｖｉｌ[.]ｅｘａｍｐｌｅ"),
            ("例え.テスト i❤.ws", "例え[.]テスト i❤[.]ws"),
            (
                "bob@evil.example/verify https://bob@evil.example",
                "bob@evil[.]example/verify https[:/]/bob@evil[.]example",
            ),
            ("s3.amazonaws.com/evil evil.s3.amazonaws.com", "s3[.]amazonaws[.]com/evil evil.s3[.]amazonaws[.]com"),
            ("www.a@evil.example", "www[.]a@evil[.]example"),
            ("p@a.tel:", "p@a[.]tel[:]"),
        ];
        for (text, expected) in cases {
            assert_eq!(unlinked(text), expected, "{text}");
            assert_eq!(unlinked(expected), expected, "again");
        }
    }

    #[test]
    fn what_people_need_stays_readable() {
        for text in [
            "bob@example.com via SSO Admin",
            "Admin/bob.smith@example.co.uk",
            "alice (via rds.amazonaws.com)",
            "config.amazonaws.com",
            "sns.eu-south-1.amazonaws.com",
            "203.0.113.5",
            "2001:db8::1",
            "AWS Internal",
            "arn:aws:iam::111122223333:user/alice",
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
            "Failure: Failed authentication",
            "Threshold Crossed: 1 datapoint [3.0 (21/11/26 18:40:00)] was greater than the threshold (1.0).",
            "iam:CreateUser",
            "夜警",
        ] {
            assert!(matches!(unlinked(text), Cow::Borrowed(_)), "{}", unlinked(text));
        }
        assert_eq!(
            without_urls("yakei.toml has mistakes, see https://x.example"),
            "yakei.toml has mistakes, see https[:/]/x.example"
        );
    }

    #[test]
    fn error_codes_stay_what_programs_ask_for() {
        for code in [
            "AccessDenied",
            "Client.UnauthorizedOperation",
            "InvalidGroup.NotFound",
            "Client.InvalidInstanceID.NotFound",
        ] {
            assert_eq!(unlinked_outcome(code), code);
        }
        for (text, shown) in
            [("Evil.Com", "Evil[.]Com"), ("Failure: see Client.EvilSite", "Failure: see Client[.]EvilSite")]
        {
            assert_eq!(unlinked_outcome(text), shown);
        }
    }

    #[test]
    fn a_name_can_be_copied_back() {
        for text in ["ci.example.com", "https://evil.example/verify", "\\\\server\\share", "tel:+49"] {
            assert_eq!(linked(&unlinked(text)), text);
        }
    }

    proptest! {
        #[test]
        fn the_same_again(text in "[a-zA-Z./:@\\[\\]()w \\\\-]{0,30}|\\PC{0,20}") {
            let once = unlinked(&text).into_owned();
            prop_assert_eq!(unlinked(&once), once.as_str());
        }

        #[test]
        fn what_is_harmless_at_a_glance_is_so_character_by_character(
            text in "[a-z0-9./@w -]{0,12}|(w|W|[0-9.]|[a-z/]|[/:\\\\\\]()]|\\PC){0,9}|[0-9]{1,3}(\\.[0-9]{1,3}){3}|[A-Za-z]{1,9}/[a-z@.-]{1,9}",
        ) {
            if is_harmless(&text) {
                prop_assert_eq!(looked_at(&text, true), text.as_str());
                prop_assert_eq!(looked_at(&text, false), text.as_str());
            }
        }
    }

    #[test]
    fn what_most_texts_are_is_harmless_at_a_glance() {
        for text in ["203.0.113.5", "Admin/alice", "root of 111122223333", "alice", ""] {
            assert!(is_harmless(text), "{text}");
        }
        for text in ["a.example", "www.5", "2001:db8::1", "a//b", "a]b", "a\\b", "ü", "a.\u{ff0e}"] {
            assert!(!is_harmless(text), "{text}");
        }
    }
}
