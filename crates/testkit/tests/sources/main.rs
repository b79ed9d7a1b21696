//! What the sources keep to, whoever changes them: what can be read off them without running anything.

mod citations;
mod comments;
mod files;
