//! The stream under a capture: what it is compressed with, told by its first bytes, and how far it is read.

use std::fmt;
#[cfg(any(feature = "gzip", feature = "zstd"))]
use std::io::BufReader;
use std::io::{self, Chain, Cursor, ErrorKind, Read};

#[cfg(feature = "gzip")]
use flate2::bufread::MultiGzDecoder;
#[cfg(feature = "zstd")]
use zstd::stream::read::Decoder;

use crate::limits;
use crate::options::Expansion;
use crate::{Fault, ReaderOptions};

/// How a capture is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Compression {
    /// gzip, one member or several.
    Gzip,
    /// zstd, one frame or several.
    Zstd,
}

impl Compression {
    /// The Cargo feature that reads it.
    #[must_use]
    pub const fn feature(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    const fn max_expansion(self, allowed: Expansion) -> Option<u32> {
        match (allowed, self) {
            (Expansion::Any, _) => None,
            (Expansion::AtMost(ratio), _) => Some(ratio),
            (Expansion::Usual, Self::Gzip) => Some(limits::MAX_GZIP_EXPANSION),
            (Expansion::Usual, Self::Zstd) => Some(limits::MAX_ZSTD_EXPANSION),
        }
    }

    fn of(start: &[u8]) -> Option<Self> {
        match start {
            [0x1f, 0x8b, ..] => Some(Self::Gzip),
            // A skippable frame may come first, as parallel compressors write it.
            [0x28, 0xb5, 0x2f, 0xfd] | [0x50..=0x5f, 0x2a, 0x4d, 0x18] => Some(Self::Zstd),
            _ => None,
        }
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.feature())
    }
}

/// Why the stream cannot go on.
#[derive(Debug)]
pub(crate) enum SourceError {
    Read(io::Error),
    // Which of the next two can happen hangs on the features.
    #[cfg_attr(not(any(feature = "gzip", feature = "zstd")), allow(dead_code))]
    Decompress(Compression, io::Error),
    #[cfg_attr(all(feature = "gzip", feature = "zstd"), allow(dead_code))]
    FeatureOff(Compression),
    Bomb(Fault),
}

/// A plain or decompressing stream that guards its expansion.
pub(crate) struct Source<R> {
    stream: Stream<R>,
    expanded: u64,
    /// Nothing to check for a plain stream.
    max_expansion: Option<u32>,
}

/// The reader with the first bytes, which were read to tell the compression, put back in front.
type Raw<R> = Chain<Cursor<Vec<u8>>, Counted<R>>;

enum Stream<R> {
    Plain(Raw<R>),
    #[cfg(feature = "gzip")]
    Gzip(Box<MultiGzDecoder<BufReader<Raw<R>>>>),
    #[cfg(feature = "zstd")]
    Zstd(Box<Decoder<'static, BufReader<Raw<R>>>>),
}

impl<R: Read> Source<R> {
    pub(crate) fn open(reader: R, options: &ReaderOptions) -> Result<Self, SourceError> {
        let mut reader = Counted { inner: reader, count: 0, failed: false };
        let mut start = Vec::with_capacity(4);
        reader.by_ref().take(4).read_to_end(&mut start).map_err(SourceError::Read)?;
        let compression = Compression::of(&start);
        let stream = Stream::open(Cursor::new(start).chain(reader), compression)?;
        let max_expansion = compression.and_then(|c| c.max_expansion(options.expansion));
        Ok(Self { stream, expanded: 0, max_expansion })
    }

    pub(crate) fn compression(&self) -> Option<Compression> {
        match &self.stream {
            Stream::Plain(_) => None,
            #[cfg(feature = "gzip")]
            Stream::Gzip(_) => Some(Compression::Gzip),
            #[cfg(feature = "zstd")]
            Stream::Zstd(_) => Some(Compression::Zstd),
        }
    }

    /// How many bytes were read of the raw, perhaps compressed, stream.
    pub(crate) fn raw_len(&self) -> u64 {
        self.counted().count
    }

