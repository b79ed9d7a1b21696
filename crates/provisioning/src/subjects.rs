//! Those whose steps there are, as they are read just before a run.

use sqlx::PgPool;
use uuid::Uuid;

use crate::{
    step_customer,
    steps::{Standing, StepOf},
};

/// Somebody whose step it is.
pub(crate) struct SubjectRow {
    pub(crate) id: Uuid,
    pub(crate) public_id: String,
    pub(crate) email: Option<String>,
    pub(crate) customer_type: String,
    pub(crate) standing: Standing,
    /// Why nothing is done for them, in words.
    pub(crate) locked_out: Option<&'static str>,
}

/// Reads those whose steps there are.
pub(crate) async fn read(
    pool: &PgPool,
    of: StepOf,
    ids: &[Uuid],
) -> Result<Vec<SubjectRow>, sqlx::Error> {
    if of == StepOf::Prospects {
        let rows = sqlx::query!(
            "SELECT id, public_id, email, customer_type, stage FROM prospects WHERE id = ANY($1)",
            ids
        )
        .fetch_all(pool)
        .await?;
        let rows = rows.into_iter().map(|row| {
            let stage = step_customer::stage(&row.stage);
            SubjectRow {
                id: row.id,
                public_id: row.public_id,
                email: row.email,
                customer_type: row.customer_type,
                standing: Standing::Prospect(stage),
                locked_out: step_customer::at_its_end(stage),
            }
        });
        return Ok(rows.collect());
    }
    let rows = sqlx::query!(
        "SELECT id, public_id, email, customer_type, verification, activity FROM customers WHERE id = ANY($1)",
        ids
    )
    .fetch_all(pool)
    .await?;
    let rows = rows.into_iter().map(|row| {
        let activity = step_customer::activity(&row.activity);
        SubjectRow {
            id: row.id,
            public_id: row.public_id,
            email: row.email,
            customer_type: row.customer_type,
            standing: Standing::Customer(activity),
            locked_out: step_customer::locked_out(activity, &row.verification),
        }
    });
    Ok(rows.collect())
}
