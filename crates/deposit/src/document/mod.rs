//! What deposits and withdrawals have in common: each is a document that says who moved how much money of whom.
//!
//! [`document!`](declare) declares one: its events, how it stands after each, and its repository. What is done to documents is
//! written once, over [`Document`] and [`Stored`].

mod declare;
mod kind;

use std::{collections::HashMap, fmt, hash::Hash, str::FromStr};

use chrono::{DateTime, Utc};
use customer::primitives::{CustomerId, PublicId};
use es_entity::AtomicOperation;
use kernel::{Amount, Error};
use uuid::Uuid;

pub(crate) use declare::{document, prelude};
pub use kind::DocumentKind;

use crate::{Deposits, lists::Row, reference};

/// A deposit or a withdrawal.
pub trait Document: Send + Sync + Sized + 'static {
    /// Its id's type.
    type Id: From<Uuid> + Into<Uuid> + fmt::Display + Copy + Eq + Hash + Send + Sync;
    /// Where it can stand.
    type Status: FromStr + Into<&'static str> + Ord + Copy + Send + Sync;
    /// Which of the two it is.
    const KIND: DocumentKind;

    /// As it stands in a list.
    #[must_use]
    fn row(&self) -> Row<Self::Id, Self::Status>;

    /// Who recorded or started it, as the audit log names subjects, and when.
    #[must_use]
    fn maker(&self) -> (&str, DateTime<Utc>);
}

/// A document as its repository keeps it.
pub(crate) trait Stored: Document {
    fn find(
        of: &Deposits,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send {
        async move {
            let mut reading = of.pool.reading().await?;
            let found = Self::find_in_op(of, &mut reading, id).await;
            reading.end(found).await
        }
    }

    fn find_in_op(
        of: &Deposits,
        op: &mut impl AtomicOperation,
        id: Self::Id,
    ) -> impl Future<Output = Result<Option<Self>, Error>> + Send;

    fn find_all(
        of: &Deposits,
        ids: &[Self::Id],
    ) -> impl Future<Output = Result<HashMap<Self::Id, Self>, Error>> + Send;

    fn create_in_op(
        of: &Deposits,
        op: &mut impl AtomicOperation,
        new: NewDocument<Self::Id>,
    ) -> impl Future<Output = Result<Self, Error>> + Send;

    fn update_in_op(
        &mut self,
        of: &Deposits,
        op: &mut impl AtomicOperation,
    ) -> impl Future<Output = Result<(), Error>> + Send;
}

/// A deposit to be recorded, or a withdrawal to be started.
#[derive(Debug)]
pub struct NewDocument<Id> {
    pub(crate) id: Id,
    pub(crate) public_id: PublicId,
    pub(crate) customer_id: CustomerId,
    pub(crate) account_id: Uuid,
    pub(crate) amount: Amount,
    pub(crate) reference: Option<String>,
    pub(crate) by: String,
}

impl<Id> NewDocument<Id> {
    pub(crate) fn reference_key(&self) -> Option<String> {
        self.reference.as_deref().map(reference::key)
    }
}
