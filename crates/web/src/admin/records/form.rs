//! The form above the lists of prospects and customers.

use customer::{
    kyc::reject_labels,
    list::{Attention, Snoozed},
    primitives::{CustomerType, Stage},
};

use super::{in_stage::InStage, query::Asked};
use crate::{
    admin::{AdminState, words},
    error_page::PageError,
    format::Choice,
    layout::Viewer,
    list::{Empty, Field, Filter, Filters, Search, wrong_days},
};

/// The form above a list whose states are filtered by `states`; behind the days is what the list has of its `own`.
pub fn filters<S>(
    path: &'static str,
    asked: &Asked<S, CustomerType>,
    states: Filter,
    own: impl IntoIterator<Item = Filter>,
) -> Filters {
    let types = words::types(&asked.type_name);
    let types = Filter::new(
        "type",
        "Customer type",
        asked.customer_type.is_none(),
        types,
    );
    let days = asked.days.fields([
        ("created_from", "Created from"),
        ("created_to", "Created to"),
    ]);
    Filters {
        path,
        search: Search {
            name: "q",
            label: "Search by email or public ID",
            longest: 254,
            value: asked.search.clone(),
        },
        fields: [states, types].map(Field::from).into(),
        more: days
            .into_iter()
            .chain(own.into_iter().map(Field::from))
            .collect(),
        sort: asked.sort(),
        live: true,
    }
}

/// What a list of nothing says: that a day is wrong, or as the address has it.
pub fn nothing<S, T>(asked: &Asked<S, T>, nothing_yet: Empty) -> Empty {
    if asked.days.are_wrong() {
        return wrong_days(asked.address.path());
    }
    asked.address.empty(asked.is_first(), nothing_yet)
}

/// What only prospects are filtered by.
pub fn of_prospects(asked: &Asked<Stage, CustomerType>, reasons: &[String]) -> [Filter; 4] {
    let in_stage = InStage::ALL.map(|days| {
        let chosen = asked.in_stage == Some(days);
        Choice::new(days.name(), days.words(), chosen)
    });
    // One that nobody has by now is still what is asked for.
    let chosen =
        Some(&asked.reason).filter(|reason| !reason.is_empty() && !reasons.contains(reason));
    let mut reasons: Vec<_> = reasons
        .iter()
        .chain(chosen)
        .map(|label| (reject_labels::words(label), label))
        .collect();
    reasons.sort();
    let reasons = reasons.into_iter().map(|(words, label)| {
        let choice = Choice::new(label, words, asked.reason == *label);
        match reject_labels::sentence(label) {
            Some(sentence) => choice.hover(sentence.to_owned()),
            None => choice,
        }
    });
    let attention = Attention::ALL.iter().map(|attention| {
        Choice::new(
            attention.name(),
            words::attention(*attention),
            asked.attention == Some(*attention),
        )
    });
    let snoozed = Snoozed::ALL.map(|snoozed| {
        let words = match snoozed {
            Snoozed::Only => "Only snoozed",
            Snoozed::LeftOut => "Without snoozed",
        };
        Choice::new(snoozed.name(), words, asked.snoozed == Some(snoozed))
    });
    [
        Filter::new(
            "in_stage",
            "In its stage for",
            asked.in_stage.is_none(),
            in_stage,
        ),
        Filter::new("reason", "Reason", asked.reason.is_empty(), reasons),
        Filter::new(
            "attention",
            "Waits for a person",
            asked.attention.is_none(),
            attention,
        ),
        Filter::new("snoozed", "Snoozed", asked.snoozed.is_none(), snoozed),
    ]
}

/// The stages to choose from, each with how many prospects stand there.
///
/// # Errors
/// When the viewer may not see prospects, or the database does not answer.
pub async fn stages(
    state: &AdminState,
    viewer: &Viewer,
    chosen: Option<Stage>,
) -> Result<Filter, PageError> {
    let counts = state.onboarding.stage_counts(&viewer.subject).await?;
    let all: i64 = counts.values().sum();
    let mut choices = vec![Choice::new("", format!("All ({all})"), chosen.is_none())];
    choices.extend(Stage::ALL.iter().map(|stage| {
        let count = counts.get(stage).copied().unwrap_or_default();
        let words = format!("{} ({count})", stage.label());
        Choice::new(stage.name(), words, chosen == Some(*stage))
    }));
    Ok(Filter {
        name: "stage",
        label: "Stage",
        choices,
    })
}
