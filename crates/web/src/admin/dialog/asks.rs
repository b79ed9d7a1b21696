//! What dialogs ask for, field by field.

use super::{Field, Kind};
use crate::{
    admin::{operation::Sent, words},
    format::Choice,
};

/// What a dialog asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Nothing,
    Reason,
    Email,
    Telegram,
    CustomerType,
    /// Which operator sees to it, or nobody; who there is, the operation knows.
    Colleague,
    /// A note about a record.
    RecordNote,
    /// Until when a record is snoozed.
    Snooze,
    /// What a deposit or withdrawal begins with.
    Movement,
    /// What a credit proposal begins with.
    Proposal,
    /// A reason that may be left out.
    Why,
}

impl Asks {
    /// The fields, with what was typed.
    pub fn fields(self, sent: &Sent) -> Vec<Field> {
        let field =
            |name, label, kind, value: &str| Field::new(name, label, kind, value.to_owned());
        let value = |label, kind| vec![field("value", label, kind, &sent.value)];
        let amount = || {
            field("amount", "Amount", Kind::Dollars, &sent.amount)
                .hint("In US dollars, for example 1250.00.")
        };
        match self {
            Self::Nothing => Vec::new(),
            Self::Reason => value("Reason", Kind::Reason),
            Self::Email => value("Email", Kind::Email),
            Self::Telegram => value("Telegram ID", Kind::Text),
            Self::CustomerType => value(
                "Customer type",
                Kind::Choice(words::types(&sent.value).collect()),
            ),
            Self::Colleague => value("Assigned to", Kind::Choice(Vec::new())),
            Self::Snooze => {
                let choice = |value, words| Choice::new(value, words, sent.value == value);
                let choices = vec![
                    choice("1", "Tomorrow"),
                    choice("3", "In 3 days"),
                    choice("7", "In a week"),
                    choice("date", "On the date below"),
                ];
                vec![
                    field("value", "Until", Kind::Choice(choices), &sent.value),
                    field("date", "Date", Kind::Date, &sent.date)
                        .hint("Days begin at midnight, UTC."),
                ]
            }
            Self::RecordNote => value("Add a note", Kind::Reason),
            Self::Movement => vec![
                amount(),
                field("reference", "Reference", Kind::Text, &sent.reference)
                    .hint("Optional: what it is known by outside, such as a wire's number. Once for each account, while what has it stands."),
            ],
            Self::Proposal => vec![
                amount(),
                field("purpose", "Purpose", Kind::Line, &sent.purpose)
                    .hint("The customer reads it."),
                field("note", "Note", Kind::Note, &sent.note)
                    .hint("Optional, for colleagues; the customer never sees it."),
            ],
            Self::Why => vec![
                field("reason", "Reason", Kind::Note, &sent.reason)
                    .hint("Optional, for colleagues."),
            ],
        }
    }
}
