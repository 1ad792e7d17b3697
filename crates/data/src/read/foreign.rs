//! Files that are no tables of text, told by what they begin with.

use crate::DataError;

/// Where a magic stands, the magic, and what has it. Compressions that are read were taken off before.
const MAGICS: [(usize, &[u8], &str); 25] = [
    (0, b"\xd4\xc3\xb2\xa1", CAPTURE),
    (0, b"\xa1\xb2\xc3\xd4", CAPTURE),
    (0, b"\x4d\x3c\xb2\xa1", CAPTURE),
    (0, b"\xa1\xb2\x3c\x4d", CAPTURE),
    // pcapng begins with line ends; what tells it is the order of its bytes.
    (8, b"\x4d\x3c\x2b\x1a", CAPTURE),
    (8, b"\x1a\x2b\x3c\x4d", CAPTURE),
    (0, b"PK\x03\x04", "a zip archive or a workbook"),
    (0, b"\xd0\xcf\x11\xe0", "a workbook"),
    (257, b"ustar", "a tar archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"\xfd7zXZ\0", "an xz stream"),
    (4, b"1AY&SY", "a bzip2 stream"),
    (0, b"\x04\x22\x4d\x18", "an lz4 stream"),
    (0, b"\x1f\x8b\x08", "a gzip stream within another"),
    (0, b"\x28\xb5\x2f\xfd", "a zstd stream within another"),
    (0, b"\x7fELF", "a program"),
    (0, b"MZ\x90\0", "a program"),
    (0, b"\x8eNSIFT\r\n", "a model or other state in a container"),
    (0, b"SQLite format 3\0", "a database"),
    (0, b"\x89HDF\r\n", "an HDF5 file"),
    (0, b"\x93NUMPY", "an array of NumPy"),
    (0, b"ARROW1\0", "an Arrow file"),
    (0, b"Obj\x01", "an Avro file"),
    (0, b"\x89PNG", "a picture"),
    (0, b"%PDF-", "a PDF document"),
];

const CAPTURE: &str = "a capture of packets";
/// How much of the first line is searched for what no text has.
const SEARCHED_BYTES: usize = 4 * 1024;

/// Refuses what is no text, or text of two or four bytes a character.
pub(crate) fn refuse(start: &[u8], table: &str) -> Result<(), DataError> {
    let has = |(place, magic, _): &&(usize, &[u8], &str)| {
        start.get(*place..).is_some_and(|rest| rest.starts_with(magic))
    };
    if let Some((_, _, what)) = MAGICS.iter().find(has) {
        return Err(DataError::NotATable { table: table.into(), what });
    }
    if let Some(encoding) = encoding(start) {
        return Err(DataError::Encoding { table: table.into(), encoding });
    }
    if memchr::memchr(0, first_line(start)).is_some() {
        return Err(DataError::NotATable { table: table.into(), what: "binary data" });
    }
    Ok(())
}

/// Told by a mark, or by the zeros beside characters of ASCII.
fn encoding(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        _ if is_wide(start, 4) => Some("UTF-32"),
        _ if is_wide(start, 2) => Some("UTF-16"),
        _ => None,
    }
}

/// Whether it begins with characters of ASCII that have so many bytes each, all of them zeros but the first or the last.
fn is_wide(start: &[u8], width: usize) -> bool {
    const LOOKED_AT: usize = 8;
    let is_at = |place| {
        let mut bytes = start.iter().take(LOOKED_AT).enumerate();
        bytes.all(|(at, byte)| (*byte != 0) == (at % width == place))
    };
    start.len() >= LOOKED_AT && (is_at(0) || is_at(width - 1))
}

fn first_line(start: &[u8]) -> &[u8] {
    let start = start.get(..SEARCHED_BYTES).unwrap_or(start);
    let end = memchr::memchr2(b'\n', b'\r', start).unwrap_or(start.len());
    start.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TableReader;

    fn refused(bytes: &[u8]) -> String {
        TableReader::new().read(bytes).unwrap_err().to_string()
    }

    #[test]
    fn what_is_no_table_is_refused_by_its_name() {
        let mut tar = vec![b'a'; 257];
        tar.extend_from_slice(b"ustar\0");
        let pcapng = b"\n\r\r\n\x1c\0\0\0\x4d\x3c\x2b\x1a\x01\0\0\0";
        for (bytes, what) in [
            (&b"\xd4\xc3\xb2\xa1\x02\0\x04\0"[..], "a capture of packets"),
            (b"\xa1\xb2\x3c\x4d\0\x02\0\x04", "a capture of packets"),
            (pcapng, "a capture of packets"),
            (b"PK\x03\x04\x14\0", "a zip archive or a workbook"),
            (&tar, "a tar archive"),
            (b"\x7fELF\x02\x01", "a program"),
            (b"\x8eNSIFT\r\n1,2\n", "a model or other state in a container"),
            (b"\x01\x02\0\x03", "binary data"),
        ] {
            assert_eq!(refused(bytes), format!("the table: this is {what}, not a table"));
        }
    }

    #[test]
    fn wide_characters_are_refused_with_a_mark_or_without() {
        let wide = |text: &str, big: bool| -> Vec<u8> {
            let bytes = |unit: u16| if big { unit.to_be_bytes() } else { unit.to_le_bytes() };
            text.encode_utf16().flat_map(bytes).collect()
        };
        for text in ["a,b\n1,2\n", "\u{feff}a,b\n1,2\n"] {
            for big in [false, true] {
                let expected = "the table: the text is UTF-16; turn it into UTF-8";
                assert_eq!(refused(&wide(text, big)), expected);
            }
        }
        let four = |text: &str| -> Vec<u8> {
            text.chars().flat_map(|c| (c as u32).to_le_bytes()).collect()
        };
        for text in ["a,b\n", "\u{feff}a,b\n"] {
            assert!(refused(&four(text)).contains("UTF-32"), "{text:?}");
        }
    }

    #[test]
    fn a_zero_in_a_row_is_a_text() {
        let (dataset, _) = TableReader::new().read(&b"t\na\0b\n"[..]).unwrap();
        assert_eq!(dataset.schema().fields()[0].texts().unwrap().name(0), Some("a\0b"));
    }

    /// Every magic is told from every other, and none is text that a table may begin with.
    #[test]
    fn magics_are_no_text_of_tables() {
        for (_, magic, what) in MAGICS {
            let is_plain = magic.iter().all(u8::is_ascii_graphic);
            assert!(
                !is_plain || ["a tar archive", "a bzip2 stream", "a PDF document"].contains(&what)
            );
        }
        refuse(b"PKts,Obj,MZ\n1,2,3\n", "t").unwrap();
    }
}
