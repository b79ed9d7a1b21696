//! Events: published, delivered and followed, on a real PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod deliveries;
mod feed;
