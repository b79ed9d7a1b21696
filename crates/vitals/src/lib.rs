//! Signs of life: whether the loops of this process turn, and whether those outside answer.
//!
//! Everything that works in the background or asks somebody outside reports here; `usher`'s health and metrics read it.

mod alike;
mod dependency;
mod pulse;

pub use alike::{alike, without_addresses};
pub use dependency::{Asked, DATABASE, Dependency, IDENTITY, MAIL, SUMSUB};
pub use pulse::{Pulse, beat, rest, rouse};
