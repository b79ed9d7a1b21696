//! Changes of operators from the command line, written down before they are made.

use access::{
    Access, AccessError, AuditAction, AuditObject, GivenPassword, ObjectKind, OperatorId,
    Operators, Role, Sealer,
};
use kernel::text::case_folded;
use sqlx::PgPool;

use super::CLI;

/// Where the command line changes operators. What it is about to do is in the audit log before it is done, and nothing is
/// done that could not be written down; the entry is sealed right away, as perhaps no server runs.
pub struct Desk {
    pool: PgPool,
    pub(super) operators: Operators,
}

impl Desk {
    pub fn at(pool: PgPool) -> Self {
        Self {
            operators: Operators::new(pool.clone()),
            pool,
        }
    }

    pub async fn add(
        &self,
        email: &str,
        role: Role,
        given: &GivenPassword<'_>,
    ) -> Result<OperatorId, AccessError> {
        self.write_down(
            AuditAction::OperatorAdd,
            ObjectKind::Operator.yet_to_be_made(),
        )
        .await?;
        self.operators.add_given(email, role, given).await
    }

    pub async fn reset(
        &self,
        email: &str,
        given: &GivenPassword<'_>,
    ) -> Result<OperatorId, AccessError> {
        let id = self.named(email).await?;
        self.write_down(AuditAction::OperatorResetPassword, object(id))
            .await?;
        self.operators.reset_password(id, given).await?;
        Ok(id)
    }

    pub async fn remove_second_factor(&self, id: OperatorId) -> Result<(), AccessError> {
        self.write_down(AuditAction::OperatorRemoveSecondFactor, object(id))
            .await?;
        self.operators.remove_lost_second_factor(id, &CLI).await
    }

    pub async fn set_role(&self, email: &str, role: Role) -> Result<(), AccessError> {
        let object = object(self.named(email).await?);
        self.write_down(AuditAction::OperatorSetRole, object)
            .await?;
        self.operators.set_role(email, role).await?;
        Ok(())
    }

    pub async fn disable(&self, email: &str) -> Result<(), AccessError> {
        let object = object(self.named(email).await?);
        self.write_down(AuditAction::OperatorDisable, object)
            .await?;
        self.operators.disable(email).await?;
        Ok(())
    }

    /// The operator with this e-mail.
    async fn named(&self, email: &str) -> Result<OperatorId, AccessError> {
        let email = case_folded(email.trim());
        let all = self.operators.list().await?;
        all.iter()
            .find(|operator| case_folded(&operator.email) == email)
            .map(|operator| operator.id)
            .ok_or(AccessError::NoSuchOperator)
    }

    async fn write_down(
        &self,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<(), AccessError> {
        Access::new(self.pool.clone())
            .record(&CLI, action, object, true)
            .await?;
        Sealer::seal_all(&self.pool).await
    }
}

/// As the audit log calls them.
fn object(id: OperatorId) -> AuditObject {
    ObjectKind::Operator.id(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    static GIVEN: GivenPassword<'static> = GivenPassword {
        password: "correct horse battery",
        by: &CLI,
        known: true,
        temporary_for: None,
    };

    #[tokio::test]
    async fn nothing_is_changed_that_could_not_be_written_down() {
        let database = testkit::database().await;
        let desk = Desk::at(database.pool.clone());
        desk.add("ann@usher.test", Role::Admin, &GIVEN)
            .await
            .unwrap();
        sqlx::query("ALTER TABLE audit_entries RENAME TO audit_entries_away")
            .execute(&database.pool)
            .await
            .unwrap();
        for change in [
            desk.add("bob@usher.test", Role::Admin, &GIVEN)
                .await
                .map(|_| ()),
            desk.reset("ann@usher.test", &GIVEN).await.map(|_| ()),
            desk.set_role("ann@usher.test", Role::Auditor).await,
            desk.disable("ann@usher.test").await,
        ] {
            assert!(
                matches!(change, Err(AccessError::Database(_))),
                "{change:?}"
            );
        }
        let operators = desk.operators.list().await.unwrap();
        let left: Vec<_> = operators
            .iter()
            .map(|operator| (operator.role, operator.disabled_at))
            .collect();
        assert_eq!(left, [(Role::Admin, None)]);
    }

    #[tokio::test]
    async fn what_was_changed_is_written_down_and_sealed() {
        let database = testkit::database().await;
        let desk = Desk::at(database.pool.clone());
        desk.add("Ann@usher.test", Role::Admin, &GIVEN)
            .await
            .unwrap();
        desk.reset("ann@usher.test", &GIVEN).await.unwrap();
        desk.set_role(" ANN@usher.test ", Role::Auditor)
            .await
            .unwrap();
        desk.disable("ann@usher.test").await.unwrap();
        let nobody = desk.disable("bob@usher.test").await;
        assert!(matches!(nobody, Err(AccessError::NoSuchOperator)));
        let operator = desk.operators.list().await.unwrap().remove(0);
        assert_eq!(operator.role, Role::Auditor);
        assert!(operator.disabled_at.is_some());
        let written: Vec<(String, String)> =
            sqlx::query_as("SELECT action, object FROM audit_entries ORDER BY id")
                .fetch_all(&database.pool)
                .await
                .unwrap();
        let about = format!("operator:{}", operator.id);
        let expected = [
            ("operator.add", "operator:new"),
            ("operator.reset_password", &about),
            ("operator.set_role", &about),
            ("operator.disable", &about),
        ];
        assert_eq!(written.len(), expected.len());
        for ((action, object), expected) in written.iter().zip(expected) {
            assert_eq!((action.as_str(), object.as_str()), expected);
        }
        let report = access::verify_audit_log(&database.pool).await.unwrap();
        assert_eq!(report.unsealed, 0);
    }
}
