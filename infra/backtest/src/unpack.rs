//! A file's bytes, unpacked by what it holds and not by what it is called: gzip, Zstandard, or as it is.
//!
//! What a damaged file still gives is given, and then said what is wrong. Memory: a small file is held whole, packed and
//! unpacked; of a large one only what is just being read.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use flate2::bufread::MultiGzDecoder;
use libdeflater::Decompressor;
use memchr::memmem;
use ruzstd::decoding::StreamingDecoder;

/// Packed files up to this size are read in one go.
const SMALL: u64 = 8 << 20;
/// What they may unpack to; more is unpacked bit by bit.
const SMALL_UNPACKED: usize = 64 << 20;
/// Deflate packs nothing smaller than a thousandth and a bit: who claims more is damaged, and gets no memory for it.
const LEAST_PACKED: usize = 1032;
/// How much is unpacked at once of the others.
const PART: usize = 256 * 1024;

const GZIP: [u8; 3] = [0x1f, 0x8b, 8];
const ZSTD: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];

/// What is told apart by its first bytes, and what to do with it. Read as text it would be lines that are no JSON, if not worse.
fn foreign(bytes: &[u8]) -> Option<Flaw> {
    const UNPACK: &str = "unpack it first";
    const UTF_8: &str = "write it as UTF-8 first";
    let begins: [(&[u8], &str, &str); 14] = [
        (b"PK\x03\x04", "a zip archive", UNPACK),
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
        (b"BZh", "packed by bzip2", UNPACK),
        (&GZIP, "packed twice", UNPACK),
        (&ZSTD, "packed twice", UNPACK),
        (b"\xfd7zXZ\0", "packed by xz", UNPACK),
        (b"\x04\x22\x4d\x18", "packed by lz4", UNPACK),
        (b"PAR1", "a Parquet file", "only CloudTrail's own files and JSON lines are read"),
        (b"\xff\xfe", "UTF-16 text", UTF_8),
        (b"\xfe\xff", "UTF-16 text", UTF_8),
        (b"{\0", "UTF-16 text", UTF_8),
        (b"\0{", "UTF-16 text", UTF_8),
        (b"[\0", "UTF-16 text", UTF_8),
        (b"\0[", "UTF-16 text", UTF_8),
    ];
    let is_tar = bytes.get(257..262) == Some(b"ustar");
    let found = begins.into_iter().find(|it| bytes.starts_with(it.0)).map(|it| (it.1, it.2));
    found.or(is_tar.then_some(("a tar archive", UNPACK))).map(|(what, mend)| Flaw::Foreign(what, mend))
}

