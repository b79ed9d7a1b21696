//! What depends on what.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod arrows;
