//! The statement as a file that spreadsheets and programs read.

use axum::BoxError;

use super::days::Days;
use crate::{
    csv_file::{self, harmless},
    portal::entries::EntryRow,
};

const HEADER: [&str; 7] = [
    "Date (UTC)",
    "Entry",
    "Number",
    "Reference",
    "Amount",
    "Balance",
    "Currency",
];

/// How it begins: the names of the columns, and the balance. Amounts are plain decimals, without signs of currency or thousands.
pub(super) fn head(days: Days, opening: i64) -> Result<Vec<u8>, BoxError> {
    let opening = balance(days.from.to_string(), "Opening balance", opening);
    csv_file::rows([HEADER.map(str::to_owned), opening])
}

/// Some of its entries.
pub(super) fn lines(entries: &[EntryRow]) -> Result<Vec<u8>, BoxError> {
    csv_file::rows(entries.iter().map(|entry| {
        [
            entry.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            entry.what.to_owned(),
            entry.number.clone().unwrap_or_default(),
            harmless(entry.reference.as_deref().unwrap_or_default()),
            decimal(entry.cents),
            decimal(entry.after),
            usd(),
        ]
    }))
}

/// How it ends: with the balance, so that one that broke off is seen to lack it.
pub(super) fn end(days: Days, closing: i64) -> Result<Vec<u8>, BoxError> {
    csv_file::rows([balance(days.to.to_string(), "Closing balance", closing)])
}

fn balance(day: String, words: &str, cents: i64) -> [String; 7] {
    let (words, empty) = (words.to_owned(), String::new);
    [day, words, empty(), empty(), empty(), decimal(cents), usd()]
}

fn usd() -> String {
    "USD".to_owned()
}

fn decimal(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02}", cents / 100, cents % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_plain_amounts_and_no_formulas() {
        let entry = |reference: &str, cents, after| EntryRow {
            at: "2026-03-04T09:30:00Z".parse().unwrap(),
            what: "Deposit",
            number: Some("100007".to_owned()),
            reference: Some(reference.to_owned()),
            reserved: false,
            cents,
            after,
        };
        let days = Days {
            from: "2026-03-01".parse().unwrap(),
            to: "2026-03-31".parse().unwrap(),
        };
        let entries = [
            entry(
                "=HYPERLINK(\"http://evil.example\",\"x\")",
                123_456,
                123_456,
            ),
            entry("Wire 7, of \"Ada\"", -5, 123_451),
            entry(" +1; =2;x", -51, 123_400),
        ];
        let parts = [head(days, 0), lines(&entries), end(days, 123_400)];
        let file = parts.map(|part| String::from_utf8(part.unwrap()).unwrap());
        let file = file.concat();
        assert_eq!(
            file,
            "Date (UTC),Entry,Number,Reference,Amount,Balance,Currency\n\
             2026-03-01,Opening balance,,,,0.00,USD\n\
             2026-03-04T09:30:00Z,Deposit,100007,\"'=HYPERLINK(\"\"http://evil.example\"\",\"\"x\"\")\",1234.56,1234.56,USD\n\
             2026-03-04T09:30:00Z,Deposit,100007,\"Wire 7, of \"\"Ada\"\"\",-0.05,1234.51,USD\n\
             2026-03-04T09:30:00Z,Deposit,100007,' +1;' =2;x,-0.51,1234.00,USD\n\
             2026-03-31,Closing balance,,,,1234.00,USD\n"
        );
    }

    #[test]
    fn decimals_have_two_places_whatever_the_amount() {
        assert_eq!(decimal(0), "0.00");
        assert_eq!(decimal(-7), "-0.07");
        assert_eq!(decimal(i64::MIN), "-92233720368547758.08");
    }
}
