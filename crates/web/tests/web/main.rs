//! Both doors on a real database, by their routers.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod acts;
mod boards;
mod callbacks;
mod common;
mod credit;
mod doors;
mod feed;
mod graphql;
mod ledger;
mod lists;
mod looks;
mod matrix;
mod me;
mod money;
mod oidc;
mod pages;
mod portal;
mod portal_matrix;
mod portal_sessions;
mod rejections;
mod sessions;
