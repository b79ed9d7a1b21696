//! What is wrong with the rows of a file, before anything is created.

use std::collections::HashMap;

use kernel::Error;

use super::file::{FileRow, squeezed};
use crate::{
    field,
    input::{CheckedInput, ProspectInput, parse},
    primitives::CustomerType,
};

/// Beside each such row: which types there are is said where the file is uploaded.
const UNKNOWN_TYPE: &str = "Unknown customer type.";

/// What a row says: who could be created, or why nobody can.
pub(crate) type Verdict = Result<CheckedInput, String>;

/// Checks rows, each by itself and against those above it. Two rows that could be created have neither e-mail nor handle in common.
pub(crate) fn check(rows: &[FileRow]) -> Vec<Verdict> {
    let (mut emails, mut handles) = (HashMap::new(), HashMap::new());
    rows.iter()
        .map(|row| {
            let checked = one(&input_of(row))?;
            let email = checked.email.key();
            if let Some(line) = emails.get(&email) {
                return Err(format!("The same e-mail address stands in line {line}."));
            }
            let handle = checked.telegram_handle.as_ref().map(|handle| handle.key());
            if let Some(handle) = handle {
                if let Some(line) = handles.get(&handle) {
                    return Err(format!("The same Telegram ID stands in line {line}."));
                }
                handles.insert(handle, row.line);
            }
            emails.insert(email, row.line);
            Ok(checked)
        })
        .collect()
}

/// What a row would be if somebody had typed it.
fn input_of(row: &FileRow) -> ProspectInput {
    ProspectInput {
        email: row.email.clone(),
        telegram_handle: row.telegram_handle.clone(),
        customer_type: row.customer_type.clone(),
    }
}

/// Checks what a row says by itself. Its customer type is what people read or what programs call it.
pub(crate) fn one(input: &ProspectInput) -> Verdict {
    let known = customer_type(&input.customer_type).map(CustomerType::name);
    let input = ProspectInput {
        customer_type: known.unwrap_or_default().to_owned(),
        ..input.clone()
    };
    parse(&input).map_err(|error| match error {
        Error::Invalid(wrong) => {
            let words = wrong.into_iter().map(|wrong| match wrong.field {
                field::CUSTOMER_TYPE => UNKNOWN_TYPE.to_owned(),
                _ => wrong.message,
            });
            words.collect::<Vec<_>>().join(" ")
        }
        error => error.to_string(),
    })
}

fn customer_type(text: &str) -> Option<CustomerType> {
    let typed = squeezed(text);
    let mut all = CustomerType::ALL.iter().copied();
    all.find(|of| squeezed(of.name()) == typed || squeezed(of.label()) == typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(line: i32, email: &str, telegram_handle: &str, customer_type: &str) -> FileRow {
        FileRow {
            line,
            email: email.to_owned(),
            telegram_handle: telegram_handle.to_owned(),
            customer_type: customer_type.to_owned(),
        }
    }

    #[test]
    fn each_row_says_what_is_wrong_with_it() {
        let rows = [
            row(2, "anna@example.com", "@annas_name", "Individual"),
            row(3, "ANNA@example.com", "", "Bank"),
            row(4, "no address", "!", "person"),
            row(5, "berta@example.com", "t.me/Annas_Name", "private_company"),
            row(6, "berta@example.com", "", "NON DOMICILED company"),
            row(7, "", "", "Bank"),
        ];
        let verdicts = check(&rows);
        let wrong = |place: usize| verdicts[place].as_ref().err().unwrap().as_str();
        assert_eq!(
            verdicts[0].as_ref().unwrap().customer_type,
            CustomerType::Individual
        );
        assert_eq!(wrong(1), "The same e-mail address stands in line 2.");
        for part in [
            "not an e-mail address",
            "not a Telegram handle",
            "Unknown customer type",
        ] {
            assert!(wrong(2).contains(part), "{}", wrong(2));
        }
        assert_eq!(wrong(3), "The same Telegram ID stands in line 2.");
        // The row above it is created by nobody, so this one is no repeat of it.
        assert_eq!(
            verdicts[4].as_ref().unwrap().customer_type,
            CustomerType::NonDomiciledCompany
        );
        assert_eq!(wrong(5), "Enter the e-mail address.");
    }

    #[test]
    fn every_customer_type_is_known_by_both_of_its_names() {
        for of in CustomerType::ALL {
            assert_eq!(customer_type(of.name()), Some(*of));
            assert_eq!(customer_type(of.label()), Some(*of));
            assert_eq!(customer_type(&of.name().to_uppercase()), Some(*of));
        }
        assert_eq!(customer_type(""), None);
    }
}
