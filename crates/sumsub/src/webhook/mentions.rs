//! Whom and what a body names anywhere in it: callbacks of Sumsub's other products (cases, transactions, actions,
//! monitoring) wrap what they say in objects of their own.

use serde_json::value::RawValue;

use super::ParseError;
use crate::fields::{self, Fields};

/// How deep a body is looked into.
const DEEP: usize = 24;
/// How many ids of one kind are kept: a body of 1 MiB may hold very many.
const AT_MOST: usize = 64;

/// What a body names, at any depth. Each id stands once, in the order of the bodies' bytes or nearly so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Every `applicantId` that stands anywhere in the body.
    pub applicants: Vec<String>,
    /// Every `externalUserId` that stands anywhere in the body.
    pub external_users: Vec<String>,
    /// Every `inspectionId` that stands anywhere in the body.
    pub inspections: Vec<String>,
    /// Somewhere stands an answer other than GREEN: a `reviewAnswer`, or the word RED.
    pub answers_otherwise: bool,
    /// What could not be read, in words for the callback log: ids that are too long, bytes that are not UTF-8.
    pub unreadable: Vec<&'static str>,
}

impl Mentions {
    /// Looks through a body, as it was received.
    ///
    /// # Errors
    /// Only when `body` is not a JSON object.
    pub fn of(body: &[u8]) -> Result<Self, ParseError> {
        let text = fields::readable(body);
        let fields = Fields::parse(text.as_bytes()).map_err(|error| ParseError {
            line: error.line(),
            column: error.column(),
        })?;
        let mut mentions = Mentions::default();
        if body.starts_with(b"\xef\xbb\xbf") {
            mentions
                .unreadable
                .push("it begins with a byte-order mark, which was passed over");
        }
        if std::str::from_utf8(body).is_err() {
            mentions.unreadable.push(
                "it holds bytes that are not UTF-8: it is kept as received and read without them",
            );
        }
        mentions.look_into(&fields, DEEP);
        Ok(mentions)
    }

    fn look_into(&mut self, fields: &Fields<'_>, depth: usize) {
        for (name, value) in fields.iter() {
            match name {
                "applicantId" => note(fields, name, &mut self.applicants, &mut self.unreadable),
                "externalUserId" => {
                    note(fields, name, &mut self.external_users, &mut self.unreadable);
                }
                "inspectionId" => note(fields, name, &mut self.inspections, &mut self.unreadable),
                "reviewAnswer" => {
                    self.answers_otherwise |=
                        fields.says(name) && fields.text(name).as_deref() != Some("GREEN");
                }
                _ => self.look_at(value, depth),
            }
        }
    }

    fn look_at(&mut self, value: &RawValue, depth: usize) {
        let written = value.get();
        if written == r#""RED""# {
            self.answers_otherwise = true;
        } else if depth == 0 {
            self.say("it is nested too deep to be read to the end");
        } else if written.starts_with('{') {
            if let Ok(fields) = Fields::parse(written.as_bytes()) {
                self.look_into(&fields, depth - 1);
            }
        } else if written.starts_with('[') {
            let items: Vec<&RawValue> = serde_json::from_str(written).unwrap_or_default();
            for item in items {
                self.look_at(item, depth - 1);
            }
        }
    }

    fn say(&mut self, what: &'static str) {
        if !self.unreadable.contains(&what) {
            self.unreadable.push(what);
        }
    }
}

fn note(
    fields: &Fields<'_>,
    name: &str,
    noted: &mut Vec<String>,
    unreadable: &mut Vec<&'static str>,
) {
    const NO_ID: &str =
        "an id in it can't be one (more than 256 bytes, or no text) and was not read";
    match fields.id(name) {
        Some(id) if !noted.contains(&id) && noted.len() < AT_MOST => noted.push(id),
        None if fields.says(name) && !unreadable.contains(&NO_ID) => unreadable.push(NO_ID),
        _ => {}
    }
}
