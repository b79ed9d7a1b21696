//! Both sites on a real database, by their routers.

#![allow(clippy::too_many_lines, reason = "a test is as long as its story")]
#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod access;
mod audit_looks;
mod callbacks;
mod common;
mod credit;
mod deposit;
mod events;
mod feed;
mod getting_in;
mod graphql;
mod imports;
mod ledger;
mod lists;
mod looked_at;
mod me;
mod money_lists;
mod needs_a_person;
mod oidc;
mod onboarding_file;
mod operations;
mod overview_board_and_audit;
mod overview_figures;
mod pages;
mod permission_matrix;
mod portal;
mod portal_matrix;
mod portal_sessions;
mod rejections;
mod search;
mod sessions;
mod time_zones;
mod together;
mod verification_link;
