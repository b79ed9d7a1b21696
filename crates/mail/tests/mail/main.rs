//! Sending e-mail, and the development mailbox.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod mailbox;
mod smtp;
mod support;
