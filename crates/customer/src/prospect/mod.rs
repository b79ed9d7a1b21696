//! A person or company being onboarded.

mod entity;
mod event;
mod record;
mod repo;

pub(crate) use entity::forgettable;
pub use entity::{NewProspect, Prospect};
pub use event::ProspectEvent;
pub use record::{KycRecord, LinkRecord};
pub(crate) use repo::Prospects;
