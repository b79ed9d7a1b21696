//! How money moves, whichever way: asked for, looked up in the table under the customer's row lock, recorded and posted in one
//! transaction. What moves it, way by way, stands in `recording.rs` and `withdrawing.rs`.

use access::{AuditAction, Permission, Subject};
use es_entity::{AtomicOperation as _, OpWithTime};
use kernel::{Error, run_uncancelled};
use ledger::Posting;

use super::Deposits;
use crate::{
    NewMovement,
    document::{Document, NewDocument, Stored},
    rules::{self, Action},
};

/// What is done to a document: who may, the row of the table, what is posted, what is recorded.
pub(super) struct Act<D: Document> {
    pub(super) permission: Permission,
    pub(super) name: AuditAction,
    pub(super) action: fn(D::Status) -> Action,
    pub(super) posting: Posting,
    pub(super) record: fn(&mut D, String),
}

impl Deposits {
    /// Makes a document, by this row of the table and with this posting. The same `id` again answers the one that it made.
    pub(super) async fn make<D: Stored>(
        &self,
        subject: &Subject,
        id: D::Id,
        new: &NewMovement,
        by: (Action, Posting),
    ) -> Result<D, Error> {
        let (money, subject, new) = (self.clone(), subject.clone(), new.clone());
        run_uncancelled(async move {
            money.may_make::<D>(&subject, id).await?;
            money.make_one(&subject, id, &new, by).await
        })
        .await
    }

    /// Whether the subject may make such documents.
    pub(super) async fn may_make<D: Document>(
        &self,
        subject: &Subject,
        id: D::Id,
    ) -> Result<(), Error> {
        let (name, object) = (D::KIND.make(), D::KIND.object().id(id));
        let may = Permission::DepositCreate;
        Ok(self.access.authorize(subject, may, name, object).await?)
    }

    /// As [`Deposits::make`], by who may.
    pub(super) async fn make_one<D: Stored>(
        &self,
        subject: &Subject,
        id: D::Id,
        new: &NewMovement,
        (action, posting): (Action, Posting),
    ) -> Result<D, Error> {
        let (name, object) = (D::KIND.make(), D::KIND.object().id(id));
        let (mut op, facts) = self.lock(new.customer).await?;
        if let Some(made) = D::find_in_op(self, &mut op, id).await? {
            let row = made.row();
            let same = (row.customer_id, row.amount, row.reference)
                == (new.customer, new.amount, new.reference());
            return same
                .then_some(made)
                .ok_or(Error::refused(rules::OTHER_FORM));
        }
        rules::may(action, facts).allowed()?;
        self.reference_is_free(&mut op, D::KIND, new).await?;
        // The time from here on: under the lock, an account's documents and entries are as old as their order says.
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        let document = NewDocument {
            id,
            public_id: self.draw_public_id(&mut now).await?,
            customer_id: new.customer,
            account_id: ledger::account_id(new.customer.into()),
            amount: new.amount,
            reference: new.reference(),
            by: subject.as_text(),
        };
        let document = D::create_in_op(self, &mut now, document).await?;
        let what = (new.customer, id.into(), new.amount);
        self.post(&mut now, posting, what).await?;
        op.commit().await?;
        tracing::info!(document = %object, action = %name, "money moved");
        Ok(document)
    }

    /// Does this to a document. What is so already is answered as it stands.
    pub(super) async fn act<D: Stored>(
        &self,
        subject: &Subject,
        id: D::Id,
        act: Act<D>,
    ) -> Result<D, Error> {
        let (money, subject) = (self.clone(), subject.clone());
        run_uncancelled(async move { money.do_act(&subject, id, act).await }).await
    }

    async fn do_act<D: Stored>(
        &self,
        subject: &Subject,
        id: D::Id,
        act: Act<D>,
    ) -> Result<D, Error> {
        let object = D::KIND.object().id(id);
        let access = &self.access;
        access
            .authorize(subject, act.permission, act.name, object)
            .await?;
        let customer = self.find::<D>(id).await?.row().customer_id;
        let (mut op, facts) = self.lock(customer).await?;
        let found = D::find_in_op(self, &mut op, id).await?;
        let mut document = found.ok_or(Error::NO_RECORD)?;
        let facts = self
            .seen_by(op.as_executor(), subject, document.maker(), facts)
            .await?;
        let row = document.row();
        if !rules::may((act.action)(row.status), facts).allowed()? {
            return Ok(document);
        }
        (act.record)(&mut document, subject.as_text());
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        document.update_in_op(self, &mut now).await?;
        let what = (customer, id.into(), row.amount);
        self.post(&mut now, act.posting, what).await?;
        op.commit().await?;
        tracing::info!(document = %object, action = %act.name, "money moved");
        Ok(document)
    }
}
