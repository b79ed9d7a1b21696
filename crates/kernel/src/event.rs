//! The envelope of the outbox's events: each domain declares its own, and everybody carries them alike.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

/// The version of the shapes in `docs/events.md`: raised when one of them changes, not when one comes to them.
pub const EVENT_SHAPES_VERSION: u32 = 1;

/// What a domain publishes: ids and words of the domain, never personal data. Serialized as JSON with its name, which is no other
/// domain's, under `type`.
pub trait DomainEvent: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// Whose event it is: those of one subject are heard in the order in which they happened.
    fn subject(&self) -> Uuid;

    /// The names of our own listeners to whom it is delivered.
    fn heard_by(&self) -> &'static [&'static str] {
        &[]
    }
}

/// An event as the outbox keeps it, whichever domain's it is.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// The prospect's or customer's UUID.
    pub subject: Uuid,
    /// As the domain wrote it.
    pub payload: Value,
}

/// An event of another domain, or one that a newer version wrote.
#[derive(Debug, thiserror::Error)]
#[error("event {kind} is unknown to this version ({cause})")]
pub struct UnknownEvent {
    kind: String,
    cause: serde_json::Error,
}

impl Event {
    /// Puts a domain's event into the envelope.
    ///
    /// # Errors
    /// When it can't be written as JSON.
    pub fn write(event: &impl DomainEvent) -> Result<Self, serde_json::Error> {
        Ok(Self {
            subject: event.subject(),
            payload: serde_json::to_value(event)?,
        })
    }

    /// The name under which its domain declares it.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.payload["type"].as_str()
    }

    /// The event as this domain declares it.
    ///
    /// # Errors
    /// When it is another domain's, or a newer version's.
    pub fn read<D: DomainEvent>(&self) -> Result<D, UnknownEvent> {
        D::deserialize(&self.payload).map_err(|cause| UnknownEvent {
            kind: self.kind().unwrap_or("without a type").to_owned(),
            cause,
        })
    }
}