    pub(crate) fn read(&mut self, into: &mut [u8]) -> Result<usize, SourceError> {
        let room = into.len();
        let read = match &mut self.stream {
            Stream::Plain(raw) => raw.read(into),
            #[cfg(feature = "gzip")]
            Stream::Gzip(decoder) => decoder.read(into),
            #[cfg(feature = "zstd")]
            Stream::Zstd(decoder) => decoder.read(into),
        };
        // `min`: a reader that claims more than it had room for must not make us panic.
        let read = read.map_err(|error| self.classify(error))?.min(room);
        self.expanded += read as u64;
        self.refuse_bomb().map(|()| read)
    }

    /// An error while the reader below was fine is the compressed stream's own.
    fn classify(&self, error: io::Error) -> SourceError {
        match self.compression() {
            Some(compression) if !self.counted().failed => {
                SourceError::Decompress(compression, error)
            }
            _ => SourceError::Read(error),
        }
    }

    fn refuse_bomb(&self) -> Result<(), SourceError> {
        let Some(limit) = self.max_expansion else { return Ok(()) };
        let (limit, compressed, expanded) = (limit.into(), self.used_len(), self.expanded);
        if expanded <= limits::EXPANSION_FLOOR || expanded <= compressed.saturating_mul(limit) {
            return Ok(());
        }
        Err(SourceError::Bomb(Fault::Bomb { compressed, expanded, limit }))
    }

    /// The raw bytes that the decoder has taken: those read ahead have not expanded yet.
    fn used_len(&self) -> u64 {
        let ahead = match &self.stream {
            Stream::Plain(_) => 0,
            #[cfg(feature = "gzip")]
            Stream::Gzip(decoder) => decoder.get_ref().buffer().len(),
            #[cfg(feature = "zstd")]
            Stream::Zstd(decoder) => decoder.get_ref().buffer().len(),
        };
        self.raw_len().saturating_sub(ahead as u64)
    }

    fn counted(&self) -> &Counted<R> {
        match &self.stream {
            Stream::Plain(raw) => raw.get_ref().1,
            #[cfg(feature = "gzip")]
            Stream::Gzip(decoder) => decoder.get_ref().get_ref().get_ref().1,
            #[cfg(feature = "zstd")]
            Stream::Zstd(decoder) => decoder.get_ref().get_ref().get_ref().1,
        }
    }
}

impl<R: Read> Stream<R> {
    fn open(raw: Raw<R>, compression: Option<Compression>) -> Result<Self, SourceError> {
        match compression {
            None => Ok(Self::Plain(raw)),
            #[cfg(feature = "gzip")]
            Some(Compression::Gzip) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(buffered(raw))))),
            #[cfg(feature = "zstd")]
            Some(Compression::Zstd) => open_zstd(raw)
                .map(|decoder| Self::Zstd(Box::new(decoder)))
                .map_err(|error| SourceError::Decompress(Compression::Zstd, error)),
            #[cfg(not(all(feature = "gzip", feature = "zstd")))]
            Some(compression) => Err(SourceError::FeatureOff(compression)),
        }
    }
}

#[cfg(feature = "zstd")]
fn open_zstd<R: Read>(raw: Raw<R>) -> io::Result<Decoder<'static, BufReader<Raw<R>>>> {
    let mut decoder = Decoder::with_buffer(buffered(raw))?;
    decoder.window_log_max(limits::ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
fn buffered<R: Read>(raw: Raw<R>) -> BufReader<Raw<R>> {
    BufReader::with_capacity(limits::COMPRESSED_BUFFER_LEN, raw)
}

/// Counts what is read, goes on after an interruption, and remembers a failure.
struct Counted<R> {
    inner: R,
    count: u64,
    failed: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.inner.read(into) {
                Ok(read) => {
                    self.count += read as u64;
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = true;
                    return Err(error);
                }
            }
        }
    }
}
