//! Sending e-mail, and the development mailbox.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod mailbox;
mod smtp;
mod support;
