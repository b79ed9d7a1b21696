//! Who did something, as people know them: the audit log and the events hold ids only.

use std::collections::HashMap;

use uuid::Uuid;

use crate::{AccessError, ApiTokenId, ApiTokens, OperatorDirectory, OperatorId};

/// Who is meant by the form that the audit log and the events keep ([`crate::Subject::as_text`]). Roles aren't in it: they
/// are of the time of asking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An operator of the bank, who may work here no longer.
    Operator(OperatorId),
    /// A program, whose token may be revoked.
    ApiToken(ApiTokenId),
    /// A customer in the portal, by UUID.
    Customer(Uuid),
    /// Usher itself, by the part that did it.
    System(String),
    /// What another version wrote, as it stands there.
    Other(String),
}

impl Actor {
    /// Reads what is kept.
    #[must_use]
    pub fn read(kept: &str) -> Self {
        let other = || Self::Other(kept.to_owned());
        let Some((kind, which)) = kept.split_once(':') else {
            return other();
        };
        match (kind, which.parse::<Uuid>()) {
            ("operator", Ok(id)) => Self::Operator(id.into()),
            ("api-token", Ok(id)) => Self::ApiToken(id.into()),
            ("customer", Ok(id)) => Self::Customer(id),
            ("system", _) => Self::System(which.to_owned()),
            _ => other(),
        }
    }
}

/// What people call operators and API tokens, looked up for all of a page or a request together: by one statement for the
/// operators and one for the tokens, whoever keeps the operators.
#[derive(Clone, Debug, Default)]
pub struct ActorNames {
    operators: HashMap<OperatorId, String>,
    tokens: HashMap<ApiTokenId, String>,
}

impl ActorNames {
    /// Those that name all of these, as the audit log and the events keep them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        operators: &dyn OperatorDirectory,
        tokens: &ApiTokens,
        kept: impl IntoIterator<Item: AsRef<str>>,
    ) -> Result<Self, AccessError> {
        let (mut some_operator, mut some_token) = (false, false);
        for kept in kept {
            match Actor::read(kept.as_ref()) {
                Actor::Operator(_) => some_operator = true,
                Actor::ApiToken(_) => some_token = true,
                _ => {}
            }
        }
        let mut names = Self::default();
        if some_operator {
            names.operators.extend(operators.everybody().await?);
        }
        if some_token {
            names.tokens.extend(tokens.names().await?);
        }
        Ok(names)
    }

    /// Those of the operators alone.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_operators(operators: &dyn OperatorDirectory) -> Result<Self, AccessError> {
        Ok(Self {
            operators: operators.everybody().await?.into_iter().collect(),
            tokens: HashMap::new(),
        })
    }

    /// Those of everybody.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn everybody(
        operators: &dyn OperatorDirectory,
        tokens: &ApiTokens,
    ) -> Result<Self, AccessError> {
        Ok(Self {
            operators: operators.everybody().await?.into_iter().collect(),
            tokens: tokens.names().await?.into_iter().collect(),
        })
    }

    /// The operator's e-mail address or, where an identity provider keeps them, the name there.
    #[must_use]
    pub fn operator(&self, id: OperatorId) -> String {
        let name = self.known_operator(id).map(str::to_owned);
        name.unwrap_or_else(|| format!("operator {id}"))
    }

    /// The same, if there is or was such an operator.
    #[must_use]
    pub fn known_operator(&self, id: OperatorId) -> Option<&str> {
        self.operators.get(&id).map(String::as_str)
    }

    /// What the token was named when it was made, or its id.
    #[must_use]
    pub fn token(&self, id: ApiTokenId) -> String {
        let name = self.tokens.get(&id).cloned();
        name.unwrap_or_else(|| id.to_string())
    }

    /// How people are told who did something.
    #[must_use]
    pub fn name(&self, kept: &str) -> String {
        match Actor::read(kept) {
            Actor::Operator(id) => self.operator(id),
            Actor::ApiToken(id) => format!("API token {}", self.token(id)),
            Actor::System(_) => "Usher".to_owned(),
            Actor::Customer(_) | Actor::Other(_) => kept.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Role, Subject};

    #[test]
    fn what_a_subject_writes_is_read_again() {
        let id = Uuid::now_v7();
        let role = Role::Admin;
        let (operator, token) = (OperatorId::from(id), ApiTokenId::from(id));
        for (subject, actor) in [
            (
                Subject::Operator { id: operator, role },
                Actor::Operator(operator),
            ),
            (
                Subject::ApiToken { id: token, role },
                Actor::ApiToken(token),
            ),
            (Subject::Customer { id }, Actor::Customer(id)),
            (
                Subject::system("provisioning"),
                Actor::System("provisioning".to_owned()),
            ),
        ] {
            assert_eq!(Actor::read(&subject.as_text()), actor);
        }
        for other in ["", "operator", "operator:ann", "robot:7"] {
            assert_eq!(Actor::read(other), Actor::Other(other.to_owned()));
            assert_eq!(ActorNames::default().name(other), other);
        }
    }
}
