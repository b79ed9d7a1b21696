//! What waits for a second operator, on the first page: withdrawals to confirm, credit proposals to decide.

use askama::{Template, filters::HtmlSafe};
use uuid::Uuid;

use crate::{
    admin::AdminState,
    error_page::PageError,
    format::{Time, money},
    layout::Viewer,
};

/// Lines on the page.
const SHOWN: usize = 10;

/// The lists that have something on them.
#[derive(Template)]
#[template(path = "admin/overview/worklists.html")]
pub struct Worklists(Vec<Worklist>);

impl HtmlSafe for Worklists {}

struct Worklist {
    key: &'static str,
    heading: &'static str,
    items: Vec<Item>,
    more: bool,
}

struct Item {
    id: Uuid,
    address: String,
    words: String,
    customer: String,
    since: Time,
}

impl Worklists {
    /// As they stand, for whoever looks.
    ///
    /// # Errors
    /// When the viewer may see neither, or the database does not answer.
    pub async fn of(state: &AdminState, viewer: &Viewer) -> Result<Self, PageError> {
        let who = &viewer.subject;
        let withdrawals = state.money.waiting_withdrawals(who, None, SHOWN).await?;
        let proposals = state.credit.open_proposals(who, None, SHOWN).await?;
        let customers: Vec<Uuid> = withdrawals
            .rows
            .iter()
            .map(|row| row.customer_id.into())
            .chain(proposals.rows.iter().map(|row| row.customer_id.into()))
            .collect();
        let known = state.onboarding.public_ids(who, &customers).await?;
        let customer = |id: Uuid| known.get(&id).cloned().unwrap_or_default();
        let lists = vec![
            Worklist {
                key: "withdrawals",
                heading: "Withdrawals to confirm",
                more: withdrawals.next.is_some(),
                items: withdrawals
                    .rows
                    .into_iter()
                    .map(|row| Item {
                        id: row.id.into(),
                        address: format!("/ledger/withdrawals/{}", row.public_id),
                        words: format!("{} · {}", row.public_id, money(row.amount.cents())),
                        customer: customer(row.customer_id.into()),
                        since: Time::of(row.created_at),
                    })
                    .collect(),
            },
            Worklist {
                key: "proposals",
                heading: "Credit proposals to decide",
                more: proposals.next.is_some(),
                items: proposals
                    .rows
                    .into_iter()
                    .map(|row| {
                        let customer = customer(row.customer_id.into());
                        Item {
                            id: row.id.into(),
                            address: format!("/customers/{customer}#proposal-{}", row.id),
                            words: money(row.amount.cents()),
                            since: Time::of(row.created_at),
                            customer,
                        }
                    })
                    .collect(),
            },
        ];
        Ok(Self(
            lists
                .into_iter()
                .filter(|list| !list.items.is_empty())
                .collect(),
        ))
    }
}
