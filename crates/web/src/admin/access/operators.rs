//! Operators: the list, and adding one.

use access::{AccessError, AccessManagement, Operator, OperatorInput, Subject};
use uuid::Uuid;

use super::making::{Field, Input, Making, ShownOnce};
use crate::{
    admin::{
        AdminState,
        acting::{self, About},
        dialog::Said,
    },
    error_page::PageError,
    format::{Shape, State, Tone},
    layout::Viewer,
};

/// The list, as it is kept here or by an identity provider.
pub enum OperatorsView {
    BuiltIn(Vec<OperatorRow>),
    /// Names only: what each may do is to be seen there.
    Elsewhere(Vec<String>),
}

/// A row of the list.
pub struct OperatorRow {
    pub id: Uuid,
    pub email: String,
    pub role: &'static str,
    pub state: State,
    pub disabled: bool,
    /// Nobody disables themselves.
    pub is_viewer: bool,
    /// What has just been said about them.
    pub said: Option<Said>,
}

impl OperatorsView {
    /// The list as the viewer sees it.
    ///
    /// # Errors
    /// Without the permission, or when the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        management: &AccessManagement,
    ) -> Result<Self, PageError> {
        if state.sign_in.by_provider() {
            let everybody = state.operators.everybody().await?;
            return Ok(Self::Elsewhere(
                everybody.into_iter().map(|(_, name)| name).collect(),
            ));
        }
        let operators = management.operators(&viewer.subject).await?;
        let row = |operator: Operator| {
            let disabled = operator.disabled_at.is_some();
            OperatorRow {
                id: operator.id.into(),
                email: operator.email,
                role: operator.role.label(),
                state: if disabled {
                    State::new("Disabled", Tone::Quiet, Shape::Bar)
                } else {
                    State::new("Enabled", Tone::Good, Shape::Check)
                },
                disabled,
                is_viewer: matches!(
                    &viewer.subject,
                    Subject::Operator { id, .. } if *id == operator.id
                ),
                said: None,
            }
        };
        Ok(Self::BuiltIn(operators.into_iter().map(row).collect()))
    }

    /// Says in their rows what is about one of them.
    pub fn say(&mut self, said: &mut Option<About>) {
        if let Self::BuiltIn(rows) = self {
            for row in rows {
                row.said = acting::said_here(said, [row.id.to_string().as_str()]);
            }
        }
    }

    /// Whether the operator whom the audit log names so may not sign in any more, as far as is known here.
    pub fn is_disabled(&self, subject: &str) -> bool {
        let Self::BuiltIn(rows) = self else {
            return false;
        };
        rows.iter()
            .any(|row| row.disabled && subject == format!("operator:{}", row.id))
    }
}

impl Making for OperatorInput {
    const HEADING: &'static str = "New operator";
    const CONFIRM: &'static str = "Confirm operator";
    const PATH: &'static str = "/access/operators";

    fn blank() -> Self {
        Self::default()
    }

    fn fields(&self, viewer: &Subject) -> Vec<Field> {
        vec![
            Field {
                name: "email",
                label: "Email",
                hint: "What they sign in with.",
                input: Input::Email,
                value: self.email.clone(),
                shown: self.email.clone(),
                problem: None,
            },
            Field::role(viewer, &self.role, "What they may do in the panel."),
        ]
    }

    async fn check(
        &self,
        management: &AccessManagement,
        who: &Subject,
    ) -> Result<Self, AccessError> {
        let checked = management.check_operator(who, self).await?;
        Ok(Self {
            email: checked.email,
            role: checked.role.to_string(),
        })
    }

    async fn make(
        &self,
        management: &AccessManagement,
        who: &Subject,
        id: Uuid,
    ) -> Result<ShownOnce, AccessError> {
        let (added, password) = management.add_operator(who, id.into(), self).await?;
        Ok(ShownOnce::password(
            "Operator added",
            "The operator is added.",
            password,
            &added.email,
            added.role,
        ))
    }
}
