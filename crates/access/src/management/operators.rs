//! Operators: who there are, how one is added, and what can be done about them.

use kernel::{FieldError, run_uncancelled, text::case_folded};
use serde::Deserialize;

use super::{AccessManagement, Invited, role_of};
use crate::{
    AccessError, AuditAction, AuditObject, ObjectKind, Operator, OperatorDirectory as _,
    OperatorId, Role, Subject, field, operators::usable, password,
};

/// An operator as somebody asks for it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct OperatorInput {
    /// What they will sign in with.
    pub email: String,
    /// A role's name.
    pub role: String,
}

/// An operator as it will be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedOperator {
    /// What they will sign in with.
    pub email: String,
    /// What they may do.
    pub role: Role,
}

impl AccessManagement {
    /// All built-in operators by e-mail.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], or the database.
    pub async fn operators(&self, subject: &Subject) -> Result<Vec<Operator>, AccessError> {
        self.may_look(subject, AuditAction::AccessRead, AuditObject::LIST)
            .await?;
        self.operators.list().await
    }

    /// A built-in operator.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], [`AccessError::Forbidden`], or the database.
    pub async fn operator(
        &self,
        subject: &Subject,
        id: OperatorId,
    ) -> Result<Operator, AccessError> {
        self.may_look(subject, AuditAction::AccessRead, object(id))
            .await?;
        self.existing(id).await
    }

    async fn existing(&self, id: OperatorId) -> Result<Operator, AccessError> {
        self.operators
            .find(id)
            .await?
            .ok_or(AccessError::NoSuchOperator)
    }

    /// Whether such an operator could be added; nobody is added yet.
    ///
    /// # Errors
    /// [`AccessError::Invalid`] with each field that can't be used, [`AccessError::Forbidden`], or the database.
    pub async fn check_operator(
        &self,
        subject: &Subject,
        input: &OperatorInput,
    ) -> Result<CheckedOperator, AccessError> {
        self.may_look(
            subject,
            AuditAction::OperatorAdd,
            ObjectKind::Operator.yet_to_be_made(),
        )
        .await?;
        let checked = self.checked(subject, input)?;
        let known = self.operators.list().await?;
        let email = case_folded(&checked.email);
        if known.iter().any(|known| case_folded(&known.email) == email) {
            return Err(AccessError::Invalid(vec![taken()]));
        }
        Ok(checked)
    }

    fn checked(
        &self,
        subject: &Subject,
        input: &OperatorInput,
    ) -> Result<CheckedOperator, AccessError> {
        let email = usable(&input.email).ok_or_else(|| {
            field::EMAIL.wrong("This is not an e-mail address: it needs something before and after one @, and no spaces.",
            )
        });
        let role = role_of(subject, &input.role).and_then(Role::of_a_person);
        match (email, role) {
            (Ok(email), Ok(role)) => Ok(CheckedOperator {
                email: email.to_owned(),
                role,
            }),
            (email, role) => Err(AccessError::Invalid(
                [email.err(), role.err()].into_iter().flatten().collect(),
            )),
        }
    }

    /// Adds an operator with this id, and sends them a password for one time: whoever adds them never sees it.
    ///
    /// # Errors
    /// As [`AccessManagement::check_operator`], and [`AccessError::Refused`] when this one has been added already, or there is
    /// nobody to bring the password.
    pub async fn add_operator(
        &self,
        subject: &Subject,
        id: OperatorId,
        input: &OperatorInput,
    ) -> Result<Invited, AccessError> {
        self.authorize_handing_on(subject, &input.role, AuditAction::OperatorAdd, object(id))
            .await?;
        let checked = self.checked(subject, input)?;
        let post = self.post()?;
        let (desk, subject) = (self.clone(), subject.clone());
        // A browser that goes away doesn't leave an operator without the mail.
        run_uncancelled(async move {
            let password = password::generate();
            let given = post.unseen(&password, &subject);
            let added = desk
                .operators
                .insert(id, &checked.email, checked.role, &password, Some(&given))
                .await;
            match added {
                Ok(()) => Ok(post
                    .invite(id, checked.email, checked.role, password, false)
                    .await),
                Err(AccessError::EmailTaken) if desk.operators.find(id).await?.is_some() => {
                    Err(AccessError::Refused(
                        "This operator has been added already, and the invitation was sent then. If it never came, reset the password: \
                         that sends another one.",
                    ))
                }
                Err(AccessError::EmailTaken) => Err(AccessError::Invalid(vec![taken()])),
                Err(error) => Err(error),
            }
        })
        .await
    }

