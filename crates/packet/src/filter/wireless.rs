//! Where the headers of an 802.11 frame are: the one link layer whose length each frame tells anew.

/// The places that conditions ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Places {
    /// Where the LLC header starts; only data frames have one.
    pub(super) llc_at: Option<usize>,
    /// Source and destination address; control frames have none.
    pub(super) addresses: Option<[usize; 2]>,
}

const CONTROL: u8 = 0x04;
const DATA: u8 = 0x08;
const QOS: u8 = 0x80;
const TO_DS: u8 = 0x01;
const FROM_DS: u8 = 0x02;

/// Finds the places of a frame, which a radiotap header may precede; `None` if it is cut before
/// they are known.
pub(super) fn places(data: &[u8], has_radiotap: bool) -> Option<Places> {
    let mac_at = if has_radiotap { radiotap_len(data)? } else { 0 };
    let control = *data.get(mac_at)?;
    if control & CONTROL != 0 {
        return Some(Places { llc_at: None, addresses: None });
    }
    if control & DATA == 0 {
        return Some(Places { llc_at: None, addresses: Some([mac_at + 10, mac_at + 4]) });
    }
    let addresses = addresses_of_data(*data.get(mac_at + 1)?).map(|offset| mac_at + offset);
    let len = if control & QOS != 0 { 26 } else { 24 };
    let end = mac_at + len;
    let is_padded = has_radiotap && says_padded(data)?;
    let llc_at = if is_padded { end.next_multiple_of(4) } else { end };
    Some(Places { llc_at: Some(llc_at), addresses: Some(addresses) })
}

/// Between two access points a fourth address holds the source.
const fn addresses_of_data(flags: u8) -> [usize; 2] {
    match (flags & FROM_DS != 0, flags & TO_DS != 0) {
        (false, false) => [10, 4],
        (false, true) => [10, 16],
        (true, false) => [16, 4],
        (true, true) => [24, 16],
    }
}

fn radiotap_len(data: &[u8]) -> Option<usize> {
    let len = data.get(2..)?.first_chunk()?;
    Some(usize::from(u16::from_le_bytes(*len)))
}

/// Whether radiotap's flags say that the MAC header is padded to 32 bits. They stand first, or behind
/// the 64-bit clock; behind a second set of present bits libpcap does not look for them.
fn says_padded(data: &[u8]) -> Option<bool> {
    let present = u32::from_le_bytes(*data.get(4..)?.first_chunk()?);
    let (has_clock, has_flags, goes_on) = (present & 1 != 0, present & 2 != 0, present >> 31 != 0);
    if !has_flags || goes_on {
        return Some(false);
    }
    Some(*data.get(if has_clock { 16 } else { 8 })? & 0x20 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_llc_header_follows_quality_of_service_and_padding() {
        let llc_at = |data: &[u8], radiotap| places(data, radiotap).unwrap().llc_at;
        assert_eq!(llc_at(&[0x08, 0], false), Some(24));
        assert_eq!(llc_at(&[0x88, 0], false), Some(26));
        let padded = [0, 0, 9, 0, 2, 0, 0, 0, 0x20, 0x88, 0];
        assert_eq!(llc_at(&padded, true), Some(36));
        let with_clock = [&[0, 0, 17, 0, 3, 0, 0, 0][..], &[0; 8], &[0x20, 0x08, 0]].concat();
        assert_eq!(llc_at(&with_clock, true), Some(44));
        assert_eq!([llc_at(&[0x80, 0], false), llc_at(&[0xb4, 0], false)], [None, None]);
    }

    #[test]
    fn the_direction_says_which_address_is_which() {
        let addresses = |flags| places(&[0x08, flags], false).unwrap().addresses.unwrap();
        assert_eq!([0, 1, 2, 3].map(addresses), [[10, 4], [10, 16], [16, 4], [24, 16]]);
    }

    #[test]
    fn cut_and_lying_headers_have_no_places() {
        for cut in [&[][..], &[0, 0, 9], &[0, 0, 255, 255, 0, 0, 0, 0], &[0, 0, 4, 0, 8, 0]] {
            assert_eq!(places(cut, true), None);
        }
    }
}
