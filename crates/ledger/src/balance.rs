//! What is on an account, in whole US cents.

use cala_ledger::balance::BalanceSnapshot;
use rust_decimal::{Decimal, prelude::ToPrimitive as _};

use crate::LedgerError;

/// What is on an account, in whole US cents, as read inside a transaction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Balance {
    /// Money on the account. Never negative.
    pub settled: i64,
    /// Money on its way (the ledger's pending layer), whichever way.
    pub pending: i64,
    /// Money that is set aside (the ledger's encumbrance layer).
    pub encumbered: i64,
}

impl Balance {
    /// Whether nothing is on the account, on its way or set aside.
    #[must_use]
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// As the ledger stores it, as the account's normal side sees it.
    pub(crate) fn of_snapshot(
        stored: serde_json::Value,
        credit_normal: bool,
    ) -> Result<Self, LedgerError> {
        let stored: BalanceSnapshot = serde_json::from_value(stored)
            .map_err(|error| LedgerError::Ledger(format!("a balance can't be read: {error}")))?;
        let credits = [stored.settled, stored.pending, stored.encumbrance]
            .map(|amount| amount.cr_balance - amount.dr_balance);
        Self::read(credits, credit_normal)
    }

    /// Settled, pending and encumbered in US dollars, credits less debits, as the account's normal side sees them.
    pub(crate) fn read(credits: [Decimal; 3], credit_normal: bool) -> Result<Self, LedgerError> {
        let [settled, pending, encumbered] =
            credits.map(|credit| cents(if credit_normal { credit } else { -credit }));
        Ok(Self {
            settled: settled?,
            pending: pending?,
            encumbered: encumbered?,
        })
    }
}

/// The ledger counts dollars; we count whole cents and refuse to round.
pub(crate) fn cents(dollars: Decimal) -> Result<i64, LedgerError> {
    dollars
        .checked_mul(Decimal::ONE_HUNDRED)
        .filter(Decimal::is_integer)
        .and_then(|cents| cents.to_i64())
        .ok_or_else(|| {
            LedgerError::Ledger(
                "a balance is not a whole number of cents within 64 bits".to_owned(),
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cents_are_exact_or_refused() {
        for (dollars, expected) in [
            ("0", Some(0)),
            ("10", Some(1000)),
            ("0.01", Some(1)),
            ("10.10", Some(1010)),
            ("-0.01", Some(-1)),
            ("92233720368547758.07", Some(i64::MAX)),
            ("92233720368547758.08", None),
            ("0.001", None),
            ("79228162514264337593543950335", None),
        ] {
            let dollars: Decimal = dollars.parse().unwrap();
            assert_eq!(cents(dollars).ok(), expected, "{dollars}");
        }
    }
}
