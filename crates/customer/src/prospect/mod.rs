//! A person or company being onboarded.

mod attempts;
mod entity;
mod event;
mod link_story;
mod new;
mod next_action;
mod record;
mod repo;
mod stages;

pub use attempts::{Attempt, Retry};
pub use entity::Prospect;
pub(crate) use entity::forgettable;
pub use event::ProspectEvent;
pub use new::NewProspect;
pub use next_action::{LinkReached, LinkStanding, NextAction, NextActionFacts, NextStep};
pub use record::{KycRecord, LinkRecord};
pub(crate) use repo::Prospects;
