//! What an operator asks for: whose money, how much, known by what.

use customer::primitives::CustomerId;
use kernel::{Amount, AmountError, Error};

use crate::{Reference, field};

/// A deposit to be recorded, or a withdrawal to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMovement {
    /// The customer on whose account it is.
    pub customer: CustomerId,
    /// The amount, in whole US cents.
    pub amount: Amount,
    /// Known by what outside; once on the account among the deposits that stand, and among the withdrawals.
    pub reference: Option<Reference>,
}

impl NewMovement {
    /// From a form: US dollars as typed, a reference or nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field that can't be taken.
    pub fn typed(customer: CustomerId, amount: &str, reference: &str) -> Result<Self, Error> {
        Self::checked(customer, amount.parse(), reference)
    }

    /// From a program: whole US cents, a reference or nothing.
    ///
    /// # Errors
    /// As [`NewMovement::typed`].
    pub fn of_cents(customer: CustomerId, cents: i64, reference: &str) -> Result<Self, Error> {
        Self::checked(customer, Amount::from_cents(cents), reference)
    }

    pub(crate) fn checked(
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        reference: &str,
    ) -> Result<Self, Error> {
        match (amount, Reference::optional(reference)) {
            (Ok(amount), Ok(reference)) => Ok(Self {
                customer,
                amount,
                reference,
            }),
            (amount, reference) => {
                let mut fields = Vec::new();
                if let Err(error) = amount {
                    fields.push(field::AMOUNT.wrong(error));
                }
                if let Err(error) = reference {
                    fields.push(field::REFERENCE.wrong(error));
                }
                Err(Error::Invalid(fields))
            }
        }
    }

    pub(crate) fn reference(&self) -> Option<String> {
        self.reference.as_ref().map(|it| it.as_str().to_owned())
    }
}
