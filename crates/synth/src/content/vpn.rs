//! Heads of tunnels: WireGuard, OpenVPN, ESP in UDP (RFC 3948).

use super::{Piece, text::Ink};
use crate::{frames::Side, random::mix};

/// Initiation (148 bytes) or response (92 bytes).
pub(super) fn wireguard_handshake(piece: &Piece, ink: &mut Ink<'_>) {
    let kind = if piece.from == Side::Client { 1 } else { 2 };
    ink.put(&[kind, 0, 0, 0]);
    ink.u32(index(piece));
}

pub(super) fn wireguard_data(piece: &Piece, ink: &mut Ink<'_>) {
    ink.put(&[4, 0, 0, 0]);
    ink.u32(index(piece));
    ink.put(&u64::from(piece.packet).to_le_bytes());
}

/// A control message: operation and key, session, no acknowledgements, number.
pub(super) fn openvpn_control(piece: &Piece, ink: &mut Ink<'_>) {
    let operation: u8 = match (piece.message, piece.from) {
        (0, _) => 7,
        (1, _) => 8,
        _ => 4,
    };
    ink.u8(operation << 3);
    ink.u64(mix(&[piece.salt, 8, piece.from.index() as u64]));
    ink.u8(0);
    ink.u32(piece.packet);
}

pub(super) fn openvpn_data(piece: &Piece, ink: &mut Ink<'_>) {
    ink.put(&[9 << 3, 0, 0, 1]);
    ink.u32(piece.packet);
}

pub(super) fn esp(piece: &Piece, ink: &mut Ink<'_>) {
    ink.u32(index(piece) | 0x1000_0000);
    ink.u32(piece.packet.wrapping_add(1));
}

/// The receiver's number for the session.
fn index(piece: &Piece) -> u32 {
    mix(&[piece.salt, 6, piece.from.index() as u64]) as u32
}
