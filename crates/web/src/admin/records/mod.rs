//! What prospects and customers have in common: their lists, and the regions of their pages.

mod around;
mod asked;
mod assigned;
mod columns;
pub mod desk;
pub mod file;
mod form;
mod in_stage;
pub mod kept;
pub mod kyc;
pub mod link_mail;
pub mod list;
pub mod notes;
pub mod operations;
pub mod owners;
mod query;
pub mod regions;
pub mod sheet;
pub mod ticked;
pub mod why_declined;
