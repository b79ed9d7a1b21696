//! Who did something, as people know them: the audit log and the events hold ids only.

use std::collections::{HashMap, HashSet};

use access::{ApiTokenId, OperatorId};
use uuid::Uuid;

use super::AdminState;
use crate::error_page::PageError;

/// Names looked up once for each page.
#[derive(Default)]
pub struct Names(HashMap<String, String>);

impl Names {
    /// Looks up all of `subjects`.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(state: &AdminState, subjects: HashSet<String>) -> Result<Self, PageError> {
        let mut names = HashMap::new();
        for subject in subjects {
            let name = name(state, &subject).await?;
            names.insert(subject, name);
        }
        Ok(Self(names))
    }

    /// The name, or the subject as it stands in the log.
    pub fn name<'a>(&'a self, subject: &'a str) -> &'a str {
        self.0.get(subject).map_or(subject, String::as_str)
    }
}

async fn name(state: &AdminState, subject: &str) -> Result<String, PageError> {
    let Some((kind, id)) = subject.split_once(':') else {
        return Ok(subject.to_owned());
    };
    Ok(match kind {
        "operator" => {
            let name = match id.parse::<Uuid>() {
                Ok(id) => state.operators.name_of(OperatorId::from(id)).await?,
                Err(_) => None,
            };
            name.unwrap_or_else(|| format!("operator {id}"))
        }
        "api-token" => {
            let name = match id.parse::<Uuid>() {
                Ok(id) => state.tokens.name(ApiTokenId::from(id)).await?,
                Err(_) => None,
            };
            format!("API token {}", name.as_deref().unwrap_or(id))
        }
        "system" => "Usher".to_owned(),
        _ => subject.to_owned(),
    })
}
