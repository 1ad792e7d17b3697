//! The stream under a table: what it is compressed with, told by its first bytes, and how far it is read.

#[cfg(any(feature = "gzip", feature = "zstd"))]
use std::io::BufReader;
use std::io::{self, Chain, Cursor, ErrorKind, Read};

#[cfg(feature = "gzip")]
use flate2::bufread::MultiGzDecoder;
#[cfg(feature = "zstd")]
use zstd::stream::read::Decoder;

use crate::DataError;

/// How many times its compressed size a gzip table may expand to, once past [`EXPANSION_FLOOR`]. Rows of one digit
/// and zeros deflate to no less than some 1/400; plain zeros, which are no table, to 1/1030.
const MAX_GZIP_EXPANSION: u64 = 800;
/// The same for zstd, which brings equal rows to 1/10000 and plain zeros to 1/30000.
const MAX_ZSTD_EXPANSION: u64 = 15_000;
/// Below this many expanded bytes no ratio is refused: so little harms nobody.
const EXPANSION_FLOOR: u64 = 64 * 1024 * 1024;
/// How much compressed input is read at a time.
#[cfg(any(feature = "gzip", feature = "zstd"))]
const COMPRESSED_BUFFER_LEN: usize = 64 * 1024;
/// The largest zstd window, as a power of two: 128 MiB is what `zstd` itself accepts without `--long`.
#[cfg(feature = "zstd")]
const ZSTD_WINDOW_LOG: u32 = 27;

/// What a table may be compressed with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Compression {
    Gzip,
    Zstd,
}

impl Compression {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    const fn max_expansion(self) -> u64 {
        match self {
            Self::Gzip => MAX_GZIP_EXPANSION,
            Self::Zstd => MAX_ZSTD_EXPANSION,
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

/// A plain or decompressing stream that guards its expansion.
pub(crate) struct Source<R> {
    table: Box<str>,
    stream: Stream<R>,
    expanded: u64,
    max_bytes: u64,
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
    /// Of a table of this name, of which no more than so many bytes are read.
    pub(crate) fn open(table: &str, reader: R, max_bytes: u64) -> Result<Self, DataError> {
        let mut reader = Counted { inner: reader, count: 0, failed: false };
        let mut start = Vec::with_capacity(4);
        let read = reader.by_ref().take(4).read_to_end(&mut start);
        read.map_err(|source| DataError::Read { table: table.into(), source })?;
        let compression = Compression::of(&start);
        let stream = Stream::open(table, Cursor::new(start).chain(reader), compression)?;
        Ok(Self { table: table.into(), stream, expanded: 0, max_bytes })
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

    /// Appends up to `more` bytes to `buffer`; fewer only at the end.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, more: usize) -> Result<usize, DataError> {
        let start = buffer.len();
        buffer.resize(start + more, 0);
        let mut end = start;
        while let Some(room) = buffer.get_mut(end..).filter(|room| !room.is_empty()) {
            let read = self.read(room)?;
            end += read;
            if read == 0 {
                break;
            }
        }
        buffer.truncate(end);
        Ok(end - start)
    }

    fn read(&mut self, into: &mut [u8]) -> Result<usize, DataError> {
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
        self.refuse_excess().map(|()| read)
    }

    /// An error while the reader below was fine is the compressed stream's own.
    fn classify(&self, source: io::Error) -> DataError {
        let table = self.table.clone();
        match self.compression().filter(|_| !self.counted().failed) {
            Some(compression) => {
                DataError::Decompress { table, compression: compression.name(), source }
            }
            None => DataError::Read { table, source },
        }
    }

    fn refuse_excess(&self) -> Result<(), DataError> {
        let (table, expanded) = (self.table.clone(), self.expanded);
        if expanded > self.max_bytes {
            return Err(DataError::Limit { table, what: "bytes", limit: self.max_bytes });
        }
        let Some(compression) = self.compression() else { return Ok(()) };
        let (compressed, limit) = (self.used_len(), compression.max_expansion());
        if expanded <= EXPANSION_FLOOR || expanded <= compressed.saturating_mul(limit) {
            return Ok(());
        }
        Err(DataError::Bomb { table, compressed, expanded, limit })
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
        self.counted().count.saturating_sub(ahead as u64)
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
    #[cfg_attr(not(feature = "zstd"), allow(clippy::unnecessary_wraps))]
    fn open(table: &str, raw: Raw<R>, compression: Option<Compression>) -> Result<Self, DataError> {
        match compression {
            None => Ok(Self::Plain(raw)),
            #[cfg(feature = "gzip")]
            Some(Compression::Gzip) => Ok(Self::Gzip(Box::new(MultiGzDecoder::new(buffered(raw))))),
            #[cfg(feature = "zstd")]
            Some(Compression::Zstd) => open_zstd(raw)
                .map(|decoder| Self::Zstd(Box::new(decoder)))
                .map_err(|source| DataError::Decompress {
                    table: table.into(),
                    compression: Compression::Zstd.name(),
                    source,
                }),
            #[cfg(not(all(feature = "gzip", feature = "zstd")))]
            Some(other) => Err(DataError::FeatureOff { table: table.into(), what: other.name() }),
        }
    }
}

#[cfg(feature = "zstd")]
fn open_zstd<R: Read>(raw: Raw<R>) -> io::Result<Decoder<'static, BufReader<Raw<R>>>> {
    let mut decoder = Decoder::with_buffer(buffered(raw))?;
    decoder.window_log_max(ZSTD_WINDOW_LOG)?;
    Ok(decoder)
}

#[cfg(any(feature = "gzip", feature = "zstd"))]
fn buffered<R: Read>(raw: Raw<R>) -> BufReader<Raw<R>> {
    BufReader::with_capacity(COMPRESSED_BUFFER_LEN, raw)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8], max_bytes: u64) -> Result<Vec<u8>, DataError> {
        let mut source = Source::open("t", bytes, max_bytes)?;
        let mut all = Vec::new();
        while source.fill(&mut all, 1 << 16)? > 0 {}
        Ok(all)
    }

    #[test]
    fn plain_bytes_come_as_they_are_up_to_the_limit() {
        assert_eq!(all(b"a,b\n", 4).unwrap(), b"a,b\n");
        assert_eq!(all(b"", 4).unwrap(), b"");
        assert!(matches!(all(b"a,b\n1", 4), Err(DataError::Limit { what: "bytes", limit: 4, .. })));
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_is_read_and_what_is_cut_says_so() {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(b"a,b\n1,2\n").unwrap();
        let packed = encoder.finish().unwrap();
        assert_eq!(all(&packed, 100).unwrap(), b"a,b\n1,2\n");
        let cut = all(&packed[..packed.len() - 9], 100);
        assert!(matches!(cut, Err(DataError::Decompress { compression: "gzip", .. })), "{cut:?}");
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn bombs_are_refused() {
        let zeros = vec![0; 200 << 20];
        let packed = zstd::bulk::compress(&zeros, 1).unwrap();
        let bomb = all(&packed, u64::MAX);
        assert!(matches!(bomb, Err(DataError::Bomb { .. })), "{:?}", bomb.map(|all| all.len()));
        let packed = zstd::bulk::compress(b"a\n1\n", 1).unwrap();
        assert_eq!(all(&packed, 100).unwrap(), b"a\n1\n");
    }

    #[cfg(not(feature = "zstd"))]
    #[test]
    fn what_takes_a_feature_says_so() {
        let refused = all(b"\x28\xb5\x2f\xfd....", 100);
        assert!(matches!(refused, Err(DataError::FeatureOff { what: "zstd", .. })), "{refused:?}");
    }
}