    /// Sends an operator a new password for one time in place of the one that they have, and ends their sessions: whoever asks for it
    /// never sees it.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], [`AccessError::Refused`] when there is nobody to bring it, [`AccessError::Forbidden`], or the
    /// database.
    pub async fn reset_password(
        &self,
        subject: &Subject,
        id: OperatorId,
    ) -> Result<Invited, AccessError> {
        self.authorize(subject, AuditAction::OperatorResetPassword, object(id))
            .await?;
        let operator = self.existing(id).await?;
        let post = self.post()?;
        let (desk, subject) = (self.clone(), subject.clone());
        run_uncancelled(async move {
            let password = password::generate();
            let given = post.unseen(&password, &subject);
            desk.operators.reset_password(id, &given).await?;
            Ok(post
                .invite(id, operator.email, operator.role, password, true)
                .await)
        })
        .await
    }

    /// Takes away the second factor that an operator has lost, and ends their sessions. It counts as a reset where two people
    /// are wanted.
    ///
    /// # Errors
    /// [`AccessError::Refused`] when there is none, and for oneself; [`AccessError::NoSuchOperator`], [`AccessError::Forbidden`], or
    /// the database.
    pub async fn remove_second_factor(
        &self,
        subject: &Subject,
        id: OperatorId,
    ) -> Result<(), AccessError> {
        self.authorize(subject, AuditAction::OperatorRemoveSecondFactor, object(id))
            .await?;
        not_oneself(
            subject,
            id,
            "Your own second factor you remove on the page My account, with a code of it.",
        )?;
        self.existing(id).await?;
        self.operators.remove_lost_second_factor(id, subject).await
    }

    /// Lets an operator in no longer, from the next request on, nor the tokens that they made. Disabling one who is disabled
    /// already changes nothing.
    ///
    /// # Errors
    /// [`AccessError::Refused`] for oneself and for the last admin, [`AccessError::NoSuchOperator`],
    /// [`AccessError::Forbidden`], or the database.
    pub async fn disable_operator(
        &self,
        subject: &Subject,
        id: OperatorId,
    ) -> Result<(), AccessError> {
        self.authorize(subject, AuditAction::OperatorDisable, object(id))
            .await?;
        not_oneself(
            subject,
            id,
            "Nobody disables themselves: ask another administrator to do it.",
        )?;
        let id = uuid::Uuid::from(id);
        let mut transaction = self.pool.begin().await?;
        // Locked, or two admins who disable each other would both find one left.
        let admins = sqlx::query_scalar!(
            "SELECT id FROM operators WHERE role = $1 AND disabled_at IS NULL ORDER BY id FOR UPDATE",
            Role::Admin.as_str(),
        )
        .fetch_all(&mut *transaction)
        .await?;
        if admins == [id] {
            return Err(AccessError::Refused(
                "This is the last administrator: add another one first.",
            ));
        }
        let disabled = sqlx::query!(
            "UPDATE operators SET disabled_at = coalesce(disabled_at, now()) WHERE id = $1",
            id
        )
        .execute(&mut *transaction)
        .await?;
        if disabled.rows_affected() == 0 {
            return Err(AccessError::NoSuchOperator);
        }
        transaction.commit().await?;
        Ok(())
    }

    /// Lets a disabled operator in again, with the role and password that they had. Enabling one who is enabled changes
    /// nothing.
    ///
    /// # Errors
    /// [`AccessError::NoSuchOperator`], [`AccessError::Forbidden`], or the database.
    pub async fn enable_operator(
        &self,
        subject: &Subject,
        id: OperatorId,
    ) -> Result<(), AccessError> {
        self.authorize(subject, AuditAction::OperatorEnable, object(id))
            .await?;
        let enabled = sqlx::query!(
            "UPDATE operators SET disabled_at = NULL WHERE id = $1",
            uuid::Uuid::from(id)
        )
        .execute(&self.pool)
        .await?;
        if enabled.rows_affected() == 0 {
            return Err(AccessError::NoSuchOperator);
        }
        Ok(())
    }
}

/// Refuses what nobody does to themselves.
fn not_oneself(subject: &Subject, id: OperatorId, why: &'static str) -> Result<(), AccessError> {
    match subject {
        Subject::Operator { id: own, .. } if *own == id => Err(AccessError::Refused(why)),
        _ => Ok(()),
    }
}

fn taken() -> FieldError {
    field::EMAIL.wrong("An operator with this e-mail exists already.")
}

fn object(id: OperatorId) -> AuditObject {
    ObjectKind::Operator.id(id)
}
