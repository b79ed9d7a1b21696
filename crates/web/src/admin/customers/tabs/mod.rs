//! What each tab of a customer's page shows, and reads for it.

use ::provisioning::{StepState, steps::DEPOSIT_ACCOUNT};
use access::Permission;
use askama::{Template, filters::HtmlSafe};
use uuid::Uuid;

use super::{
    history,
    operations::CustomerOperation::{Record, Retry},
    record::CustomerRecord,
};
use crate::{
    admin::{
        AdminState,
        credit::region::FacilityRegion,
        deposits::region::AccountRegion,
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        operation::{Beside, Operation as _},
        provisioning::region::Region,
        records::{
            desk::Desk,
            kyc::Kyc,
            operations::RecordOperation::Erase,
            owners::Owners,
            regions::{Identity, Personal},
            why_declined::WhyDeclined,
        },
    },
    error_page::PageError,
    layout::Viewer,
};

/// Deposits, withdrawals and entries at a glance, and where the tab is theirs.
const AT_A_GLANCE: usize = 10;
const ON_THEIR_TAB: usize = 50;

/// What one looks at first.
#[derive(Template)]
#[template(path = "admin/customers/tabs/overview.html")]
pub struct OverviewTab {
    desk: Desk,
    why: WhyDeclined,
    raised: Items,
    resolved: ResolvedItems,
    identity: Identity,
    provisioning: Region,
    account: AccountRegion,
    facility: FacilityRegion,
    /// While the identity doesn't stand.
    kyc: Option<Kyc>,
    /// Once Sumsub has declined: they may be why.
    owners: Option<Owners>,
    history: History,
}

impl HtmlSafe for OverviewTab {}

impl OverviewTab {
    /// Of this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        raised: Items,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let id = Uuid::from(record.customer.id);
        let (path, declined) = (record.own_path(), record.is_rejected());
        let public_id = record.customer.public_id.to_string();
        Ok(Self {
            desk: record.desk(state, viewer, beside).await?,
            why: WhyDeclined::of(&record.prospect, declined),
            raised,
            resolved: ResolvedItems::about(state, viewer, id, &path).await?,
            identity: record.identity(state, viewer, beside).await?,
            provisioning: Region::of(viewer, id, public_id, &record.steps)
                .saying(beside.said_at([Retry.words().slug])),
            account: account(state, viewer, record, AT_A_GLANCE, beside).await,
            facility: FacilityRegion::of(state, viewer, record, beside).await?,
            kyc: if record.shows_kyc() {
                Some(record.kyc(state, viewer, beside).await?)
            } else {
                None
            },
            owners: if declined {
                Some(Owners::of(state, &record.prospect).await?)
            } else {
                None
            },
            history: history::newest(state, viewer, record).await?,
        })
    }
}

/// The money of the customer.
#[derive(Template)]
#[template(path = "admin/customers/tabs/money.html")]
pub struct MoneyTab {
    public_id: String,
    may_see_books: bool,
    account: AccountRegion,
    facility: FacilityRegion,
}

impl HtmlSafe for MoneyTab {}

impl MoneyTab {
    /// Of this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        Ok(Self {
            public_id: record.customer.public_id.to_string(),
            may_see_books: viewer.may(Permission::DepositRead),
            account: account(state, viewer, record, ON_THEIR_TAB, beside).await,
            facility: FacilityRegion::of(state, viewer, record, beside).await?,
        })
    }
}

async fn account(
    state: &AdminState,
    viewer: &Viewer,
    record: &CustomerRecord,
    shown: usize,
    beside: &mut Beside,
) -> AccountRegion {
    let stopped = record
        .steps
        .iter()
        .any(|step| step.step == DEPOSIT_ACCOUNT && step.state == StepState::Cancelled);
    AccountRegion::of(state, viewer, record, stopped, shown, beside).await
}

/// How it was verified, and what Sumsub told.
#[derive(Template)]
#[template(path = "admin/customers/tabs/verification.html")]
pub struct VerificationTab {
    why: WhyDeclined,
    kyc: Kyc,
    personal: Personal,
    owners: Owners,
}

impl HtmlSafe for VerificationTab {}

impl VerificationTab {
    /// Of this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        beside: &mut Beside,
    ) -> Result<Self, PageError> {
        let prospect = &record.prospect;
        let erase = record.offers(state, viewer, beside, &[Record(Erase)]);
        Ok(Self {
            why: WhyDeclined::of(prospect, record.is_rejected()),
            kyc: record.kyc(state, viewer, beside).await?,
            personal: Personal::of(prospect, erase),
            owners: Owners::of(state, prospect).await?,
        })
    }
}

/// What can be kept of the customer.
#[derive(Template)]
#[template(path = "admin/customers/tabs/documents.html")]
pub struct DocumentsTab {
    files: Vec<File>,
}

impl HtmlSafe for DocumentsTab {}

struct File {
    address: String,
    words: &'static str,
    /// It is no page of ours.
    elsewhere: bool,
}

impl DocumentsTab {
    /// Of this customer.
    pub fn of(state: &AdminState, viewer: &Viewer, record: &CustomerRecord) -> Self {
        let number = &record.customer.public_id;
        let file = |address: String, words| File {
            address,
            words,
            elsewhere: false,
        };
        let page = state.config.applicant_page.as_ref();
        let applicant = record.prospect.kyc.applicant_id.as_deref();
        let at_sumsub = page.zip(applicant).map(|(page, id)| File {
            address: page.address_of(id),
            words: "What the person handed in, at Sumsub",
            elsewhere: true,
        });
        let sheet = file(
            format!("{}/file", record.own_path()),
            "Onboarding file, to print",
        );
        let mut files: Vec<File> = std::iter::once(sheet).chain(at_sumsub).collect();
        if viewer.may(Permission::DepositRead) {
            files.extend([
                file(
                    format!(
                        "/ledger/accounts/{}",
                        ledger::account_code(&number.to_string())
                    ),
                    "Entries of the account",
                ),
                file(format!("/deposits.csv?q={number}"), "Deposits (CSV)"),
                file(format!("/withdrawals.csv?q={number}"), "Withdrawals (CSV)"),
            ]);
        }
        files.push(file(
            format!("/credit-proposals.csv?q={number}"),
            "Credit proposals (CSV)",
        ));
        Self { files }
    }
}

/// What happened, from prospect to money.
#[derive(Template)]
#[template(path = "admin/customers/tabs/history.html")]
pub struct HistoryTab {
    history: History,
}

impl HtmlSafe for HistoryTab {}

impl HistoryTab {
    /// Of this customer.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
    ) -> Result<Self, PageError> {
        Ok(Self {
            history: history::whole(state, viewer, record).await?,
        })
    }
}
