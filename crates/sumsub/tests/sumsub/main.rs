//! The REST client against a server on a real socket that answers by script.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod calls;
mod failures;
mod server;
