use askama::Template;
use axum::{
    extract::{Path, State as FromState},
    http::{Method, StatusCode},
    response::{IntoResponse as _, Response},
};

use super::{
    answer::{Problem, page},
    custom::FIELDS,
    living,
    owners::{Company, OWNER_TYPES, OwnerLine},
    webhooks::Row,
    words::{Moment, State},
};
use crate::{
    simulator::Simulator,
    store::{Applicant, Owner, Webhook},
};

/// The labels that Sumsub gives most (<https://docs.sumsub.com/docs/rejected-applicants>).
const LABELS: [&str; 10] = [
    "UNSATISFACTORY_PHOTOS",
    "LOW_QUALITY",
    "SCREENSHOTS",
    "DOCUMENT_DAMAGED",
    "BAD_PROOF_OF_ADDRESS",
    "PROBLEMATIC_APPLICANT_DATA",
    "SELFIE_MISMATCH",
    "FORGERY",
    "GRAPHIC_EDITOR",
    "COMPROMISED_PERSONS",
];

/// The types that one would send by hand (<https://docs.sumsub.com/docs/user-verification-webhooks>).
const KINDS: [&str; 13] = [
    "applicantReviewed",
    "applicantCreated",
    "applicantPending",
    "applicantOnHold",
    "applicantReset",
    "applicantDeleted",
    "applicantDeactivated",
    "applicantActivated",
    "applicantLevelChanged",
    "applicantPersonalInfoChanged",
    "applicantTagsChanged",
    "applicantPrechecked",
    "applicantWorkflowCompleted",
];

#[derive(Template)]
#[template(path = "link.html")]
struct Page {
    prefix: String,
    labels: [&'static str; 10],
    kinds: [&'static str; 13],
    fields: [&'static str; 12],
    owner_types: [&'static str; 4],
    levels: Vec<String>,
    token: String,
    applicant: Applicant,
    company: bool,
    deleted: bool,
    state: State,
    ends: Moment,
    /// Where Sumsub would send the browser now.
    onward: Option<String>,
    /// The company that this is a beneficial owner of.
    owned: Option<Company>,
    owners: Vec<OwnerLine>,
    webhooks: Vec<Row>,
}

/// Opening the page creates the applicant, as in Sumsub; opening it again changes nothing. `HEAD` only looks.
pub(super) async fn show(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    method: Method,
) -> Result<Response, Problem> {
    let failed = |error| Problem::database(&simulator, &error);
    let link = living::link(&simulator, &token).await?;
    if method == Method::HEAD {
        return Ok(StatusCode::OK.into_response());
    }
    let applicant = simulator.open(&link).await.map_err(failed)?;
    let pool = &simulator.inner.pool;
    let webhooks = Webhook::newest(pool, Some(&applicant.id), 50)
        .await
        .map_err(failed)?;
    let owners = Owner::of(pool, &applicant.id).await.map_err(failed)?;
    let owned = match &applicant.company_id {
        Some(company_id) => Company::find(pool, company_id).await.map_err(failed)?,
        None => None,
    };
    let config = &simulator.inner.config;
    let shown = Page {
        prefix: config.prefix().to_owned(),
        labels: LABELS,
        kinds: KINDS,
        fields: FIELDS,
        owner_types: OWNER_TYPES,
        levels: config
            .levels
            .iter()
            .map(|level| level.name.clone())
            .collect(),
        company: applicant.is_company(),
        deleted: applicant.is_deleted(),
        state: State::of_applicant(
            Some(&applicant.review_status),
            applicant.review_answer.as_deref(),
            applicant.reject_type.as_deref(),
            applicant.active,
            applicant.is_deleted(),
        ),
        ends: Moment::new(link.expires_at),
        onward: match applicant.review_answer.as_deref() {
            Some("GREEN") => link.success_url,
            Some("RED") => link.reject_url,
            _ => None,
        },
        owned,
        owners: owners.into_iter().map(OwnerLine::from).collect(),
        webhooks: webhooks
            .into_iter()
            .map(|webhook| Row::new(webhook, &link.token))
            .collect(),
        token: link.token,
        applicant,
    };
    Ok(page(StatusCode::OK, &shown))
}
