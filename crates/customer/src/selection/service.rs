//! Doing one thing to several prospects.

use access::{AuditAction, AuditObject, ObjectKind, Permission, Subject};
use kernel::{Error, Field, FieldError, Reason};
use uuid::Uuid;

use super::{
    AT_ONCE, NewSelection, SELECTED_AT_MOST, SHOWN, SelectedOutcome, Selection, SelectionAct, Whom,
    rows,
};
use crate::{onboarding::Onboarding, primitives::PROSPECT};

/// The prospects that are selected.
const SELECTED: Field = Field::new("prospect");

impl Onboarding {
    /// Those whom somebody selected, before anything is done to them.
    ///
    /// # Errors
    /// [`Error::Invalid`] when there is nobody, or more than [`SELECTED_AT_MOST`].
    pub async fn selected(&self, subject: &Subject, public_ids: &[String]) -> Result<Whom, Error> {
        let wrong = |message: &str| {
            Error::Invalid(vec![FieldError {
                field: SELECTED,
                message: message.to_owned(),
                taken_by: None,
            }])
        };
        if public_ids.len() > SELECTED_AT_MOST {
            return Err(wrong(
                "These are more than 1,000, and so many can be selected at most: narrow the list down by its filters first.",
            ));
        }
        let look = self
            .look(subject, AuditAction::ProspectList, AuditObject::LIST)
            .await?;
        let mut found = rows::selected(&self.pool, public_ids).await?;
        if found.is_empty() {
            return Err(wrong("Tick at least one prospect first."));
        }
        let public_ids = found.iter().map(|one| one.public_id.clone()).collect();
        if found.len() > AT_ONCE {
            found.truncate(SHOWN);
        }
        look.at(found.iter().map(|one| ObjectKind::Prospect.id(one.id)))
            .await?;
        Ok(Whom {
            public_ids,
            shown: found,
        })
    }

    /// Does one thing to each of several prospects, as if it were done to it alone; what came of each is in [`Onboarding::selection`].
    /// The same id again does nothing. Many are left to the background, and so is what a process that died left undone.
    ///
    /// # Errors
    /// [`Error::Invalid`] without a reason where one is wanted, for a colleague to whom nothing can be assigned, or as
    /// [`Onboarding::selected`].
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
        if let Some(assignee) = new.assignee {
            self.can_be_given_to(assignee).await?;
        }
        let whom = self.selected(subject, new.public_ids).await?;
        let in_background = whom.public_ids.len() > AT_ONCE;
        let is_new = rows::begin(&self.pool, subject, new, &whom.public_ids, in_background).await?;
        if is_new && !in_background {
            self.act_on_next(subject, new.id, AT_ONCE).await?;
        }
        Ok(())
    }

    /// Does it to the next of a selection, so many at most. What it came to is written down after it is done: who dies in between
    /// leaves it to be done once more, and done twice is done once.
    pub(super) async fn act_on_next(
        &self,
        subject: &Subject,
        id: Uuid,
        at_most: usize,
    ) -> Result<(), Error> {
        let Some(task) = rows::task(&self.pool, id, at_most).await? else {
            return Ok(());
        };
        for prospect in task.next {
            let id = prospect.into();
            let done = match task.act {
                SelectionAct::SendLink => self.send_link(subject, id).await,
                SelectionAct::Remind => self.remind_now(subject, id).await,
                SelectionAct::Assign => self.assign(subject, id, task.assignee).await,
                SelectionAct::Close => match &task.reason {
                    Some(reason) => self.close_prospect(subject, id, reason).await,
                    None => Err(Error::refused(
                        "The reason was erased with the data of one of them: close this one by itself.",
                    )),
                },
            };
            let outcome = match done {
                Ok(()) => SelectedOutcome::Done,
                // The others would meet the same; it is gone on with.
                Err(error) if error.is_transient() => return Err(error),
                Err(error) => SelectedOutcome::NotDone(words(&error)),
            };
            rows::came_to(&self.pool, task.id, prospect, &outcome).await?;
        }
        Ok(rows::let_go(&self.pool, task.id).await?)
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
        let people = found.shown.iter();
        look.at(people.map(|one| ObjectKind::Prospect.id(one.id)))
            .await?;
        Ok(found)
    }
}

/// Why it was not done: of a field what is wrong with it.
fn words(error: &Error) -> String {
    match error {
        Error::Invalid(wrong) => {
            let words: Vec<&str> = wrong.iter().map(|wrong| &*wrong.message).collect();
            words.join(" ")
        }
        error => error.to_string(),
    }
}

fn action_of(act: SelectionAct) -> AuditAction {
    match act {
        SelectionAct::SendLink => AuditAction::ProspectSendLink,
        SelectionAct::Remind => AuditAction::ProspectRemind,
        SelectionAct::Assign => AuditAction::ProspectAssign,
        SelectionAct::Close => AuditAction::ProspectClose,
    }
}
