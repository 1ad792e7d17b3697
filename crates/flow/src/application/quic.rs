//! QUIC: the ClientHello in a client's Initial packets.

use netsift_packet::quic::InitialAssembler;

use super::{Application, Outcome};

impl Application {
    /// Takes a datagram with a long header. A hello that goes on in another datagram is opened again with
    /// that one: keeping the datagrams takes less than keeping what opens them, and can be saved.
    pub(super) fn take_initial(&mut self, datagram: &[u8], forward: bool) -> Outcome {
        if self.is_server(forward) {
            return Outcome::Over;
        }
        let mut assembler = InitialAssembler::new();
        for kept in self.pending.iter().flat_map(|pending| &pending.datagrams) {
            // What was kept was opened before; a Retry may have made it void.
            let _ = assembler.push(kept);
        }
        match assembler.push(datagram) {
            Ok(_) => self.take_assembled(&assembler, datagram, forward),
            // The server's, of another version, or damaged.
            Err(_) => Outcome::Unfinished,
        }
    }

    fn take_assembled(
        &mut self,
        assembler: &InitialAssembler,
        datagram: &[u8],
        forward: bool,
    ) -> Outcome {
        if let Ok(hello) = assembler.client_hello() {
            self.tls.get_or_insert_default().take_client_hello(&hello);
            return Outcome::Over;
        }
        if let Ok(start) = assembler.client_hello_start() {
            self.tls.get_or_insert_default().take_start(&start);
        }
        self.pending.get_or_insert_default().keep_datagram(datagram, forward);
        Outcome::Unfinished
    }

    /// Whether the other side is known to be the client: a server's hello is not read.
    fn is_server(&self, forward: bool) -> bool {
        match &self.pending {
            Some(pending) if !pending.datagrams.is_empty() => pending.is_forward != forward,
            _ => self.tls().is_some(),
        }
    }
}
