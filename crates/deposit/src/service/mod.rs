//! The domain service that every door calls: panel, GraphQL, programs.

mod documents;
mod erase;
mod facts;
mod finding;
mod histories;
mod listing;
mod moving;
mod next;
mod offering;
mod read;
mod recording;
mod references;
mod together;
mod withdrawing;

use std::{sync::Arc, time::Duration};

use access::Access;
use customer::primitives::{CustomerId, PublicId};
use es_entity::AtomicOperation;
use kernel::{Amount, Database, Error, Together};
use ledger::{Ledger, LedgerError, Movement, Posting, PostingError};
use outbox::Outbox;
use sqlx::PgPool;
use uuid::Uuid;

pub use documents::{DocumentId, DocumentSummary};
pub use finding::FoundDocument;
pub use histories::Told;
pub use references::SameReference;
use together::{Asked, Recorded};

use crate::{deposits::DepositRepo, rules, withdrawals::WithdrawalRepo};

/// The bank's settings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Settings {
    /// Money moves also before a customer is verified (`deposit.allow_unverified`).
    pub allow_unverified: bool,
    /// Who recorded or started something may confirm and revert it, too (`deposit.confirm_own`).
    pub confirm_own: bool,
    /// A deposit of more than this is asked for twice where people record it (`deposit.ask_above`); none: never.
    pub ask_above: Option<Amount>,
}

/// A deposit takes the ledger some ten milliseconds, and twice as many hardly more.
const GATHERS_FOR: Duration = Duration::from_millis(2);

/// The domain service. Checks permissions, keeps the rules, writes events, posts to the ledger. Cheap to clone.
#[derive(Clone)]
pub struct Deposits {
    pub(crate) pool: Database,
    access: Access,
    pub(crate) outbox: Outbox,
    ledger: Ledger,
    pub(crate) deposits: DepositRepo,
    pub(crate) withdrawals: WithdrawalRepo,
    settings: Settings,
    neighbours: Arc<Together<Asked, Recorded>>,
}

impl Deposits {
    /// Wires the service. `outbox` is the one that everything publishes to.
    #[must_use]
    pub fn new(
        pool: impl Into<Database>,
        outbox: Outbox,
        access: Access,
        ledger: Ledger,
        settings: Settings,
    ) -> Self {
        let pool = pool.into();
        Self {
            deposits: DepositRepo::new(PgPool::clone(&pool), outbox.clone()),
            withdrawals: WithdrawalRepo::new(PgPool::clone(&pool), outbox.clone()),
            pool,
            access,
            outbox,
            ledger,
            settings,
            neighbours: Arc::new(Together::gathering_for(GATHERS_FOR)),
        }
    }

    /// Whose account this is, by its id in the ledger; none when it is no customer's. Shows nothing of it.
    ///
    /// # Errors
    /// When the ledger or the database does not answer.
    pub async fn customer_of(&self, account: Uuid) -> Result<Option<CustomerId>, Error> {
        let Some(public_id) = self.ledger.owner_public_id(account).await? else {
            return Ok(None);
        };
        let id = sqlx::query_scalar!("SELECT id FROM customers WHERE public_id = $1", public_id)
            .fetch_optional(&self.pool)
            .await?;
        Ok(id.map(CustomerId::from))
    }

    /// The next of the short numbers that everything shares.
    async fn draw_public_id(&self, op: &mut impl AtomicOperation) -> Result<PublicId, Error> {
        let number = sqlx::query_scalar!(r#"SELECT nextval('public_id_seq') AS "number!""#)
            .fetch_one(op.as_executor())
            .await?;
        Ok(PublicId(number.to_string()))
    }

    async fn post(
        &self,
        op: &mut impl AtomicOperation,
        posting: Posting,
        (customer, document, amount): (CustomerId, Uuid, Amount),
    ) -> Result<(), Error> {
        let movement = Movement {
            customer_id: customer.into(),
            document,
            cents: amount.cents(),
        };
        self.ledger
            .post_in_op(op, posting, movement)
            .await
            .map_err(not_posted)?;
        Ok(())
    }
}

/// Why the ledger did not post, for whoever asked.
fn not_posted(error: PostingError) -> Error {
    match error {
        PostingError::Overdraft { short } => Error::NotEnough { short },
        PostingError::Locked => Error::refused(rules::CLOSED),
        PostingError::NoAccount => Error::refused(rules::NO_ACCOUNT),
        // Under the row lock the entity says what was posted: they can't differ.
        PostingError::Posted => LedgerError::Conflict(
            "the ledger has posted what the record says was not done; run `usher doctor`"
                .to_owned(),
        )
        .into(),
        PostingError::Ledger(error) => error.into(),
    }
}
