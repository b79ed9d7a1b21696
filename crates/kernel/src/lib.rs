//! What every domain shares, and what depends on none of them: a new domain needs this crate and nobody else's helpers.
//!
//! - [`Amount`]: money; [`Reason`]: why an operator does something; [`text`]: what people type and paste
//! - [`Error`]: why something was not done, with the fields that are wrong, for pages, dialogs and the API
//! - [`vocabulary!`]: an enum with a stored name and a label; [`Decision`]: what a table of actions answers
//! - [`Page`], [`Cursor`]: a list, a page at a time; [`HistoryEntry`]: a line of a history
//! - [`Sought`]: what kind of thing was typed into a search of everything
//! - [`DomainEvent`], [`Event`]: what a domain publishes, and how everybody carries it
//! - [`Database`]: the pool, and connections for statements that stand alone; those for searches plan them by index
//! - [`Recent`]: a figure that may be a moment old
//! - [`Together`]: what waits at the same moment is done at once
//! - [`run_uncancelled`]: work that isn't given up half way; [`transient`]: which errors of the database pass by themselves

mod amount;
pub mod database;
mod decision;
mod error;
mod event;
mod history;
mod money_list;
mod page;
mod reason;
mod recent;
mod sought;
pub mod text;
mod together;
pub mod transient;
mod uncancelled;
mod vocabulary;

pub use amount::{Amount, AmountError};
pub use database::Database;
pub use decision::Decision;
pub use error::{Error, Existing, Field, FieldError, Kind, Outside, Outsider};
pub use event::{DomainEvent, EVENT_SHAPES_VERSION, Event, UnknownEvent};
pub use history::{AuditedAct, HistoryEntry, TimelineEntry};
pub use money_list::{ADDED_UP_AT_MOST, MoneyFilter, Total, Totals, Whose};
pub use page::{BadCursor, Cursor, Direction, Page, PageRequest, page_bounds};
pub use reason::{Reason, ReasonError};
pub use recent::Recent;
pub use sought::Sought;
pub use together::Together;
pub use uncancelled::{Interrupted, run_uncancelled};
