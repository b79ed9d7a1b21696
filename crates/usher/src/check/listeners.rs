//! Where we listen.

use std::net::SocketAddr;

use super::{Findings, Weight};
use crate::config::Loaded;

const WHAT: &str = "each listener has a port of its own";

/// Two listeners can't share a port.
pub fn look(loaded: &Loaded, findings: &mut Findings) {
    let config = &loaded.config;
    let listeners = [
        ("admin.listen", config.admin.listen),
        ("public.listen", config.public.listen),
        ("ops.listen", config.ops.listen),
    ];
    let mut sentences = Vec::new();
    for (at, (name, address)) in listeners.iter().enumerate() {
        for (other_name, other) in listeners.iter().skip(at + 1) {
            if collide(*address, *other) {
                sentences.push(format!(
                    "{name} ({address}) and {other_name} ({other}) take the same port: give each one of its own"
                ));
            }
        }
    }
    findings.all(WHAT, Weight::Wrong, sentences);
}

fn collide(one: SocketAddr, other: SocketAddr) -> bool {
    let everywhere = one.ip().is_unspecified() || other.ip().is_unspecified();
    one.port() != 0 && one.port() == other.port() && (one.ip() == other.ip() || everywhere)
}

#[cfg(test)]
mod tests {
    use super::collide;

    #[test]
    fn any_free_port_and_another_address_are_no_collision() {
        let collides =
            |one: &str, other: &str| collide(one.parse().unwrap(), other.parse().unwrap());
        assert!(collides("127.0.0.1:7600", "127.0.0.1:7600"));
        assert!(collides("0.0.0.0:7600", "127.0.0.1:7600"));
        assert!(!collides("127.0.0.1:0", "127.0.0.1:0"));
        assert!(!collides("127.0.0.1:7600", "127.0.0.2:7600"));
    }
}
