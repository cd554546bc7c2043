//! Bundles as they are found, and as they go wrong.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::LazyLock;

use proptest::prelude::*;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};

use super::*;

/// Some roots: the text of each, and the name it has in a certificate.
static ROOTS: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| (0..6).map(|n| root(&format!("root {n}"))).collect());

fn root(name: &str) -> (String, Vec<u8>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    let root = params.self_signed(&key).unwrap();
    let mut store = RootCertStore::empty();
    store.add(root.der().clone()).unwrap();
    (root.pem(), store.roots[0].subject.to_vec())
}

fn subjects(roots: &RootCertStore) -> Vec<Vec<u8>> {
    let mut all: Vec<_> = roots.roots.iter().map(|root| root.subject.to_vec()).collect();
    all.sort();
    all
}

/// What a file with this text gives: the names, and how many certificates are broken.
fn of(text: &str) -> (Vec<Vec<u8>>, usize) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    fs::write(&file, text).unwrap();
    let (roots, problems) = read(&Places { file: Some(file), folders: Vec::new() });
    let broken = |problem: &Problem| if let Problem::Broken { broken, .. } = problem { *broken } else { 0 };
    (subjects(&roots), problems.iter().map(broken).sum())
}

/// A piece of a bundle: its text, which root it is, and how many broken certificates.
fn piece() -> impl Strategy<Value = (String, Option<usize>, usize)> {
    let pem = |n: usize| ROOTS[n].0.clone();
    let line = |n: usize| ROOTS[n].0.lines().nth(1).unwrap().to_owned();
    prop_oneof![
        4 => (0..6usize).prop_map(move |n| (pem(n), Some(n), 0)),
        1 => (0..6usize).prop_map(move |n| (pem(n).replace('\n', "\r\n"), Some(n), 0)),
        1 => (0..6usize).prop_map(move |n| (pem(n).replace('\n', " \n\t") + "\n", Some(n), 0)),
        1 => "# [ -~]{0,60}\n".prop_map(|text| (text, None, 0)),
        1 => Just((format!("# {}\n", String::from_utf8_lossy(BEGIN)), None, 0)),
        1 => Just((format!("{}\n", String::from_utf8_lossy(END)), None, 0)),
        1 => (0..6usize).prop_map(move |n| (format!("{}\n{}\n", String::from_utf8_lossy(BEGIN), line(n)), None, 1)),
        1 => (0..6usize).prop_map(move |n| (pem(n).replacen("MII", "M*I", 1), None, 1)),
        1 => Just((format!("{}\naGVsbG8=\n{}\n", String::from_utf8_lossy(BEGIN), String::from_utf8_lossy(END)), None, 1)),
        1 => Just(("-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n".to_owned(), None, 0)),
    ]
}

proptest! {
    /// And no more than those.
    #[test]
    fn every_whole_certificate_is_trusted_whatever_stands_around_it(
        pieces in prop::collection::vec(piece(), 0..12), cut in any::<bool>()
    ) {
        let mut text: String = pieces.iter().map(|(text, ..)| text.as_str()).collect();
        if cut {
            text.truncate(text.trim_end().len()); // no end of line after the last
        }
        // An end that is missing may come later: what stands between is broken all the same, and counted once.
        let mut whole: Vec<_> = pieces.iter().filter_map(|(_, root, _)| root.map(|n| ROOTS[n].1.clone())).collect();
        whole.sort();
        let broken: usize = pieces.iter().map(|(.., broken)| broken).sum();
        prop_assert_eq!(of(&text), (whole, broken));
    }
}

#[test]
fn what_rustls_reads_of_a_bundle_is_read_too() {
    // This machine's where it has one.
    let system = openssl_probe::probe().cert_file.map(|file| fs::read_to_string(file).unwrap()).unwrap_or_default();
    let text = ROOTS.iter().fold(system, |text, (root, _)| format!("{text}\n# a remark\n{root}"));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    fs::write(&file, &text).unwrap();
    let mut theirs = RootCertStore::empty();
    theirs.add_parsable_certificates(rustls_native_certs::load_certs_from_paths(Some(&file), None).certs);
    let (ours, problems) = read(&Places { file: Some(file), folders: Vec::new() });
    assert!(problems.is_empty(), "{problems:?}");
    assert!(theirs.len() >= ROOTS.len());
    assert_eq!(subjects(&ours), subjects(&theirs));
}

#[test]
fn a_folder_is_read_with_its_links_and_each_root_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let (all, one) = (folder.path().join("all.pem"), folder.path().join("certs"));
    fs::create_dir(&one).unwrap();
    fs::create_dir(one.join("folder")).unwrap();
    fs::write(&all, format!("{}{}", ROOTS[0].0, ROOTS[1].0)).unwrap();
    fs::write(one.join("1.pem"), &ROOTS[1].0).unwrap();
    fs::write(one.join("2.pem"), &ROOTS[2].0).unwrap();
    symlink(one.join("2.pem"), one.join("abcd.0")).unwrap();
    symlink(&all, one.join("bundle.pem")).unwrap();
    symlink("gone.pem", one.join("dangling.pem")).unwrap();
    let mut three: Vec<_> = ROOTS[..3].iter().map(|(_, name)| name.clone()).collect();
    three.sort();
    for file in [Some(all), None] {
        let (roots, problems) = read(&Places { file, folders: vec![one.clone()] });
        assert!(problems.is_empty(), "{problems:?}");
        assert_eq!(subjects(&roots), three);
    }
}

#[test]
fn a_file_that_is_not_there_is_named_and_the_folder_is_read_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("1.pem"), &ROOTS[1].0).unwrap();
    let gone = Some(PathBuf::from("/nowhere/roots.pem"));
    let (roots, problems) = read(&Places { file: gone, folders: vec![folder.path().to_owned(), "/nowhere".into()] });
    assert_eq!(roots.len(), 1);
    let told: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert!(told[0].starts_with("/nowhere/roots.pem cannot be read: "), "{told:?}");
    assert!(told[1].starts_with("/nowhere cannot be read: "), "{told:?}");
}

#[test]
fn that_nothing_is_trusted_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("roots.pem");
    for text in ["", "nothing\n", "-----BEGIN CERTIFICATE-----\n"] {
        fs::write(&file, text).unwrap();
        let (roots, problems) = read(&Places { file: Some(file.clone()), folders: Vec::new() });
        assert!(roots.is_empty());
        let told = problems.last().unwrap().to_string();
        assert!(told.contains("no trusted root") && told.contains("roots.pem"), "{told}");
    }
    let (_, problems) = read(&Places::default());
    assert!(matches!(problems[..], [Problem::None { .. }]), "{problems:?}");
}

#[test]
fn ssl_cert_file_and_ssl_cert_dir_are_read_instead_of_the_systems() {
    let set = |file: Option<&'static str>, folders: Option<&'static str>| {
        Places::of(move |name| match name {
            "SSL_CERT_FILE" => file.map(OsString::from),
            "SSL_CERT_DIR" => folders.map(OsString::from),
            _ => None,
        })
    };
    let places = |file: Option<&str>, folders: &[&str]| Places {
        file: file.map(PathBuf::from),
        folders: folders.iter().map(PathBuf::from).collect(),
    };
    assert_eq!(set(Some("/a.pem"), None), places(Some("/a.pem"), &[]));
    assert_eq!(set(None, Some("/a:/b")), places(None, &["/a", "/b"]));
    assert_eq!(set(Some("/a.pem"), Some("/b:")), places(Some("/a.pem"), &["/b"]));
}
