//! Operators: the list, and adding one.

use access::{
    AccessError, AccessManagement, Operator, OperatorInput, PasswordState, Role, Subject,
};
use uuid::Uuid;

use super::{
    making::{Field, Input, Made, Making},
    not_sent,
};
use crate::{
    admin::{AdminState, dialog::Said, operation::Beside},
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
    /// Whether somebody gave them a password that they haven't replaced yet.
    pub invited: bool,
    pub second_factor: bool,
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
            let login = operator.login.as_ref();
            OperatorRow {
                invited: login.is_some_and(|login| login.password != PasswordState::Own),
                second_factor: login.is_some_and(|login| login.second_factor),
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
    pub fn say(&mut self, beside: &mut Beside) {
        if let Self::BuiltIn(rows) = self {
            for row in rows {
                row.said = beside.said_at([row.id.to_string().as_str()]);
            }
        }
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
                hint: "What they sign in with. A password for one time is sent there: nobody else sees it.",
                input: Input::Email,
                value: self.email.clone(),
                shown: self.email.clone(),
                problem: None,
            },
            Field::role(
                viewer,
                &Role::PEOPLE,
                &self.role,
                "What they may do in the panel.",
            ),
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
    ) -> Result<Made, AccessError> {
        let invited = management.add_operator(who, id.into(), self).await?;
        Ok(not_sent(&invited, "The operator is added").map_or(Made::Listed, Made::HalfDone))
    }
}
