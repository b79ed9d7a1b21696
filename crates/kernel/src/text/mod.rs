//! Spelling is not meaning: what people paste without seeing it is taken away, and what is written in several ways is
//! compared in one.
//!
//! - [`line()`], [`address`], [`text`]: what was typed, without what nobody sees
//! - [`case_folded`], [`folded`], [`letters`], [`letters_spelled_out`]: what texts are compared by

mod compared;
mod seen;

pub use compared::{case_folded, folded, letters, letters_spelled_out};
pub use seen::{address, is_printable, line, text};
