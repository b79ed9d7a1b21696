//! `/prospects/{public id}/file` and `/customers/{public id}/file`: the *Onboarding file*, all that is on record about somebody on one sheet, to
//! be printed and put into a folder. Every time in it is exact; who printed it, and when, stands on it. Looking at it is a look.

use ::customer::{
    contact::TelegramHandle,
    customer::Customer,
    history,
    primitives::{KycStatus, Verification},
    prospect::Prospect,
};
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use uuid::Uuid;

use super::{
    notes::WrittenNote,
    owners::Owners,
    regions::{self, Personal},
    why_declined::{Attempts, WhyDeclined},
};
use crate::{
    admin::{
        AdminState,
        dialog::Offers,
        history::History,
        needs_a_person::{page::ResolvedItems, raised::Items},
        words,
    },
    error_page::PageError,
    format,
    layout::{Layout, Section, Viewer, page},
    zone::Zone,
};

/// What the sheet is called.
pub const ONBOARDING_FILE: &str = "Onboarding file";

#[derive(Template)]
#[template(path = "admin/records/sheet.html")]
struct FilePage {
    layout: Layout,
    section: Section,
    public_id: String,
    /// Whom it is about: the name, else the address, else the number.
    whom: String,
    printed: Printed,
    facts: Vec<(&'static str, String)>,
    states: Vec<(&'static str, format::State)>,
    stages: Vec<(String, format::State)>,
    verification: Vec<(&'static str, String)>,
    why: WhyDeclined,
    attempts: Attempts,
    personal: Personal,
    owners: Owners,
    /// All of them, the newest first.
    notes: Vec<WrittenNote>,
    raised: Items,
    resolved: ResolvedItems,
    history: History,
}

/// By whom, and when.
struct Printed {
    by: String,
    at: String,
}

/// The sheet of a prospect.
pub async fn prospect(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let prospect = regions::prospect(&state, &viewer, &public_id).await?;
    sheet(&state, &viewer, &prospect, None).await
}

/// The sheet of a customer, with what it was as a prospect.
pub async fn customer(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let (prospect, customer) = regions::customer(&state, &viewer, &public_id).await?;
    sheet(&state, &viewer, &prospect, Some(&customer)).await
}

async fn sheet(
    state: &AdminState,
    viewer: &Viewer,
    prospect: &Prospect,
    customer: Option<&Customer>,
) -> Result<Response, PageError> {
    let id = Uuid::from(prospect.id);
    let section = customer.map_or(Section::Prospects, |_| Section::Customers);
    let public_id = prospect.public_id.to_string();
    // Nothing on it leads anywhere else.
    let here = format!("{}/{public_id}", section.path());
    let onboarding = &state.onboarding;
    let raised = onboarding.raised_about_many(&viewer.subject, &[id]).await?;
    let declined = match customer {
        Some(customer) => customer.verification == Verification::Rejected,
        None => prospect.kyc.kyc_status == KycStatus::Declined,
    };
    let told = customer.map_or_else(
        || history::prospect_history(prospect),
        |customer| history::customer_history(customer, Some(prospect)),
    );
    let zone = Zone::of_viewer();
    let email = customer.map_or_else(|| prospect.email(), Customer::email);
    let template = FilePage {
        layout: Layout::panel(format!("{ONBOARDING_FILE} {public_id}"), section, viewer),
        whom: prospect
            .name()
            .or(email)
            .unwrap_or_else(|| format!("Record {public_id}")),
        printed: Printed {
            by: format!("{} ({})", viewer.name, viewer.role_words()),
            at: zone.exact(clock::now()),
        },
        facts: facts(prospect, customer, &zone)
            .into_iter()
            .chain([("Assigned to", assignee(state, prospect).await?)])
            .collect(),
        states: states(prospect, customer),
        stages: prospect
            .stages()
            .into_iter()
            .map(|(at, stage)| (zone.exact(at), words::stage(stage)))
            .collect(),
        verification: verification(prospect, &zone),
        why: WhyDeclined::of(prospect, declined),
        attempts: Attempts::of(prospect, declined),
        personal: Personal::of(prospect, Offers::default()),
        owners: Owners::of(state, prospect).await?,
        notes: WrittenNote::all_of(state, viewer, prospect, &zone).await?,
        raised: Items::of(raised, viewer, here.clone()).readable_only(),
        resolved: ResolvedItems::about(state, viewer, id, &here).await?,
        history: History::of(state, told).await?,
        section,
        public_id,
    };
    page(StatusCode::OK, &template)
}

/// Who it is, and how to reach them.
fn facts(
    prospect: &Prospect,
    customer: Option<&Customer>,
    zone: &Zone,
) -> Vec<(&'static str, String)> {
    let (email, telegram, kind) = match customer {
        Some(customer) => (
            customer.email(),
            customer.telegram_handle(),
            customer.customer_type,
        ),
        None => (
            prospect.email(),
            prospect.telegram_handle(),
            prospect.customer_type,
        ),
    };
    let gone = || {
        let erased = prospect.is_erased();
        if erased { "erased" } else { "none" }.to_owned()
    };
    let mut facts = vec![
        ("Public ID", prospect.public_id.to_string()),
        ("UUID", Uuid::from(prospect.id).to_string()),
        ("Customer type", kind.label().to_owned()),
        ("E-mail", email.unwrap_or_else(gone)),
        (
            "Telegram ID",
            telegram.as_deref().map_or_else(gone, TelegramHandle::shown),
        ),
        ("Prospect since", zone.exact(prospect.created_at())),
    ];
    if let Some(customer) = customer {
        facts.push(("Customer since", zone.exact(customer.created_at())));
        facts.push(("KYC level", customer.level.label().to_owned()));
    }
    facts
}

/// Who sees to it.
async fn assignee(state: &AdminState, prospect: &Prospect) -> Result<String, PageError> {
    let Some(assignee) = prospect.assignee else {
        return Ok("nobody".to_owned());
    };
    Ok(state.operator_names().await?.operator(assignee))
}

fn states(prospect: &Prospect, customer: Option<&Customer>) -> Vec<(&'static str, format::State)> {
    let stage = prospect.kyc.stage;
    let mut states = vec![
        ("Stage", words::stage(stage)),
        ("KYC status", words::kyc_status(prospect.kyc.kyc_status)),
    ];
    match customer {
        None => states.push(("Status", words::prospect_status(stage.status()))),
        Some(customer) => {
            states.push(("Status", words::activity(customer.activity())));
            states.push(("Verification", words::verification(customer.verification)));
        }
    }
    states
}

/// What there is to prove at Sumsub.
fn verification(prospect: &Prospect, zone: &Zone) -> Vec<(&'static str, String)> {
    let kyc = &prospect.kyc;
    let mut facts = Vec::new();
    if let Some(applicant) = &kyc.applicant_id {
        facts.push(("Applicant ID", applicant.to_string()));
    }
    if let Some(link) = &kyc.link {
        facts.push(("Level", link.level.to_string()));
        facts.push(("Link made", zone.exact(link.created_at)));
        let sent = link.sent_at.map(|at| ("Link sent", zone.exact(at)));
        let opened = link.opened_at.map(|at| ("Link opened", zone.exact(at)));
        facts.extend(sent.into_iter().chain(opened));
        facts.push(("Link ends", zone.exact(link.expires_at)));
    }
    facts
}
