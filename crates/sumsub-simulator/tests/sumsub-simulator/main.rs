//! The simulator as others meet it: `sumsub::Client`, a browser's forms and a webhook receiver, each over HTTP, on a real
//! PostgreSQL.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod custom;
mod happenings;
mod owners;
mod pages;
mod rest;
mod rest_failures;
mod stage;
mod switches;
mod truth;
mod webhooks;
