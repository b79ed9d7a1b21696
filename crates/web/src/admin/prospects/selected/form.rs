//! What the list, or the page that asks, sends.

use access::OperatorId;
use customer::selection::SelectionAct;
use kernel::Error;

use crate::{admin::records::desk, error_page::PageError, layout::Section};

/// Names may come more than once.
pub type Pairs = Vec<(String, String)>;

/// A form, understood.
pub struct Sent {
    pub act: SelectionAct,
    pub public_ids: Vec<String>,
    /// Instead of these, all that match.
    pub all: bool,
    pub reason: String,
    /// Whose they are to be, as typed; none while nobody was asked.
    pub assignee: Option<String>,
    /// The list from which they were selected.
    pub back: String,
}

impl Sent {
    pub fn of(pairs: Pairs) -> Result<Self, PageError> {
        let (mut act, mut public_ids, mut all) = (None, Vec::new(), false);
        let (mut reason, mut assignee, mut back) = (None, None, None);
        for (name, value) in pairs {
            match name.as_str() {
                "act" => act = value.parse().ok(),
                "prospect" => public_ids.push(value),
                "all" => all = true,
                "reason" => reason = Some(value),
                "assignee" => assignee = Some(value),
                // Only the list itself, not wherever somebody likes.
                "back" => back = Some(value).filter(|back| is_list(back)),
                _ => {}
            }
        }
        Ok(Self {
            act: act.ok_or(PageError::BadRequest("There is no such act on prospects."))?,
            public_ids,
            all,
            reason: reason.unwrap_or_default(),
            assignee,
            back: back.unwrap_or_else(|| Section::Prospects.path().to_owned()),
        })
    }

    /// Whose they are to be, if they are to be somebody's.
    ///
    /// # Errors
    /// [`Error::Invalid`] when nobody of the list was chosen, and *Nobody* neither.
    pub fn chosen_assignee(&self) -> Result<Option<OperatorId>, Error> {
        match self.act {
            SelectionAct::Assign => desk::chosen(self.assignee.as_deref().unwrap_or("?")),
            _ => Ok(None),
        }
    }
}

fn is_list(address: &str) -> bool {
    let rest = address.strip_prefix(Section::Prospects.path());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('?'))
}
