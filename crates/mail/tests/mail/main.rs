//! Sending e-mail to a real SMTP server, and the development mailbox.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test stops at what it did not expect"
)]

mod mailbox;
mod smtp;
mod support;
