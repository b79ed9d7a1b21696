//! What stays at the top of a customer's page, whichever tab is shown: who it is, how it stands, what is on the account, and what is
//! next with the page's one primary button.

use ::customer::customer::{CustomerNext, CustomerNextFacts, CustomerStep, ProvisioningStanding};
use ::deposit::rules::{self, Action, Facts};
use ::provisioning::StepState;
use askama::{Template, filters::HtmlSafe};
use kernel::Decision;

use super::{
    operations::CustomerOperation::{self, Close, Deactivate, Reactivate, Record, Restore},
    record::CustomerRecord,
    tab::Tab,
    waiting::{Waiting, Waits},
};
use crate::{
    admin::{
        AdminState,
        deposits::{lines, operations::MoneyOperation},
        dialog::{Offers, Said},
        operation::{Beside, Operation as _},
        records::operations::RecordOperation::{Erase, GenerateLink, Refresh},
        words,
    },
    error_page::PageError,
    format::{self, money},
    layout::Viewer,
};

/// The top of the page.
#[derive(Template)]
#[template(path = "admin/customers/summary.html")]
pub struct Summary {
    public_id: String,
    name: Option<String>,
    email: Option<String>,
    status: format::State,
    /// None while there is no account, or when the ledger does not answer.
    balance: Option<String>,
    account: Option<String>,
    may_see_books: bool,
    /// What is next.
    words: String,
    lead: Lead,
    /// The button of what is next, when it is an operation on the customer.
    first: Offers,
    /// What moves money in and out.
    money: Offers,
    /// What is rare, or takes something away.
    more: Offers,
    said_in_more: Option<Said>,
    tabs: Vec<TabLink>,
}

impl HtmlSafe for Summary {}

/// The button of what is next, when it is elsewhere.
enum Lead {
    None,
    To {
        address: String,
        words: String,
    },
    /// A dialog that opens where one is.
    Dialog {
        address: String,
        words: String,
        from: Option<String>,
    },
}

struct TabLink {
    address: String,
    label: &'static str,
    current: bool,
}

/// What is on the account, and what may be done with it; as far as the ledger answers.
struct OnAccount {
    balance: String,
    code: String,
    facts: Facts,
}

impl Summary {
    /// Of this customer; `cause`: the oldest of what is raised about it.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        cause: Option<&str>,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let (customer, path) = (&record.customer, record.own_path());
        let on_account = on_account(state, record).await;
        let waiting = Waiting::of(state, viewer, record).await?;
        let facts = facts(record, cause.is_some(), on_account.as_ref(), &waiting);
        let next = CustomerNext::of(facts, cause);
        let operation = operation_of(next.step);
        let first = operation.map_or_else(Offers::default, |operation| {
            let offers = record.offers(state, viewer, beside, &[operation]);
            offers.led_by(operation.words().slug)
        });
        let money = on_account.as_ref().map_or_else(Offers::default, |on_it| {
            let offers =
                lines::offers(viewer, &path, None, on_it.facts).opened_on_page(record.from());
            let slugs = [
                MoneyOperation::RecordDeposit.words().slug,
                MoneyOperation::StartWithdrawal.words().slug,
            ];
            let offers = offers.saying(beside.said_at(slugs));
            match next.step {
                CustomerStep::RecordDeposit => offers.led_by(slugs[0]),
                _ => offers,
            }
        });
        let mut more = record.offers(state, viewer, beside, &rare(record, operation));
        Ok(Self {
            public_id: customer.public_id.to_string(),
            name: record.prospect.name(),
            email: customer.email(),
            status: words::activity(customer.activity()),
            lead: lead(next.step, record, &waiting),
            words: next.words,
            first,
            money,
            said_in_more: more.take_said(),
            more,
            may_see_books: viewer.may(access::Permission::DepositRead),
            tabs: tabs(record),
            account: on_account.as_ref().map(|on_it| on_it.code.clone()),
            balance: on_account.map(|on_it| on_it.balance),
        })
    }
}

