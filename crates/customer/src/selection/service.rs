//! Doing one thing to several prospects.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use kernel::{Error, Field, FieldError, Reason};
use uuid::Uuid;

use super::{
    NewSelection, SELECTED_AT_MOST, Selected, SelectedOutcome, Selection, SelectionAct, rows,
};
use crate::{onboarding::Onboarding, primitives::PROSPECT};

/// The prospects that are selected.
const SELECTED: Field = Field::new("prospect");

impl Onboarding {
    /// Those whom somebody selected, before anything is done to them.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is nobody, or more than [`SELECTED_AT_MOST`].
    pub async fn selected(
        &self,
        subject: &Subject,
        public_ids: &[String],
    ) -> Result<Vec<Selected>, Error> {
        let wrong = |message: String| {
            Error::Invalid(vec![FieldError {
                field: SELECTED,
                message,
                taken_by: None,
            }])
        };
        if public_ids.len() > SELECTED_AT_MOST {
            return Err(wrong(format!("Select {SELECTED_AT_MOST} at most.")));
        }
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let found = rows::selected(&self.pool, public_ids).await?;
        look.at(found.iter().map(|one| ObjectKind::Prospect.id(one.id)))
            .await?;
        if found.is_empty() {
            return Err(wrong("Tick at least one prospect first.".to_owned()));
        }
        Ok(found)
    }

    /// Does one thing to each of several prospects, as if it were done to it alone; what came of each is in [`Onboarding::selection`].
    /// The same id again does nothing but what a process that died left undone.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason where one is wanted, or as [`Onboarding::selected`].
    pub async fn act_on_selected(
        &self,
        subject: &Subject,
        new: &NewSelection<'_>,
    ) -> Result<(), Error> {
        let (may, action) = (Permission::CustomerUpdate, action_of(new.act));
        self.access()
            .permit(subject, may, action, AuditObject::LIST)
            .await?;
        if new.act.wants_reason() {
            new.reason.parse::<Reason>()?;
        }
        let selected = self.selected(subject, new.public_ids).await?;
        let ids: Vec<Uuid> = selected.iter().map(|one| one.id).collect();
        if !rows::begin(&self.pool, subject, new, &ids).await? {
            return Ok(());
        }
        self.go_on(subject, new.id).await
    }

    /// Does what a process that died left undone.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of this id, or it is another's.
    pub async fn go_on(&self, subject: &Subject, id: Uuid) -> Result<(), Error> {
        let selection = rows::find(&self.pool, id).await?;
        let selection = selection
            .filter(|selection| selection.is_of(subject))
            .ok_or(Error::NotFound(PROSPECT))?;
        let reason = selection.reason.as_deref().unwrap_or_default();
        for one in &selection.prospects {
            if one.outcome.is_some() {
                continue;
            }
            let prospect = one.id.into();
            let done = match selection.act {
                SelectionAct::SendLink => self.send_link(subject, prospect).await,
                SelectionAct::Remind => self.remind_now(subject, prospect).await,
                SelectionAct::Close => self.close_prospect(subject, prospect, reason).await,
            };
            let outcome = match done {
                Ok(()) => SelectedOutcome::Done,
                // The others would meet the same; it can be gone on with.
                Err(error) if error.is_transient() => return Err(error),
                Err(error @ Error::Forbidden(_)) => return Err(error),
                Err(error) => SelectedOutcome::NotDone(error.to_string()),
            };
            rows::came_to(&self.pool, id, one.id, &outcome).await?;
        }
        Ok(())
    }

    /// What was done to several prospects, and what came of each.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none of this id.
    pub async fn selection(&self, subject: &Subject, id: Uuid) -> Result<Selection, Error> {
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let found = rows::find(&self.pool, id).await?;
        let found = found.ok_or(Error::NotFound(PROSPECT))?;
        let people = found.prospects.iter();
        look.at(people.map(|one| ObjectKind::Prospect.id(one.id)))
            .await?;
        Ok(found)
    }
}

fn action_of(act: SelectionAct) -> AuditAction {
    match act {
        SelectionAct::SendLink => AuditAction::ProspectSendLink,
        SelectionAct::Remind => AuditAction::ProspectRemind,
        SelectionAct::Close => AuditAction::ProspectClose,
    }
}
