//! Customers: the page of one with its tabs, and what operators do to it.

pub mod history;
pub mod operations;
pub mod page;
mod parts;
mod record;
mod regions;
mod summary;
mod tab;
mod tabs;
mod waiting;
