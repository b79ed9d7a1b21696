//! Deposits that are recorded at the same moment share a transaction: one look at all their customers under lock, one posting of
//! all. The rules are those of `moving.rs`: what isn't plainly to be recorded goes that way, one by one, and hears there what is wrong.

use std::collections::{HashMap, HashSet};

use customer::primitives::{CustomerId, PublicId};
use es_entity::{AtomicOperation, DbOp, OpWithTime};
use kernel::Error;
use ledger::{Movement, Posting};
use uuid::Uuid;

use super::Deposits;
use crate::{
    Deposit, NewMovement,
    document::NewDocument,
    primitives::DepositId,
    rules::{self, Action, Facts},
};

/// A deposit that somebody may record, and has asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(super) id: DepositId,
    pub(super) new: NewMovement,
    /// Who, as the audit log names them.
    pub(super) by: String,
}

/// What became of one: recorded, or to be tried by itself.
pub(crate) type Recorded = Option<Deposit>;

impl Deposits {
    /// Records a deposit together with those that wait at the same moment; none: it has to be tried by itself.
    pub(super) async fn record_with_neighbours(&self, asked: Asked) -> Recorded {
        let money = self.clone();
        let all = |all: Vec<Asked>| async move { money.record_all(all).await };
        self.neighbours.do_it(asked, all).await.flatten()
    }

    /// What became of each; nothing at all: each is to be tried by itself.
    async fn record_all(&self, all: Vec<Asked>) -> Result<Vec<Recorded>, Error> {
        let mut op = self.outbox.begin_op().await?;
        let plain = self.plain(&mut op, &all).await?;
        if plain.is_empty() {
            return Ok(Vec::new());
        }
        let mut now = OpWithTime::cached_or_clock_time(&mut op);
        let mut numbers = self
            .draw_public_ids(&mut now, plain.len())
            .await?
            .into_iter();
        let mut documents = Vec::new();
        for asked in &plain {
            documents.push(NewDocument {
                id: asked.id,
                public_id: numbers.next().ok_or(Error::unreadable("public_id_seq"))?,
                customer_id: asked.new.customer,
                account_id: ledger::account_id(asked.new.customer.into()),
                amount: asked.new.amount,
                reference: asked.new.reference(),
                by: asked.by.clone(),
            });
        }
        let made = self
            .deposits
            .create_all_in_op(&mut now, documents)
            .await
            .map_err(|error| Error::store_new(error, rules::OTHER_FORM))?;
        let movements = plain.iter().map(|asked| Movement {
            customer_id: asked.new.customer.into(),
            document: asked.id.into(),
            cents: asked.new.amount.cents(),
        });
        self.ledger
            .post_all_in_op(&mut now, Posting::Deposit, movements)
            .await?;
        op.commit().await?;
        tracing::info!(count = made.len(), "deposits recorded together");
        let mut made: HashMap<DepositId, Deposit> = made
            .into_iter()
            .map(|deposit| (deposit.id, deposit))
            .collect();
        Ok(all.iter().map(|asked| made.remove(&asked.id)).collect())
    }

    /// Those about which nothing is to be said: each on another account, under its customer's row lock.
    async fn plain<'a>(
        &self,
        op: &mut DbOp<'static>,
        all: &'a [Asked],
    ) -> Result<Vec<&'a Asked>, Error> {
        let customers: Vec<Uuid> = all.iter().map(|asked| asked.new.customer.into()).collect();
        let facts = self.lock_all(op, &customers).await?;
        let others = self.in_the_way(op, all).await?;
        let mut accounts = HashSet::new();
        let is_plain = |asked: &&Asked| {
            let may = facts
                .get(&asked.new.customer)
                .map(|facts| rules::may(Action::RecordDeposit, *facts).allowed());
            matches!(may, Some(Ok(true)))
                && !others.contains(&asked.id)
                // An account's deposits are as old as their order says.
                && accounts.insert(asked.new.customer)
        };
        Ok(all.iter().filter(is_plain).collect())
    }

    /// Locks these customers until the transaction ends, in the order of their ids, and looks at the facts of each.
    async fn lock_all(
        &self,
        op: &mut DbOp<'static>,
        customers: &[Uuid],
    ) -> Result<HashMap<CustomerId, Facts>, Error> {
        let rows = sqlx::query!(
            "SELECT id, verification, activity FROM customers WHERE id = ANY($1) ORDER BY id FOR NO KEY UPDATE",
            customers,
        )
        .fetch_all(op.as_executor())
        .await?;
        let accounts = self.ledger.statuses_in_op(op, customers).await?;
        let facts = rows.into_iter().map(|row| {
            let account = accounts.get(&row.id).copied();
            let facts = self.facts_of(account, &row.verification, &row.activity)?;
            Ok((CustomerId::from(row.id), facts))
        });
        facts.collect()
    }

    /// Those that have something in their way: their form was used, or the reference is taken, or was given before references were
    /// compared by their keys.
    async fn in_the_way(
        &self,
        op: &mut DbOp<'static>,
        all: &[Asked],
    ) -> Result<HashSet<DepositId>, Error> {
        let ids: Vec<Uuid> = all.iter().map(|asked| asked.id.into()).collect();
        let account = |asked: &Asked| ledger::account_id(asked.new.customer.into());
        let accounts: Vec<Uuid> = all.iter().map(account).collect();
        let key = |asked: &Asked| {
            asked
                .new
                .reference
                .as_ref()
                .map(|reference| reference.key())
        };
        let keys: Vec<Option<String>> = all.iter().map(key).collect();
        let found = sqlx::query_scalar!(
            r#"SELECT new.id AS "id!" FROM UNNEST($1::uuid[], $2::uuid[], $3::text[]) AS new (id, account, key)
               WHERE EXISTS (SELECT FROM deposits AS d WHERE d.id = new.id AND d.id = ANY($1))
                  OR new.key IS NOT NULL AND (
                     EXISTS (SELECT FROM deposits AS d WHERE d.account_id = new.account AND d.reference IS NOT NULL
                             AND d.reference_key IS NULL)
                     OR EXISTS (SELECT FROM deposits AS d WHERE d.account_id = new.account AND d.reference IS NOT NULL
                                AND d.reference_key = new.key AND d.status = 'confirmed'))"#,
            &ids,
            &accounts,
            &keys as &[Option<String>],
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(found.into_iter().map(DepositId::from).collect())
    }

    async fn draw_public_ids(
        &self,
        op: &mut impl AtomicOperation,
        how_many: usize,
    ) -> Result<Vec<PublicId>, Error> {
        let numbers = sqlx::query_scalar!(
            r#"SELECT nextval('public_id_seq') AS "number!" FROM generate_series(1, $1::bigint)"#,
            i64::try_from(how_many).unwrap_or(i64::MAX),
        )
        .fetch_all(op.as_executor())
        .await?;
        Ok(numbers
            .into_iter()
            .map(|number| PublicId(number.to_string()))
            .collect())
    }
}
