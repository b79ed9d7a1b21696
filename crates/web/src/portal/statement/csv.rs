//! The statement as a file that spreadsheets and programs read.

use std::error::Error;

use super::Statement;
use crate::csv_file::{self, harmless};

const HEADER: [&str; 7] = [
    "Date (UTC)",
    "Entry",
    "Number",
    "Reference",
    "Amount",
    "Balance",
    "Currency",
];

/// Amounts are plain decimals, without signs of currency or thousands. It begins and ends with the balance.
pub(super) fn write(statement: &Statement) -> Result<Vec<u8>, Box<dyn Error + Send + Sync>> {
    let balance = |day: String, words: &str, cents| {
        let words = words.to_owned();
        let empty = String::new;
        [day, words, empty(), empty(), empty(), decimal(cents), usd()]
    };
    let first = statement.days.from.to_string();
    let entries = statement.entries.iter().map(|entry| {
        [
            entry.at.format("%Y-%m-%dT%H:%M:%SZ").to_string(),
            entry.what.to_owned(),
            entry.number.clone().unwrap_or_default(),
            harmless(entry.reference.as_deref().unwrap_or_default()),
            decimal(entry.cents),
            decimal(entry.after),
            usd(),
        ]
    });
    let last = statement.days.to.to_string();
    let head = [
        HEADER.map(str::to_owned),
        balance(first, "Opening balance", statement.opening),
    ];
    let end = [balance(last, "Closing balance", statement.closing)];
    csv_file::rows(head.into_iter().chain(entries).chain(end))
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
    use crate::portal::{entries::EntryRow, statement::days::Days};

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
        let statement = Statement {
            account: "DEP-100001".to_owned(),
            holder: None,
            days: Days {
                from: "2026-03-01".parse().unwrap(),
                to: "2026-03-31".parse().unwrap(),
            },
            opening: 0,
            closing: 123_400,
            reserved: 0,
            money_in: 123_456,
            money_out: 56,
            entries: vec![
                entry(
                    "=HYPERLINK(\"http://evil.example\",\"x\")",
                    123_456,
                    123_456,
                ),
                entry("Wire 7, of \"Ada\"", -5, 123_451),
                entry(" +1; =2;x", -51, 123_400),
            ],
        };
        let file = String::from_utf8(write(&statement).unwrap()).unwrap();
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
