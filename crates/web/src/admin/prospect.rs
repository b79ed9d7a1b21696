//! `/prospects/{public id}`: one prospect.

use access::Permission;
use askama::Template;
use axum::{
    Extension,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse as _, Redirect, Response},
};
use chrono::Utc;
use customer::{OnboardingError, history, primitives::Stage, prospect::Prospect};
use sumsub::SumsubError;
use uuid::Uuid;

use super::{
    AdminState,
    history::{Line, lines},
    words::{self, Step},
};
use crate::{
    error_page::PageError,
    format::{self, Time},
    layout::{Layout, Section, Viewer, page},
};

#[derive(Template)]
#[template(path = "admin/prospect.html")]
struct ProspectPage {
    layout: Layout,
    id: Uuid,
    public_id: String,
    email: Option<String>,
    telegram: Option<String>,
    customer_type: &'static str,
    stage: format::State,
    status: format::State,
    kyc_status: format::State,
    created: Time,
    progress: Vec<Step>,
    next_action: &'static str,
    converted: bool,
    link: Option<Link>,
    may_generate: bool,
    problem: Option<String>,
    applicant: Option<Applicant>,
    rejection: Option<Rejection>,
    history: Vec<Line>,
}

struct Link {
    url: String,
    level: String,
    made: Time,
    ends: Time,
    ended: bool,
}

struct Applicant {
    id: String,
    address: Option<String>,
}

struct Rejection {
    kind: Option<String>,
    labels: String,
    moderation_comment: Option<String>,
    client_comment: Option<String>,
}

async fn render(
    state: &AdminState,
    viewer: &Viewer,
    prospect: Prospect,
    status: StatusCode,
    problem: Option<String>,
) -> Result<Response, PageError> {
    let now = Utc::now();
    let entries = history::of_prospect(&prospect);
    let history = lines(state, entries).await?;
    let (id, email, telegram) = (
        prospect.id.into(),
        prospect.email(),
        prospect.telegram_handle(),
    );
    let created = Time::of(prospect.created_at());
    let kyc = prospect.kyc;
    let title = email
        .clone()
        .unwrap_or_else(|| format!("Prospect {}", prospect.public_id));
    let open = !matches!(kyc.stage, Stage::Converted | Stage::Closed);
    let dashboard = state.config.applicant_dashboard_url.as_ref();
    let template = ProspectPage {
        layout: Layout::panel(title, Section::Prospects, viewer),
        id,
        public_id: prospect.public_id.to_string(),
        email,
        telegram,
        customer_type: prospect.customer_type.label(),
        stage: words::stage(kyc.stage),
        status: words::prospect_status(kyc.stage.status()),
        kyc_status: words::kyc_status(kyc.kyc_status),
        created,
        progress: words::progress(kyc.stage, kyc.kyc_status),
        next_action: kyc.stage.next_action(),
        converted: kyc.stage == Stage::Converted,
        link: kyc.link.map(|link| Link {
            url: link.url.unwrap_or_default(),
            level: link.level,
            made: Time::new(link.created_at, now),
            ends: Time::new(link.expires_at, now),
            ended: link.expires_at <= now,
        }),
        may_generate: open && viewer.may(Permission::CustomerUpdate),
        problem,
        applicant: kyc.applicant_id.map(|id| Applicant {
            address: dashboard.map(|url| format!("{url}{id}")),
            id,
        }),
        rejection: kyc.rejection.map(|rejection| Rejection {
            kind: rejection.reject_type,
            labels: rejection.labels.join(", "),
            moderation_comment: rejection.moderation_comment,
            client_comment: rejection.client_comment,
        }),
        history,
    };
    page(status, &template)
}

pub async fn show(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let prospect = find(&state, &viewer, &public_id).await?;
    render(&state, &viewer, prospect, StatusCode::OK, None).await
}

/// "Generate verification link".
pub async fn generate_link(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Path(public_id): Path<String>,
) -> Result<Response, PageError> {
    let prospect = find(&state, &viewer, &public_id).await?;
    let (status, problem) = match state
        .onboarding
        .generate_link(&viewer.subject, prospect.id)
        .await
    {
        Ok(_) => return Ok(Redirect::to(&format!("/prospects/{public_id}")).into_response()),
        Err(error @ OnboardingError::WrongStage(_)) => (StatusCode::CONFLICT, error.to_string()),
        Err(OnboardingError::Sumsub(error)) => {
            tracing::warn!(kind = error.kind(), prospect = %prospect.id, "no verification link was made");
            let status = match error {
                SumsubError::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
                _ => StatusCode::BAD_GATEWAY,
            };
            (status, format!("No link was made. {error}."))
        }
        Err(error) => return Err(error.into()),
    };
    // As it is now: it may have moved on meanwhile.
    let prospect = find(&state, &viewer, &public_id).await?;
    render(&state, &viewer, prospect, status, Some(problem)).await
}

async fn find(state: &AdminState, viewer: &Viewer, public_id: &str) -> Result<Prospect, PageError> {
    if !is_public_id(public_id) {
        return Err(PageError::NotFound("prospect"));
    }
    match state
        .onboarding
        .prospect_by_public_id(&viewer.subject, public_id)
        .await
    {
        Err(OnboardingError::NotFound) => Err(PageError::NotFound("prospect")),
        found => Ok(found?),
    }
}

/// Whether it can be a public id at all; nothing else need reach the database.
pub fn is_public_id(text: &str) -> bool {
    (1..=18).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
