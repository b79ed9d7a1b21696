use axum::{
    body::Bytes,
    extract::{Path, State as FromState},
    response::Redirect,
};
use sqlx::PgPool;

use super::{answer::Problem, form::Form, living, words::State};
use crate::{
    play::NewOwner,
    simulator::Simulator,
    store::{Applicant, Link, Owner},
};

/// What somebody may be to a company, as Sumsub says it.
pub(super) const OWNER_TYPES: [&str; 4] = ["ubo", "shareholder", "director", "representative"];

/// The company on a beneficial owner's page.
pub(super) struct Company {
    pub(super) name: String,
    /// The newest link to its page.
    pub(super) token: Option<String>,
}

impl Company {
    pub(super) async fn find(pool: &PgPool, id: &str) -> sqlx::Result<Option<Self>> {
        let Some(company) = Applicant::find(pool, id).await? else {
            return Ok(None);
        };
        let link = Link::newest_of(pool, &company.external_user_id).await?;
        let name = [&company.company_name, &company.id]
            .into_iter()
            .find(|name| !name.is_empty())
            .cloned();
        Ok(Some(Self {
            name: name.unwrap_or_default(),
            token: link.map(|link| link.token),
        }))
    }
}

/// A beneficial owner's line on its company's page.
pub(super) struct OwnerLine {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) type_: String,
    pub(super) share: String,
    pub(super) state: State,
    pub(super) deleted: bool,
    pub(super) token: Option<String>,
}

impl From<Owner> for OwnerLine {
    fn from(owner: Owner) -> Self {
        let name = format!("{} {}", owner.first_name, owner.last_name);
        Self {
            name: match name.trim() {
                "" => owner.id.clone(),
                name => name.to_owned(),
            },
            state: State::of_applicant(
                Some(&owner.review_status),
                owner.review_answer.as_deref(),
                owner.reject_type.as_deref(),
                owner.active,
                owner.deleted,
            ),
            id: owner.id,
            type_: owner.owner_type,
            share: owner.owner_share,
            deleted: owner.deleted,
            token: owner.token,
        }
    }
}

/// Adds a beneficial owner: `POST /link/{token}/owners`.
pub(super) async fn add(
    FromState(simulator): FromState<Simulator>,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Redirect, Problem> {
    let invalid = |what| Problem::invalid(&simulator, what);
    let failed = |error| Problem::database(&simulator, &error);
    let form = Form::parse(&body);
    let link = living::link(&simulator, &token).await?;
    let company = simulator.open(&link).await.map_err(failed)?;
    if company.is_deleted() {
        return Err(failed(sqlx::Error::RowNotFound));
    }
    if !company.is_company() {
        return Err(invalid("Only a company has beneficial owners."));
    }
    let type_ = form
        .filled("owner_type")
        .unwrap_or_else(|| OWNER_TYPES[0].to_owned());
    if !OWNER_TYPES.contains(&type_.as_str()) {
        return Err(invalid(
            "An owner is a ubo, shareholder, director or representative.",
        ));
    }
    let share = form.text("owner_share");
    let is_share = |share: &str| {
        share
            .parse::<f64>()
            .is_ok_and(|share| (0.0..=100.0).contains(&share))
    };
    if !share.is_empty() && !is_share(&share) {
        return Err(invalid("A share is a number between 0 and 100."));
    }
    let owner = NewOwner {
        first_name: form.text("owner_first_name"),
        last_name: form.text("owner_last_name"),
        type_,
        share,
    };
    simulator.add_owner(&company, owner).await.map_err(failed)?;
    Ok(form.back(&simulator, Some(&link.token)))
}
