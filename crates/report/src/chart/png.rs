//! Charts as PNG files, drawn by `plotters` with a font that ships with a crate: no system library, no system font.

use std::io::Write;
use std::sync::Once;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use plotters::prelude::BitMapBackend;
use plotters::style::{FontStyle, register_font};

use super::Chart;
use super::svg::pixels;
use crate::error::ReportError;

/// The first bytes of every PNG file.
const SIGNATURE: [u8; 8] = *b"\x89PNG\r\n\x1a\n";
/// 8 bits a colour, three colours, and neither another compression, filter nor order of rows.
const TRUE_COLOUR: [u8; 5] = [8, 2, 0, 0, 0];

impl Chart {
    /// The chart as a PNG file, light and with its title: 960 or 1,960 pixels wide.
    ///
    /// # Errors
    ///
    /// When the library that draws refuses; it has no known reason to.
    pub fn png(&self) -> Result<Vec<u8>, ReportError> {
        bring_font();
        let scene = self.scene(true);
        let (width, height) = pixels(&scene);
        let mut pixels = vec![0xff; width as usize * height as usize * 3];
        self.paint(&scene, BitMapBackend::with_buffer(&mut pixels, (width, height)))?;
        Ok(encoded(width, height, &pixels)?)
    }
}

/// `plotters` looks fonts up by name, among those it was told of.
fn bring_font() {
    static BROUGHT: Once = Once::new();
    BROUGHT.call_once(|| {
        let fonts =
            [(FontStyle::Normal, notosans::REGULAR_TTF), (FontStyle::Bold, notosans::BOLD_TTF)];
        for (style, bytes) in fonts {
            // What is refused here is missed, and told, when something is drawn.
            let _ = register_font("sans-serif", style, bytes);
        }
    });
}

fn encoded(width: u32, height: u32, pixels: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut rows = ZlibEncoder::new(Vec::new(), Compression::default());
    for row in pixels.chunks(width as usize * 3) {
        // Each row begins with its filter: none.
        rows.write_all(&[0])?;
        rows.write_all(row)?;
    }
    let mut file = SIGNATURE.to_vec();
    let size = [width.to_be_bytes(), height.to_be_bytes()].concat();
    chunk(&mut file, b"IHDR", &[&size[..], &TRUE_COLOUR].concat());
    chunk(&mut file, b"IDAT", &rows.finish()?);
    chunk(&mut file, b"IEND", &[]);
    Ok(file)
}

/// A length, a name, bytes, and a checksum of the name and the bytes. A picture is far from 4 GiB.
fn chunk(file: &mut Vec<u8>, name: &[u8; 4], bytes: &[u8]) {
    file.extend((bytes.len() as u32).to_be_bytes());
    file.extend(name);
    file.extend(bytes);
    let mut sum = crc32fast::Hasher::new();
    sum.update(name);
    sum.update(bytes);
    file.extend(sum.finalize().to_be_bytes());
}