async fn on_account(state: &AdminState, record: &CustomerRecord) -> Option<OnAccount> {
    let customer = &record.customer;
    // The ledger being away takes no other part of the page with it.
    let account = record.account(state).await.unwrap_or_else(|error| {
        tracing::error!(%error, customer = %customer.id, "the ledger did not answer the top of a page");
        None
    })?;
    Some(OnAccount {
        balance: money(account.settled),
        code: account.code.clone(),
        facts: state.money.facts_with(customer, Some(account.status)),
    })
}

fn facts(
    record: &CustomerRecord,
    raised: bool,
    on_account: Option<&OnAccount>,
    waiting: &Waiting,
) -> CustomerNextFacts {
    let (customer, steps) = (&record.customer, &record.steps);
    let standing = customer.facts(&record.prospect.kyc);
    let over = |state: StepState| matches!(state, StepState::Done | StepState::Cancelled);
    let moves = |on_it: &OnAccount| rules::may(Action::RecordDeposit, on_it.facts) == Decision::Do;
    CustomerNextFacts {
        raised,
        activity: customer.activity(),
        verification: customer.verification,
        may_restore: standing.green_after_red,
        deactivated: standing.deactivated,
        provisioning: if steps
            .iter()
            .any(|step| step.state == StepState::NeedsPerson)
        {
            ProvisioningStanding::NeedsPerson
        } else if steps.iter().all(|step| over(step.state)) && on_account.is_some() {
            ProvisioningStanding::Done
        } else {
            ProvisioningStanding::Running
        },
        withdrawal_waits: waiting.withdrawal.is_some(),
        proposal_waits: waiting.proposal.is_some(),
        money_moves: on_account.is_some_and(moves),
    }
}

/// The operation that is next, if it is one on the customer.
fn operation_of(step: CustomerStep) -> Option<CustomerOperation> {
    match step {
        CustomerStep::Restore => Some(Restore),
        CustomerStep::Reactivate => Some(Reactivate),
        _ => None,
    }
}

/// What stands under "More": what is rare or heavy, but for what is next and what stands on the tab itself.
fn rare(record: &CustomerRecord, next: Option<CustomerOperation>) -> Vec<CustomerOperation> {
    let kyc = record.shows_kyc();
    [
        Record(GenerateLink),
        Record(Refresh),
        Restore,
        Reactivate,
        Deactivate,
        Close,
        Record(Erase),
    ]
    .into_iter()
    .filter(|operation| {
        let on_the_tab = match operation {
            Record(GenerateLink | Refresh) => kyc,
            Record(Erase) => record.tab == Tab::Verification,
            _ => false,
        };
        Some(*operation) != next && !on_the_tab
    })
    .collect()
}

fn lead(step: CustomerStep, record: &CustomerRecord, waiting: &Waiting) -> Lead {
    let path = record.own_path();
    let to = |tab: Tab, anchor: &str, words: &str| Lead::To {
        address: format!("{}#{anchor}", tab.path(&path)),
        words: words.to_owned(),
    };
    let decide = |waits: &Option<Waits>| match waits {
        None => Lead::None,
        Some(waits) => match &waits.decide {
            Some((address, words)) => Lead::Dialog {
                address: address.clone(),
                words: words.clone(),
                from: record.from(),
            },
            None => Lead::To {
                address: waits.see.clone(),
                words: waits.words.clone(),
            },
        },
    };
    match step {
        CustomerStep::LookAtRaised => {
            to(Tab::Overview, "raised-heading", "See what needs a person")
        }
        CustomerStep::SeeWhy => to(Tab::Verification, "declined-heading", "See why"),
        CustomerStep::RetryProvisioning => {
            to(Tab::Overview, "provisioning", "See the provisioning")
        }
        CustomerStep::ConfirmWithdrawal => decide(&waiting.withdrawal),
        CustomerStep::DecideProposal => decide(&waiting.proposal),
        CustomerStep::Restore
        | CustomerStep::Reactivate
        | CustomerStep::WaitForProvisioning
        | CustomerStep::WaitForVerification
        | CustomerStep::RecordDeposit
        | CustomerStep::Nothing => Lead::None,
    }
}

fn tabs(record: &CustomerRecord) -> Vec<TabLink> {
    let path = record.own_path();
    let link = |tab: Tab| TabLink {
        address: tab.path(&path),
        label: tab.label(),
        current: tab == record.tab,
    };
    Tab::ALL.map(link).into()
}
