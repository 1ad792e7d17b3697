//! Where compressed bytes go.

use std::io::{self, Write};

#[cfg(feature = "gzip")]
use flate2::write::GzEncoder;
#[cfg(feature = "zstd")]
use zstd::stream::write::Encoder;

/// What text is put inside of. Parquet needs none: it compresses by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Packing {
    /// Nothing.
    #[default]
    Plain,
    /// gzip, which everything reads.
    #[cfg(feature = "gzip")]
    Gzip,
    /// zstd, which is smaller and several times as fast.
    #[cfg(feature = "zstd")]
    Zstd,
}

/// An output that packs what is written to it, each with the effort that its own program takes unless told otherwise.
///
/// [`finish`](Self::finish) is how it ends: without its last part, a packed table is a broken one.
///
/// ```
/// use std::io::Write;
/// use netsift_data::{Packed, Packing};
///
/// # fn main() -> std::io::Result<()> {
/// let mut out = Packed::new(Vec::new(), Packing::Plain)?;
/// out.write_all(b"packets,mean length\n12,350.25\n")?;
/// assert_eq!(out.finish()?, b"packets,mean length\n12,350.25\n");
/// # Ok(())
/// # }
/// ```
pub struct Packed<W: Write>(Packer<W>);

enum Packer<W: Write> {
    Plain(W),
    #[cfg(feature = "gzip")]
    Gzip(GzEncoder<W>),
    #[cfg(feature = "zstd")]
    Zstd(Encoder<'static, W>),
}

impl<W: Write> Packed<W> {
    /// Begins an output.
    ///
    /// # Errors
    /// If there is no memory for the packer.
    pub fn new(out: W, packing: Packing) -> io::Result<Self> {
        Ok(Self(match packing {
            Packing::Plain => Packer::Plain(out),
            #[cfg(feature = "gzip")]
            Packing::Gzip => Packer::Gzip(GzEncoder::new(out, flate2::Compression::default())),
            #[cfg(feature = "zstd")]
            Packing::Zstd => {
                let mut encoder = Encoder::new(out, zstd::DEFAULT_COMPRESSION_LEVEL)?;
                // As gzip has it: who reads it can tell that nothing was lost.
                encoder.include_checksum(true)?;
                Packer::Zstd(encoder)
            }
        }))
    }

    /// Writes what is left, flushes the output and gives it back.
    ///
    /// # Errors
    /// If writing fails.
    pub fn finish(self) -> io::Result<W> {
        match self.0 {
            Packer::Plain(out) => flushed(out),
            #[cfg(feature = "gzip")]
            Packer::Gzip(encoder) => flushed(encoder.finish()?),
            #[cfg(feature = "zstd")]
            Packer::Zstd(encoder) => flushed(encoder.finish()?),
        }
    }
}

fn flushed<W: Write>(mut out: W) -> io::Result<W> {
    out.flush()?;
    Ok(out)
}

impl<W: Write> Write for Packed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Packer::Plain(out) => out.write(bytes),
            #[cfg(feature = "gzip")]
            Packer::Gzip(encoder) => encoder.write(bytes),
            #[cfg(feature = "zstd")]
            Packer::Zstd(encoder) => encoder.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Packer::Plain(out) => out.flush(),
            #[cfg(feature = "gzip")]
            Packer::Gzip(encoder) => encoder.flush(),
            #[cfg(feature = "zstd")]
            Packer::Zstd(encoder) => encoder.flush(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    const ROWS: &[u8] = b"a,b\n1,2\n";

    fn packed(packing: Packing) -> Vec<u8> {
        let mut out = Packed::new(Vec::new(), packing).unwrap();
        ROWS.iter().for_each(|byte| out.write_all(&[*byte]).unwrap());
        out.finish().unwrap()
    }

    #[test]
    fn nothing_is_done_where_nothing_is_asked_for() {
        assert_eq!(packed(Packing::default()), ROWS);
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn gzip_reads_back_whole() {
        let mut read = Vec::new();
        flate2::read::GzDecoder::new(&packed(Packing::Gzip)[..]).read_to_end(&mut read).unwrap();
        assert_eq!(read, ROWS);
    }

    #[cfg(feature = "zstd")]
    #[test]
    fn zstd_reads_back_whole_and_holds_a_checksum() {
        let mut packed = packed(Packing::Zstd);
        assert_eq!(zstd::decode_all(&packed[..]).unwrap(), ROWS);
        *packed.last_mut().unwrap() ^= 1;
        assert!(zstd::decode_all(&packed[..]).is_err());
    }
}
