//! The root certificates that this machine trusts, read in a fraction of a start: all of them, from where OpenSSL's programs
//! look, and what cannot be read is said and keeps nothing else back.
//!
//! What rustls has for it decodes every certificate as if it were a secret, in constant time. 145 of them were more than
//! half of all that the toggler computed until its first event.

use std::collections::HashSet;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use memchr::memmem::Finder;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const END: &[u8] = b"-----END CERTIFICATE-----";

/// So much of a file is read at once: memory that is touched for the first time costs a start more than what is read into it,
/// and a bundle has 220 KB. In tests less than a certificate has, so that every one of them is met in pieces.
const PIECE: usize = if cfg!(test) { 100 } else { 16 * 1024 };

/// What kept some root from being trusted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Problem {
    /// A file or a folder cannot be read.
    #[error("{path} cannot be read: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Some certificates of a file are none.
    #[error("{broken} of the certificates in {path} cannot be read and are left out")]
    Broken {
        /// The file.
        path: PathBuf,
        /// How many.
        broken: usize,
    },
    /// There is no root at all.
    #[error("no trusted root certificate was found ({looked}): no call over TLS can succeed")]
    None {
        /// Where they were looked for.
        looked: String,
    },
}

/// Where the roots are.
#[derive(Debug, Default, PartialEq)]
struct Places {
    /// A file with many.
    file: Option<PathBuf>,
    /// Folders of files.
    folders: Vec<PathBuf>,
}

impl Places {
    /// `SSL_CERT_FILE` and `SSL_CERT_DIR`, folders with colons between; either instead of where systems keep their roots.
    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Self {
        let folders = variable("SSL_CERT_DIR").map(|folders| env::split_paths(&folders).collect()).unwrap_or_default();
        let mut named = Self { file: variable("SSL_CERT_FILE").map(PathBuf::from), folders };
        named.folders.retain(|folder| !folder.as_os_str().is_empty());
        if named != Self::default() {
            return named;
        }
        let found = openssl_probe::probe();
        Self { file: found.cert_file, folders: found.cert_dir }
    }

    fn told(&self) -> String {
        let all: Vec<_> = self.file.iter().chain(&self.folders).map(|path| path.display().to_string()).collect();
        if all.is_empty() { "this system keeps none where others do".to_owned() } else { all.join(", ") }
    }
}

/// The roots that this machine trusts, or those that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
pub(crate) fn trusted() -> RootCertStore {
    let (roots, problems) = read(&Places::of(|name| env::var_os(name)));
    for problem in problems {
        tracing::warn!(%problem, "the trusted root certificates");
    }
    roots
}

fn read(places: &Places) -> (RootCertStore, Vec<Problem>) {
    let mut reader = Reader::default();
    if let Some(file) = &places.file {
        reader.file(file);
    }
    for folder in &places.folders {
        reader.folder(folder);
    }
    reader.finish(places)
}

/// Reads files one after another, none twice: folders hold links to the same file under several names.
#[derive(Debug)]
struct Reader {
    roots: RootCertStore,
    problems: Vec<Problem>,
    visited: HashSet<(u64, u64)>,
    files: usize,
    /// The certificate at hand; one piece of memory for all.
    der: Vec<u8>,
}

impl Default for Reader {
    fn default() -> Self {
        let roots = RootCertStore::empty();
        Self { roots, problems: Vec::new(), visited: HashSet::new(), files: 0, der: Vec::new() }
    }
}

