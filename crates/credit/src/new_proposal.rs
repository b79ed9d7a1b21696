//! What an operator asks for: whose facility, how much, what for.

use customer::primitives::CustomerId;
use kernel::{Amount, AmountError, Error};

use crate::{Note, Purpose, field};

/// A proposal to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewProposal {
    /// The customer who may accept it.
    pub customer: CustomerId,
    /// The facility's amount, in whole US cents.
    pub amount: Amount,
    /// What the money is for; the customer reads it.
    pub purpose: Purpose,
    /// What colleagues should know; never shown to the customer.
    pub note: Option<Note>,
}

impl NewProposal {
    /// From a form: US dollars as typed, a purpose, a note or nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every field that can't be taken.
    pub fn typed(
        customer: CustomerId,
        amount: &str,
        purpose: &str,
        note: &str,
    ) -> Result<Self, Error> {
        Self::checked(customer, amount.parse(), purpose, note)
    }

    /// From a program: whole US cents, a purpose, a note or nothing.
    ///
    /// # Errors
    /// As [`NewProposal::typed`].
    pub fn of_cents(
        customer: CustomerId,
        cents: i64,
        purpose: &str,
        note: &str,
    ) -> Result<Self, Error> {
        Self::checked(customer, Amount::from_cents(cents), purpose, note)
    }

    pub(crate) fn checked(
        customer: CustomerId,
        amount: Result<Amount, AmountError>,
        purpose: &str,
        note: &str,
    ) -> Result<Self, Error> {
        match (amount, purpose.parse::<Purpose>(), Note::optional(note)) {
            (Ok(amount), Ok(purpose), Ok(note)) => Ok(Self {
                customer,
                amount,
                purpose,
                note,
            }),
            (amount, purpose, note) => {
                let mut fields = Vec::new();
                if let Err(error) = amount {
                    fields.push(field::FACILITY_AMOUNT.wrong(error));
                }
                if let Err(error) = purpose {
                    fields.push(field::PURPOSE.wrong(error));
                }
                if let Err(error) = note {
                    fields.push(field::NOTE.wrong(error));
                }
                Err(Error::Invalid(fields))
            }
        }
    }

    pub(crate) fn note(&self) -> Option<String> {
        self.note.as_ref().map(|note| note.as_str().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = |amount: &str, purpose: &str, note: &str| match NewProposal::typed(
            CustomerId::new(),
            amount,
            purpose,
            note,
        ) {
            Err(Error::Invalid(fields)) => fields.iter().map(|f| f.field).collect(),
            _ => Vec::new(),
        };
        assert_eq!(wrong("$12,500.00", "a mill", ""), []);
        assert_eq!(
            wrong("0", "", "\0 x"),
            [field::FACILITY_AMOUNT, field::PURPOSE, field::NOTE]
        );
        for amount in ["", "-1", "12 EUR", "0.001", "99999999999999999999"] {
            assert_eq!(
                wrong(amount, "a mill", ""),
                [field::FACILITY_AMOUNT],
                "{amount}"
            );
        }
        let negative = NewProposal::of_cents(CustomerId::new(), -1, "a mill", "");
        let Err(Error::Invalid(fields)) = negative else {
            unreachable!("{negative:?}");
        };
        assert_eq!(fields[0].message, AmountError::Negative.to_string());
    }
}
