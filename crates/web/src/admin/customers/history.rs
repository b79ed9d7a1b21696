//! One history of a customer, in one order of time: what happened to the prospect, to the customer, and to the money.

use ::credit::{CreditFacilityProposal, timeline};
use ::customer::history::{customer_history, prospect_history};
use ::deposit::DocumentKind;
use access::Permission;
use kernel::HistoryEntry;

use super::{record::CustomerRecord, tab::Tab};
use crate::{
    admin::{AdminState, history::History},
    error_page::PageError,
    format::money,
    layout::Viewer,
};

/// Lines at a glance.
const NEWEST: usize = 10;
/// The newest deposits, withdrawals and proposals whose history is told; older ones stand in the lists.
const TOLD: usize = 200;

/// The newest lines, with a link to all.
///
/// # Errors
/// When the database does not answer.
pub async fn newest(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
) -> Result<History, PageError> {
    let (entries, _) = entries(state, viewer, record, NEWEST).await?;
    let (path, number) = (record.own_path(), &record.customer.public_id);
    let more = vec![
        (Tab::History.path(&path), "All history".to_owned()),
        (
            format!("/prospects/{number}"),
            "See the prospect's history".to_owned(),
        ),
    ];
    Ok(History::of(state, entries)
        .await?
        .newest(NEWEST)
        .leading_to(more))
}

/// All of it.
///
/// # Errors
/// When the database does not answer.
pub async fn whole(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
) -> Result<History, PageError> {
    let number = &record.customer.public_id;
    let (entries, more_money) = entries(state, viewer, record, TOLD).await?;
    let mut more = vec![(
        format!("/prospects/{number}"),
        "See the prospect's history".to_owned(),
    )];
    if more_money {
        more.extend([
            (format!("/deposits?q={number}"), "Older deposits".to_owned()),
            (
                format!("/withdrawals?q={number}"),
                "Older withdrawals".to_owned(),
            ),
        ]);
    }
    Ok(History::of(state, entries).await?.leading_to(more))
}

/// Everything, the oldest first, of the newest so many documents; whether there may be older ones.
async fn entries(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
    documents: usize,
) -> Result<(Vec<HistoryEntry>, bool), PageError> {
    let (who, customer) = (&viewer.subject, record.customer.id);
    let mut entries = prospect_history(&record.prospect);
    entries.extend(customer_history(&record.customer, Some(&record.prospect)));
    let mut more = false;
    if viewer.may(Permission::DepositRead) {
        let told = match record.read.documents.get() {
            Some(told) => told.clone(),
            None => state.money.histories_of(who, customer, documents).await?,
        };
        more = told.len() >= documents;
        for told in told {
            let kind = match told.kind {
                DocumentKind::Deposit => "Deposit",
                DocumentKind::Withdrawal => "Withdrawal",
            };
            let about = format!(
                "{kind} {} of {}",
                told.public_id,
                money(told.amount.cents())
            );
            entries.extend(told.history.into_iter().map(|entry| said_of(&about, entry)));
        }
    }
    entries.extend(match record.read.proposals.get() {
        Some(told) => told.clone(),
        None => {
            let rows = state.credit.proposals_of(who, customer, None, documents);
            let ids: Vec<_> = rows.await?.rows.iter().map(|row| row.id).collect();
            of_proposals(state.credit.proposals(who, &ids).await?.values())
        }
    });
    entries.sort_by_key(|entry| entry.at);
    Ok((entries, more))
}

/// What happened to these proposals.
pub fn of_proposals<'a>(
    proposals: impl IntoIterator<Item = &'a CreditFacilityProposal>,
) -> Vec<HistoryEntry> {
    let proposals = proposals.into_iter().flat_map(|proposal| {
        let about = format!("Credit proposal of {}", money(proposal.amount.cents()));
        let words = timeline(proposal).into_iter().map(|entry| entry.words);
        words.map(move |entry| said_of(&about, entry))
    });
    proposals.collect()
}

fn said_of(about: &str, entry: HistoryEntry) -> HistoryEntry {
    HistoryEntry {
        what: format!("{about}: {}", entry.what),
        ..entry
    }
}
