//! Ids and codes in the ledger, all derived: the same input gives the same id on every machine and
//! at every start. Changing anything here orphans what stands in the ledgers of running banks; the
//! tests pin the values.

use cala_ledger::{
    AccountId, AccountSetId, JournalId, TxTemplateId, VelocityControlId, VelocityLimitId,
};
use sha1::{Digest as _, Sha1};
use uuid::{Builder, Uuid, uuid};

use crate::{AccountCategory, posting::Posting};

/// Namespace of the deposit accounts: the name is the 16 bytes of the customer's UUID.
const ACCOUNTS: Uuid = uuid!("5f0a3c1e-7d4b-4a86-9f0e-0d5b6f1c2a31");
/// Namespace of the ledger's transactions: the name is the posting's code, `/` and the 16 bytes of the document's UUID.
const TRANSACTIONS: Uuid = uuid!("b7d1f0c4-52a9-4e1b-8a6d-93c07e5f4d18");
/// Namespace of everything else that stands in the ledger, by name.
const CHART: Uuid = uuid!("8c2d7b94-1e6f-4f53-b1a7-64e0c9d35b72");

/// The ledger account of a customer: UUID v5 (RFC 9562) of the customer's UUID under a constant
/// namespace of ours. A customer has exactly one deposit account.
#[must_use]
pub fn account_id(customer_id: Uuid) -> Uuid {
    v5(ACCOUNTS, customer_id.as_bytes())
}

/// The account number that people see: `DEP-` and the customer's public id, for example `DEP-1000023`.
#[must_use]
pub fn account_code(public_id: &str) -> String {
    format!("DEP-{public_id}")
}

/// The customer's public id in an account number; none when it is no number of ours.
#[must_use]
pub fn public_id_in(code: &str) -> Option<&str> {
    code.strip_prefix("DEP-")
        .filter(|id| (1..=18).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_digit()))
}

pub(crate) fn ledger_account(customer_id: Uuid) -> AccountId {
    AccountId::from(account_id(customer_id))
}

pub(crate) fn journal() -> JournalId {
    JournalId::from(v5(CHART, b"journal/usher"))
}

pub(crate) fn deposits_set() -> AccountSetId {
    AccountSetId::from(v5(CHART, b"account-set/deposits"))
}

pub(crate) fn category_set(category: AccountCategory) -> AccountSetId {
    let name = format!("account-set/deposits/{}", category.key());
    AccountSetId::from(v5(CHART, name.as_bytes()))
}

pub(crate) fn omnibus() -> AccountId {
    AccountId::from(v5(CHART, b"account/omnibus/usd"))
}

pub(crate) fn overdraft_limit() -> VelocityLimitId {
    VelocityLimitId::from(v5(CHART, b"velocity-limit/overdraft"))
}

pub(crate) fn overdraft_control() -> VelocityControlId {
    VelocityControlId::from(v5(CHART, b"velocity-control/overdraft"))
}

pub(crate) fn template(posting: Posting) -> TxTemplateId {
    let name = format!("tx-template/{}", posting.code());
    TxTemplateId::from(v5(CHART, name.as_bytes()))
}

/// One posting for one document is one transaction, so that nothing is posted twice.
pub(crate) fn transaction(posting: Posting, document: Uuid) -> Uuid {
    let name = [posting.code().as_bytes(), b"/", document.as_bytes()].concat();
    v5(TRANSACTIONS, &name)
}

/// `uuid`'s own `v5` feature would bring a second SHA-1 into the tree.
fn v5(namespace: Uuid, name: &[u8]) -> Uuid {
    let digest = Sha1::new()
        .chain_update(namespace.as_bytes())
        .chain_update(name)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_sha1_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn v5_is_the_one_of_the_rfc() {
        // RFC 9562, appendix A.4: www.example.com in the DNS namespace.
        let dns = uuid!("6ba7b810-9dad-11d1-80b4-00c04fd430c8");
        assert_eq!(
            v5(dns, b"www.example.com"),
            uuid!("2ed6657d-e927-568b-95e1-2665a8aea6a2")
        );
    }

    /// If this fails, accounts that exist would no longer be found.
    #[test]
    fn ids_never_change() {
        let customer = uuid!("01900000-0000-7000-8000-000000000001");
        let pinned = [
            account_id(customer),
            journal().into(),
            deposits_set().into(),
            category_set(AccountCategory::NonDomiciledCompany).into(),
            omnibus().into(),
            overdraft_limit().into(),
            overdraft_control().into(),
            template(Posting::WithdrawalReserve).into(),
            transaction(Posting::Deposit, customer),
        ];
        let values = [
            uuid!("42d9b996-7c69-51fe-b72c-47d0834e4ea2"),
            uuid!("e9f64d79-3969-5483-85b7-6e737bb6898e"),
            uuid!("27ec0253-b479-5518-996d-c80b083115f0"),
            uuid!("b32af438-136e-5b81-bd9c-5966deb043c6"),
            uuid!("330ab308-c1d0-5c88-bd59-ec6ab9cfc340"),
            uuid!("7f25a633-2f0e-50c1-ac8c-78819dd151f3"),
            uuid!("49b8dfd9-a07f-54bb-8407-9dc0f93b73d8"),
            uuid!("45929298-7515-5e80-884d-be175b014e01"),
            uuid!("d0a68975-518a-5556-bfd9-08deeaf77396"),
        ];
        assert_eq!(pinned, values);
        assert_eq!(account_code("1000023"), "DEP-1000023");
        assert_eq!(public_id_in("DEP-1000023"), Some("1000023"));
        for no in ["1000023", "DEP-", "DEP-x", "OMNIBUS-USD"] {
            assert_eq!(public_id_in(no), None, "{no}");
        }
    }

    #[test]
    fn ids_are_distinct() {
        let customer = uuid!("01900000-0000-7000-8000-000000000001");
        let mut ids = HashSet::from([
            account_id(customer),
            journal().into(),
            deposits_set().into(),
            omnibus().into(),
            overdraft_limit().into(),
            overdraft_control().into(),
        ]);
        ids.extend(AccountCategory::ALL.map(|c| Uuid::from(category_set(c))));
        ids.extend(Posting::ALL.map(|p| Uuid::from(template(p))));
        ids.extend(Posting::ALL.map(|p| transaction(p, customer)));
        assert_eq!(ids.len(), 25);
    }
}
