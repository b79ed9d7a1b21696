//! Whose records a list is to have.

use std::str::FromStr;

use access::{OperatorId, Subject};
use customer::list::Assigned;
use uuid::Uuid;

use crate::layout::Viewer;

/// Whose records a list has, as addresses name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// Those of whoever looks.
    Mine,
    Nobodys,
    A(OperatorId),
}

impl FromStr for Whose {
    type Err = uuid::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Ok(match name {
            "me" => Self::Mine,
            "nobody" => Self::Nobodys,
            id => Self::A(id.parse::<Uuid>()?.into()),
        })
    }
}

impl Whose {
    /// As the domain has it; a program has nothing of its own.
    pub fn of(self, viewer: &Viewer) -> Assigned {
        match (self, &viewer.subject) {
            (Self::A(id), _) | (Self::Mine, Subject::Operator { id, .. }) => {
                Assigned::To(id.to_owned())
            }
            (Self::Mine, _) => Assigned::To(Uuid::nil().into()),
            (Self::Nobodys, _) => Assigned::ToNobody,
        }
    }
}
