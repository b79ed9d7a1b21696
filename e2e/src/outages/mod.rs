//! Three processes under load while something breaks: `make outages`, and a short form of it among the tests.
//!
//! Everything is this machine's: a PostgreSQL of its own, a mail server, two `usher serve` and a `usher worker`, each with a
//! line to PostgreSQL that can fall silent. Clients that begin some onboardings a second remember what was
//! acknowledged to them; at the end it is counted in the database and at the mail server, not asked of Usher.

mod case;
mod consumer;
mod deployment;
mod doctor;
mod fault;
mod lights;
mod load;
mod log;
mod mails;
mod member;
mod memory;
mod moved;
mod outcome;
mod postgres;
mod tally;

use std::net::TcpListener;

use anyhow::{Result, bail};
use rand::Rng as _;

pub use case::{Case, Effort, run};
pub use consumer::{Read, read_beside};
pub use deployment::Deployment;
pub use fault::Fault;
pub use outcome::{Outcome, table};

/// A free port below those that the system gives to outgoing connections, so that it is still free when what listened there
/// comes back.
fn port() -> Result<u16> {
    for _ in 0..200 {
        let port = rand::rng().random_range(12_000..20_000);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port from 12000 to 19999 is free")
}
