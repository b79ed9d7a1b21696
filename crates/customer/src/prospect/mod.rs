//! A person or company being onboarded.

mod entity;
mod record;
mod repo;

pub(crate) use entity::forgettable;
pub use entity::{NewProspect, Prospect, ProspectEvent};
pub use record::{KycRecord, LinkRecord};
pub(crate) use repo::Prospects;