/// A frame of data, or one that is to be skipped.
fn is_zstd(bytes: &[u8]) -> bool {
    bytes.starts_with(&ZSTD) || matches!(bytes, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
}

/// Why a file gave nothing, or not all.
#[derive(Debug, thiserror::Error)]
pub enum Flaw {
    /// The operating system does not give it.
    #[error("cannot be read: {0}")]
    Unreadable(io::Error),
    /// There is nothing in it.
    #[error("is empty")]
    Empty,
    /// It ends in the middle of its packing.
    #[error("is cut off: its {0} ends too soon")]
    CutOff(&'static str),
    /// It, or what is packed in it, is of a kind that is not read.
    #[error("is {0}: {1}")]
    Foreign(&'static str, &'static str),
    /// Its packing is damaged.
    #[error("is damaged: its {0} cannot be unpacked further ({1})")]
    Damaged(&'static str, String),
}

/// Unpacked bytes of a file.
#[derive(Debug, Clone, Copy)]
pub struct Bytes<'a> {
    /// The bytes.
    pub bytes: &'a [u8],
    /// Whether they are known to be all of the file.
    pub whole: bool,
}

/// Unpacks one file after another.
#[derive(Default)]
pub struct Unpacker {
    inflate: Decompressor,
    packed: Vec<u8>,
    unpacked: Vec<u8>,
}

impl Unpacker {
    /// Gives the file's bytes, part by part, in their order, and tells `progress` how many packed ones were read. Of a
    /// [`Foreign`](Flaw::Foreign) file nothing is given.
    ///
    /// # Errors
    /// [`Flaw`] after all has been given that could be.
    pub fn unpack(
        &mut self,
        path: &Path,
        progress: &mut impl FnMut(u64),
        each: &mut impl FnMut(Bytes<'_>),
    ) -> Result<(), Flaw> {
        let mut flaw = None;
        let mut is_first = true;
        let mut known = |part: Bytes<'_>| {
            if std::mem::take(&mut is_first) {
                flaw = foreign(part.bytes);
            }
            if flaw.is_none() {
                each(part);
            }
        };
        let done = self.whatever(path, progress, &mut known);
        flaw.map_or(done, Err)
    }

    fn whatever(
        &mut self,
        path: &Path,
        progress: &mut impl FnMut(u64),
        each: &mut impl FnMut(Bytes<'_>),
    ) -> Result<(), Flaw> {
        let file = File::open(path).map_err(Flaw::Unreadable)?;
        let mut file = Counted { file, progress };
        let mut packed = std::mem::take(&mut self.packed);
        packed.clear();
        // What a file says of its size is not believed: it may grow, and a pipe has none.
        let read = file.by_ref().take(SMALL + 1).read_to_end(&mut packed).map_err(Flaw::Unreadable);
        let result = read.and_then(|length| {
            if length as u64 <= SMALL {
                return self.small(&packed, each);
            }
            self.stream(BufReader::with_capacity(PART, packed.chain(file)), each)
        });
        self.packed = packed;
        result
    }

    fn small(&mut self, packed: &[u8], each: &mut impl FnMut(Bytes<'_>)) -> Result<(), Flaw> {
        if !packed.starts_with(&GZIP) && !is_zstd(packed) && !packed.is_empty() {
            each(Bytes { bytes: packed, whole: true });
            return Ok(());
        }
        match self.at_once(packed) {
            Some(length) => {
                each(Bytes { bytes: self.unpacked.get(..length).unwrap_or_default(), whole: true });
                Ok(())
            }
            None => self.stream(packed, each),
        }
    }

    /// The fast way for gzip of a single member: `None` where anything is not as it should be. A member ends with its length,
    /// and a second one begins with the same three bytes.
    fn at_once(&mut self, packed: &[u8]) -> Option<usize> {
        let length = u32::from_le_bytes(*packed.last_chunk::<4>()?) as usize;
        if !packed.starts_with(&GZIP) || length > SMALL_UNPACKED.min(packed.len() * LEAST_PACKED) {
            return None;
        }
        if self.unpacked.len() < length {
            self.unpacked = vec![0; length]; // comes zeroed, and nothing is copied
        }
        let unpacked = self.unpacked.get_mut(..length)?;
        let done = self.inflate.gzip_decompress(packed, unpacked).ok()?;
        // All of it, unless the first member is as long as the last one, and ends before the file does.
        let behind_length = |at: usize| {
            let before = at.checked_sub(4).and_then(|from| packed.get(from..at));
            before.is_some_and(|it| it == packed.last_chunk::<4>().map_or(&[][..], |last| last))
        };
        let is_single = !memmem::find_iter(packed, &GZIP).any(behind_length);
        (done == length && is_single).then_some(length)
    }

    fn stream(&mut self, mut packed: impl BufRead, each: &mut impl FnMut(Bytes<'_>)) -> Result<(), Flaw> {
        let first = packed.fill_buf().map_err(Flaw::Unreadable)?;
        if first.is_empty() {
            return Err(Flaw::Empty);
        }
        if first.starts_with(&GZIP) {
            self.parts(MultiGzDecoder::new(packed), each).map_err(|error| flawed("gzip", &error))
        } else if is_zstd(first) {
            self.frames(packed, each)
        } else {
            self.parts(packed, each).map_err(Flaw::Unreadable)
        }
    }

    fn parts(&mut self, mut from: impl Read, each: &mut impl FnMut(Bytes<'_>)) -> io::Result<()> {
        let mut buffer = std::mem::take(&mut self.unpacked);
        if buffer.len() < PART {
            buffer.resize(PART, 0);
        }
        let result = loop {
            match from.read(buffer.get_mut(..PART).unwrap_or_default()) {
                Ok(0) => break Ok(()),
                Ok(length) => each(Bytes { bytes: buffer.get(..length).unwrap_or_default(), whole: false }),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.unpacked = buffer;
        result
    }

    /// Zstandard frames one after another, as `zstd` writes large files and `cat` joins small ones.
    fn frames(&mut self, mut packed: impl BufRead, each: &mut impl FnMut(Bytes<'_>)) -> Result<(), Flaw> {
        while !packed.fill_buf().map_err(Flaw::Unreadable)?.is_empty() {
            let decoder = match StreamingDecoder::new(&mut packed) {
                Ok(decoder) => decoder,
                Err(error) => {
                    use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
                    if let FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. }) =
                        error
                    {
                        let skipped = io::copy(&mut packed.by_ref().take(u64::from(length)), &mut io::sink());
                        if skipped.map_err(Flaw::Unreadable)? < u64::from(length) {
                            return Err(Flaw::CutOff("zstd"));
                        }
                        continue;
                    }
                    return Err(flawed("zstd", &io::Error::other(error)));
                }
            };
            self.parts(decoder, each).map_err(|error| flawed("zstd", &error))?;
        }
        Ok(())
    }
}

/// Tells of each part that is read.
struct Counted<'p, P> {
    file: File,
    progress: &'p mut P,
}

impl<P: FnMut(u64)> Read for Counted<'_, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.file.read(buffer)?;
        if length > 0 {
            (self.progress)(length as u64);
        }
        Ok(length)
    }
}

fn flawed(packing: &'static str, error: &io::Error) -> Flaw {
    let causes = yakei_core::text::causes(error);
    let ends = error.kind() == io::ErrorKind::UnexpectedEof
        || std::iter::successors(std::error::Error::source(error), |it| it.source())
            .chain(error.get_ref().map(|it| it as &dyn std::error::Error))
            .any(ends_too_soon);
    if ends { Flaw::CutOff(packing) } else { Flaw::Damaged(packing, causes) }
}

fn ends_too_soon(error: &(dyn std::error::Error + 'static)) -> bool {
    let io = error.downcast_ref::<io::Error>().is_some_and(|it| it.kind() == io::ErrorKind::UnexpectedEof);
    io || error.source().is_some_and(ends_too_soon)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use ruzstd::encoding::{CompressionLevel, compress_to_vec};

    use super::*;

    fn gz(text: &[u8]) -> Vec<u8> {
        let mut gz = GzEncoder::new(Vec::new(), Compression::default());
        gz.write_all(text).unwrap();
        gz.finish().unwrap()
    }

    fn zst(text: &[u8]) -> Vec<u8> {
        compress_to_vec(text, CompressionLevel::Fastest)
    }

    fn unpacked(bytes: &[u8]) -> (Vec<u8>, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let mut out = Vec::new();
        let result =
            Unpacker::default().unpack(file.path(), &mut |_| {}, &mut |part| out.extend_from_slice(part.bytes));
        (out, result.map_or_else(|flaw| flaw.to_string(), |()| String::new()))
    }

    #[test]
    fn whatever_it_is_called_it_is_unpacked() {
        let text = "{\"a\":1}\n".repeat(50_000);
        let text = text.as_bytes();
        for packed in [text.to_vec(), gz(text), zst(text)] {
            assert_eq!(unpacked(&packed), (text.to_vec(), String::new()));
        }
    }

    #[test]
    fn members_one_after_another_are_all_read() {
        // The last member's end fits the first as well: only all of them together are the file.
        let (a, b) = (b"{\"a\":1}".as_slice(), b"{\"b\":1}".as_slice());
        for pack in [gz, zst] {
            let file = [pack(a), pack(b), pack(a)].concat();
            assert_eq!(unpacked(&file), ([a, b, a].concat(), String::new()));
        }
        let skippable = [[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0].as_slice(), b"abc", &zst(b)].concat();
        assert_eq!(unpacked(&skippable), (b.to_vec(), String::new()));
        assert_eq!(unpacked(&[zst(a), skippable].concat()), ([a, b].concat(), String::new()));
    }

    #[test]
    fn a_file_that_is_cut_off_gives_what_it_holds() {
        let numbers = (0..40_000).map(|n| format!("{{\"n\":{n}}}")).collect::<Vec<_>>().join("\n");
        let text = numbers.as_bytes();
        for (packed, packing) in [(gz(text), "gzip"), (zst(text), "zstd")] {
            let (out, why) = unpacked(&packed[..packed.len() * 2 / 3]);
            assert!(out.len() > text.len() / 4 && text.starts_with(&out), "{packing}: {} bytes", out.len());
            assert_eq!(why, format!("is cut off: its {packing} ends too soon"));
        }
    }

    #[test]
    fn what_is_of_another_kind_is_named_packed_or_not() {
        let mut tar = vec![b'x'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        for (bytes, what) in [
            (b"PK\x03\x04{}".to_vec(), "is a zip archive: unpack it first"),
            (tar, "is a tar archive: unpack it first"),
            (b"\xff\xfe{\0}\0".to_vec(), "is UTF-16 text: write it as UTF-8 first"),
            (b"{\0}\0".to_vec(), "is UTF-16 text: write it as UTF-8 first"),
            (b"\0[\0]".to_vec(), "is UTF-16 text: write it as UTF-8 first"),
        ] {
            for packed in [bytes.clone(), gz(&bytes), zst(&bytes)] {
                assert_eq!(unpacked(&packed), (Vec::new(), what.to_owned()));
            }
        }
    }

    #[test]
    fn what_is_packed_twice_is_named() {
        let text = b"{\"a\":1}".repeat(100);
        for twice in [gz(&gz(&text)), zst(&gz(&text)), gz(&zst(&text))] {
            assert_eq!(unpacked(&twice), (Vec::new(), "is packed twice: unpack it first".to_owned()));
        }
    }

    /// A pipe says that it has no bytes, as does much in `/proc`.
    #[cfg(target_os = "linux")]
    #[test]
    fn what_says_nothing_of_its_size_is_read_to_its_end() {
        let mut out = Vec::new();
        let path = Path::new("/proc/self/status");
        Unpacker::default().unpack(path, &mut |_| {}, &mut |part| out.extend_from_slice(part.bytes)).unwrap();
        assert!(out.starts_with(b"Name:") && out.ends_with(b"\n"));
    }

    #[test]
    fn damage_is_named() {
        let text = b"{\"a\":1}".repeat(1000);
        let mut packed = gz(&text);
        let at = packed.len() - 6;
        packed[at] ^= 0xff; // the checksum
        let (out, why) = unpacked(&packed);
        assert_eq!(out, text, "what is unpacked is given");
        assert!(why.starts_with("is damaged: its gzip cannot be unpacked further"), "{why}");
        assert!(unpacked(&[GZIP.as_slice(), &[0xff; 100]].concat()).1.contains("gzip"));
        assert!(unpacked(&[ZSTD.as_slice(), &[0xff; 100]].concat()).1.contains("zstd"));
        assert!(unpacked(&[gz(&text), b"garbage".to_vec()].concat()).1.contains("gzip"), "behind its end");
        assert_eq!(unpacked(b"").1, "is empty");
        let nowhere = Unpacker::default().unpack(Path::new("/nowhere"), &mut |_| {}, &mut |_| {});
        assert!(nowhere.unwrap_err().to_string().contains("cannot be read"));
    }
}
