//! Looking at accounts, for who may (DEPOSIT_READ).

use std::collections::HashMap;

use access::{Access, AuditAction, AuditObject, ObjectKind, Permission, Subject};
use cala_ledger::account::error::AccountCodeNotFound;
use chrono::{DateTime, Utc};
use es_entity::errlanes::Fail;
use kernel::Error;
use uuid::Uuid;

use crate::{DepositAccount, Ledger, LedgerError, ids};

/// A deposit account, and since when there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountOnRecord {
    /// The account and what is on it.
    pub account: DepositAccount,
    /// When it was opened.
    pub created_at: DateTime<Utc>,
}

impl Ledger {
    /// The account with this id in the ledger. That somebody looked is written down.
    ///
    /// # Errors
    /// When the subject may not, or the ledger or the database does not answer.
    pub async fn read(
        &self,
        subject: &Subject,
        account: Uuid,
    ) -> Result<Option<AccountOnRecord>, Error> {
        let found = self.accounts_on_record(&[account]).await?.remove(&account);
        // Accounts of the bank's own are none of a customer's.
        let Some(found) = found.filter(|found| ids::public_id_in(&found.account.code).is_some())
        else {
            return Ok(None);
        };
        self.may_read(subject, account).await?;
        Ok(Some(found))
    }

    /// Whether the subject may look at this account; that somebody looked is written down.
    async fn may_read(&self, subject: &Subject, account: Uuid) -> Result<(), Error> {
        let object = ObjectKind::DepositAccount.id(account);
        let access = Access::new(self.pool.clone());
        let look = access
            .look(
                subject,
                Permission::DepositRead,
                AuditAction::DepositAccountRead,
                object,
            )
            .await?;
        Ok(look.at([object]).await?)
    }

    /// Whether the subject may look at sums; only a refusal is written down.
    pub(crate) async fn may_list(
        &self,
        subject: &Subject,
        action: AuditAction,
    ) -> Result<(), Error> {
        Ok(Access::new(self.pool.clone())
            .permit(subject, Permission::DepositRead, action, AuditObject::LIST)
            .await?)
    }

    /// The account with this number, for example `DEP-1000023`. As [`Ledger::read`].
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn read_by_code(
        &self,
        subject: &Subject,
        code: &str,
    ) -> Result<Option<AccountOnRecord>, Error> {
        if ids::public_id_in(code).is_none() {
            return Ok(None);
        }
        let account = match self.ledger.accounts().find_by_code(code.to_owned()).await {
            Ok(account) => account,
            Err(Fail::Rejected(AccountCodeNotFound { .. })) => return Ok(None),
            Err(error) => return Err(LedgerError::from(error).into()),
        };
        self.read(subject, account.values().id.into()).await
    }

    /// The accounts of many customers, by customer, in a fixed number of statements. That somebody looked at them is written
    /// down.
    ///
    /// # Errors
    /// As [`Ledger::read`].
    pub async fn read_many(
        &self,
        subject: &Subject,
        customers: &[Uuid],
    ) -> Result<HashMap<Uuid, AccountOnRecord>, Error> {
        let access = Access::new(self.pool.clone());
        let look = access
            .look(
                subject,
                Permission::DepositRead,
                AuditAction::DepositAccountList,
                AuditObject::LIST,
            )
            .await?;
        let wanted: Vec<Uuid> = customers.iter().copied().map(ids::account_id).collect();
        let mut found = self.accounts_on_record(&wanted).await?;
        let accounts: HashMap<Uuid, AccountOnRecord> = customers
            .iter()
            .zip(&wanted)
            .filter_map(|(customer, id)| Some((*customer, found.remove(id)?)))
            .collect();
        look.at(accounts.keys().map(|id| ObjectKind::Customer.id(*id)))
            .await?;
        Ok(accounts)
    }

    /// The numbers of these accounts, for example `DEP-1000023`; only a refusal is written down.
    ///
    /// # Errors
    /// When the subject may not, or the ledger does not answer.
    pub async fn codes_of(
        &self,
        subject: &Subject,
        accounts: &[Uuid],
    ) -> Result<HashMap<Uuid, String>, Error> {
        self.may_list(subject, AuditAction::DepositAccountList)
            .await?;
        if accounts.is_empty() {
            return Ok(HashMap::new());
        }
        let found = sqlx::query!(
            "SELECT id, code FROM cala_accounts WHERE id = ANY($1)",
            accounts
        )
        .fetch_all(&self.pool)
        .await
        .map_err(LedgerError::from)?;
        Ok(found.into_iter().map(|row| (row.id, row.code)).collect())
    }
}
