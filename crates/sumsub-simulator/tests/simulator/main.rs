//! The simulator as others meet it: `sumsub::Client`, a browser's forms and a webhook receiver, each over HTTP, on a real
//! PostgreSQL.

#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod pages;
mod rest;
mod stage;
mod webhooks;
