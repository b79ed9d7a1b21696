//! What is offered once something was decided: the next one that waits for whoever decided, with all that has to be known of it.

use ::credit::CreditFacilityProposal;
use ::deposit::Withdrawal;
use askama::{Template, filters::HtmlSafe};
use uuid::Uuid;

use super::{
    AdminState,
    credit::{self, operations::CreditOperation},
    customers::page::CustomerRecord,
    deposits::{self, document::Document, operations::MoneyOperation},
    dialog::Said,
    operation::{Beside, Done, Operation as _},
};
use crate::{error_page::PageError, format::money, layout::Viewer};

/// The next one.
#[derive(Debug, Template)]
#[template(path = "admin/next_one.html")]
pub struct NextOne {
    facts: Vec<(&'static str, String)>,
    /// Where it is decided.
    address: String,
    /// All is said already: its button does it. Else it opens the dialog.
    at_once: bool,
    words: String,
    /// What is read out once it is done.
    done: &'static str,
    /// The list on which it is decided; nothing on a customer's page.
    from: String,
}

impl HtmlSafe for NextOne {}

/// Adds the next one to what the page says, when what was done is one of many that wait. `from` is the list on which it was done.
pub async fn offer(
    state: &AdminState,
    viewer: &Viewer,
    done: &Done,
    from: &str,
    beside: &mut Beside,
) {
    let is = |slug: &str| done.is(slug);
    let next = if is(MoneyOperation::ConfirmWithdrawal.words().slug) {
        next_withdrawal(state, viewer, from).await
    } else if is(CreditOperation::Approve.words().slug) || is(CreditOperation::Deny.words().slug) {
        next_proposal(state, viewer, from).await
    } else {
        return;
    };
    match (next, &mut beside.said) {
        (Ok(Some(next)), Some(about)) => {
            if let Said::Done(words) = about.said {
                about.said = Said::Then(words, Box::new(next));
            }
        }
        (Ok(_), _) => {}
        // What was done is said all the same.
        (Err(error), _) => {
            tracing::error!(?error, "the next one that waits could not be looked for")
        }
    }
}

async fn next_withdrawal(
    state: &AdminState,
    viewer: &Viewer,
    from: &str,
) -> Result<Option<NextOne>, PageError> {
    let Some(next) = state.money.next_to_confirm(&viewer.subject).await? else {
        return Ok(None);
    };
    withdrawal(state, viewer, next, from).await.map(Some)
}

async fn withdrawal(
    state: &AdminState,
    viewer: &Viewer,
    next: Withdrawal,
    from: &str,
) -> Result<NextOne, PageError> {
    let record = record(state, viewer, next.customer_id.into()).await?;
    let document = Document::Withdrawal(Box::new(next));
    let operation = MoneyOperation::ConfirmWithdrawal;
    let (amount, called) = (money(document.cents()), record.called());
    Ok(NextOne {
        facts: deposits::facts::facts(state, operation, &record, &document).await?,
        address: operation.address(&record.own_path(), &document.number()),
        at_once: true,
        words: format!("Confirm the next: {amount} for {called}"),
        done: operation.words().done,
        from: from.to_owned(),
    })
}

async fn next_proposal(
    state: &AdminState,
    viewer: &Viewer,
    from: &str,
) -> Result<Option<NextOne>, PageError> {
    let Some(next) = state.credit.next_to_decide(&viewer.subject).await? else {
        return Ok(None);
    };
    proposal(state, viewer, &next, from).await.map(Some)
}

async fn proposal(
    state: &AdminState,
    viewer: &Viewer,
    next: &CreditFacilityProposal,
    from: &str,
) -> Result<NextOne, PageError> {
    let record = record(state, viewer, next.customer_id.into()).await?;
    let operation = CreditOperation::Approve;
    let (amount, called) = (money(next.amount.cents()), record.called());
    Ok(NextOne {
        facts: credit::facts::facts(state, &record, next).await?,
        address: operation.address(&record.own_path(), &next.id.to_string()),
        at_once: false,
        words: format!("Decide the next: {amount} for {called}"),
        done: operation.words().done,
        from: from.to_owned(),
    })
}

async fn record(
    state: &AdminState,
    viewer: &Viewer,
    customer: Uuid,
) -> Result<CustomerRecord, PageError> {
    let of = [customer];
    let called = state.onboarding.names_of(&viewer.subject, &of);
    let called = called.await?.remove(&customer);
    let called = called.ok_or(PageError::NotFound("customer"))?;
    CustomerRecord::find(state, viewer, &called.public_id).await
}