impl Reader {
    fn folder(&mut self, folder: &Path) {
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(source) => return self.unreadable(folder, source),
        };
        for entry in entries {
            match entry {
                Ok(entry) => self.entry(&entry.path()),
                Err(source) => self.unreadable(folder, source),
            }
        }
    }

    /// A file of a folder; a folder in it and a link to nothing are passed over.
    fn entry(&mut self, path: &Path) {
        match fs::metadata(path) {
            Ok(metadata) if metadata.is_file() => self.file(path),
            Err(source) if source.kind() != ErrorKind::NotFound => self.unreadable(path, source),
            _ => {}
        }
    }

    fn unreadable(&mut self, path: &Path, source: io::Error) {
        self.problems.push(Problem::Unreadable { path: path.to_owned(), source });
    }

    fn file(&mut self, path: &Path) {
        if fs::metadata(path).is_ok_and(|it| !self.visited.insert((it.dev(), it.ino()))) {
            return;
        }
        self.files += 1;
        let mut broken = 0;
        let read = File::open(path).and_then(|file| {
            sections(file, |section| {
                let added = section.is_some_and(|base64| self.add(base64));
                broken += usize::from(!added);
            })
        });
        if let Err(source) = read {
            self.unreadable(path, source);
        }
        if broken > 0 {
            self.problems.push(Problem::Broken { path: path.to_owned(), broken });
        }
    }

    /// Whether it is a certificate.
    fn add(&mut self, base64: &[u8]) -> bool {
        self.der.clear();
        let mut rest = base64.strip_prefix(b"\n").unwrap_or(base64);
        // Lines as long as nearly all are, whose ends need no search. White space within them is no part of base64 either.
        while let Some(([line @ .., b'\n'], after)) = rest.split_first_chunk::<65>() {
            self.der.extend_from_slice(line);
            rest = after;
        }
        let mut from = 0;
        for to in memchr::memchr_iter(b'\n', rest).chain([rest.len()]) {
            self.der.extend_from_slice(rest.get(from..to).unwrap_or_default().trim_ascii());
            from = to + 1;
        }
        match base64_simd::forgiving_decode_inplace(&mut self.der) {
            Ok(der) => self.roots.add(CertificateDer::from(&*der)).is_ok(),
            Err(_) => false,
        }
    }

    fn finish(mut self, places: &Places) -> (RootCertStore, Vec<Problem>) {
        if self.files > 1 {
            // Many systems keep each root twice, in the file of all and in one of its own.
            self.roots.roots.sort_unstable_by(|a, b| {
                (&*a.subject, &*a.subject_public_key_info).cmp(&(&*b.subject, &*b.subject_public_key_info))
            });
            self.roots.roots.dedup();
        }
        if self.roots.is_empty() {
            self.problems.push(Problem::None { looked: places.told() });
        }
        (self.roots, self.problems)
    }
}

/// What stands between each beginning of a certificate and its end; nothing where another begins before it ends. Between
/// certificates may stand whatever there is, and what begins in the midst of a line is part of it.
fn sections(mut file: impl Read, mut found: impl FnMut(Option<&[u8]>)) -> io::Result<()> {
    let marks = Marks { begin: Finder::new(BEGIN), end: Finder::new(END) };
    // What was read and is not done with, and the byte before it: what begins a file begins a line.
    let mut text = vec![b'\n'];
    loop {
        // Twice as much of a certificate that has no end, or it would be searched again for every piece.
        let piece = PIECE.max(text.len());
        let more = file.by_ref().take(piece as u64).read_to_end(&mut text)? > 0;
        let done = marks.pass(&text, !more, &mut found);
        text.drain(..done);
        if !more {
            return Ok(());
        }
    }
}

/// What a certificate stands between.
struct Marks {
    begin: Finder<'static>,
    end: Finder<'static>,
}

impl Marks {
    /// Finds what is whole, and says how much of the text is done with; of the last piece all is.
    fn pass(&self, text: &[u8], last: bool, found: &mut impl FnMut(Option<&[u8]>)) -> usize {
        let mut begins = self.beginning(text, 0);
        let mut done = 0;
        while let Some(from) = begins {
            let body = from + BEGIN.len();
            begins = self.beginning(text, body);
            let section = text.get(body..begins.unwrap_or(text.len())).unwrap_or_default();
            let end = self.end.find(section);
            if end.is_none() && begins.is_none() && !last {
                return from - 1;
            }
            found(end.and_then(|end| section.get(..end)));
            done = body + end.unwrap_or(section.len());
        }
        // A beginning may be cut in two.
        done.max(text.len().saturating_sub(BEGIN.len()))
    }

    /// Where the first certificate begins that begins a line, from somewhere on.
    fn beginning(&self, text: &[u8], from: usize) -> Option<usize> {
        let begins_line = |at: &usize| matches!(at.checked_sub(1).and_then(|at| text.get(at)), Some(b'\n' | b'\r'));
        let rest = text.get(from..).unwrap_or_default();
        self.begin.find_iter(rest).map(|at| from + at).find(begins_line)
    }
}

/// The roots of a file.
#[cfg(test)]
pub(crate) fn of_file(file: &Path) -> RootCertStore {
    read(&Places { file: Some(file.to_owned()), folders: Vec::new() }).0
}

#[cfg(test)]
mod tests;
