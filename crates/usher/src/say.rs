//! Words for the person at the terminal. Who reads may be gone (`usher doctor | head`): that never keeps us from going on,
//! as `println!` would, which panics then.

use std::{fmt, io::Write as _};

/// A line on standard output: what a command was asked for.
pub fn out(line: impl fmt::Display) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// A line on standard error: what it does meanwhile, and what went wrong.
pub fn aside(line: impl fmt::Display) {
    let _ = writeln!(std::io::stderr(), "{line}");
}
