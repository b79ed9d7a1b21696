//! What an operator asks for: whose money, how much, known by what.

use customer::primitives::CustomerId;

use crate::{
    DepositError, Reference,
    error::{Field, FieldError},
};
use kernel::{Amount, AmountError};

/// A deposit to be recorded, or a withdrawal to be started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMovement {
    /// Whose account.
    pub customer: CustomerId,
    /// How much.
    pub amount: Amount,
    /// Known by what outside; once on the account among the deposits that stand, and among the withdrawals.
    pub reference: Option<Reference>,
}

impl NewMovement {
    /// From a form: US dollars as typed, a reference or nothing.
    ///
    /// # Errors
    /// [`DepositError::Invalid`] with every field that can't be taken.
    pub fn typed(
        customer: CustomerId,
        amount: &str,
        reference: &str,
    ) -> Result<Self, DepositError> {
        Self::checked(customer, amount.parse(), reference)
    }

    /// From a program: whole US cents, a reference or nothing.
    ///
    /// # Errors
    /// As [`NewMovement::typed`].
    pub fn of_cents(
        customer: CustomerId,
        cents: i64,
        reference: &str,
    ) -> Result<Self, DepositError> {
        Self::checked(customer, Amount::from_cents(cents), reference)
    }

    pub(crate) fn checked(
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        reference: &str,
    ) -> Result<Self, DepositError> {
        match (amount, Reference::optional(reference)) {
            (Ok(amount), Ok(reference)) => Ok(Self {
                customer,
                amount,
                reference,
            }),
            (amount, reference) => {
                let mut fields = Vec::new();
                if let Err(error) = amount {
                    fields.push(FieldError::new(Field::Amount, error));
                }
                if let Err(error) = reference {
                    fields.push(FieldError::new(Field::Reference, error));
                }
                Err(DepositError::Invalid(fields))
            }
        }
    }

    pub(crate) fn reference(&self) -> Option<String> {
        self.reference.as_ref().map(|it| it.as_str().to_owned())
    }
}
