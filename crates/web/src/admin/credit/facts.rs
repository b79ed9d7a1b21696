//! What whoever decides over a proposal has to know: whose it is, who made it, when, what for, and what is on the account.

use ::credit::CreditFacilityProposal;

use crate::{
    admin::{
        AdminState,
        customers::page::CustomerRecord,
        deposits::facts::{balance_now, moment},
    },
    error_page::PageError,
    format::money,
};

/// For the dialog: labels, and what they say.
///
/// # Errors
/// When the database does not answer.
pub async fn facts(
    state: &AdminState,
    record: &CustomerRecord,
    proposal: &CreditFacilityProposal,
) -> Result<Vec<(&'static str, String)>, PageError> {
    let by = proposal.proposed_by.as_str();
    let names = state.names([by]).await?;
    let or_none = |text: Option<String>| text.unwrap_or_else(|| "none".to_owned());
    let mut facts = vec![
        ("Customer", record.named()),
        ("Proposed by", names.name(by)),
        ("Proposed", moment(proposal.created_at())),
        ("Purpose", or_none(proposal.purpose())),
        ("Note", or_none(proposal.note())),
        ("Amount", money(proposal.amount.cents())),
    ];
    facts.extend(balance_now(state, proposal.customer_id.into()).await);
    Ok(facts)
}
