//! What the sources keep to, whoever changes them: what can be read off them without running anything.

#![expect(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

mod citations;
mod clock;
mod comments;
mod files;
mod lengths;
mod wording;
