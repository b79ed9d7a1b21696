//! `/prospects.csv` and `/customers.csv`: all of a list as a file.

use access::{ActorNames, KeptLists};
use axum::{
    Extension,
    extract::{Query, State},
    response::Response,
};
use customer::primitives::{Activity, CustomerType, Stage};
use futures::TryStreamExt as _;

use super::{
    columns::{Cells, Column, assignees},
    kept::{CUSTOMERS, PROSPECTS},
    query::{Asked, RecordsQuery},
};
use crate::{
    admin::AdminState, csv_file, error_page::PageError, layout::Viewer, list::refuse_wrong_days,
};

pub async fn prospects(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Stage, CustomerType> = query.read("/prospects", "stage")?;
    refuse_wrong_days(&asked.days)?;
    let filter = asked.filter(&state, &viewer).await?;
    let download = state
        .onboarding
        .download_prospects(&viewer.subject, filter, asked.page.direction)
        .await?;
    let kept = KeptLists::new(state.pool.clone());
    let chosen = kept.columns(&viewer.subject, PROSPECTS).await?;
    let columns = Column::chosen(
        Column::OF_PROSPECTS,
        chosen.as_deref(),
        asked.usual_columns(),
    );
    let head = columns.iter().map(|column| column.of_prospects()).collect();
    let names = assignees(&state, columns.iter().copied()).await?;
    let batches = download
        .into_batches()
        .map_ok(move |rows| cells(&rows, &columns, &names))
        .map_err(Into::into);
    csv_file::of_batches("prospects", head, batches)
}

pub async fn customers(
    State(state): State<AdminState>,
    Extension(viewer): Extension<Viewer>,
    Query(query): Query<RecordsQuery>,
) -> Result<Response, PageError> {
    let asked: Asked<Activity, CustomerType> = query.read("/customers", "status")?;
    refuse_wrong_days(&asked.days)?;
    let filter = asked.filter(&state, &viewer).await?;
    let download = state
        .onboarding
        .download_customers(&viewer.subject, filter, asked.page.direction)
        .await?;
    let kept = KeptLists::new(state.pool.clone());
    let chosen = kept.columns(&viewer.subject, CUSTOMERS).await?;
    let columns = Column::chosen(
        Column::OF_CUSTOMERS,
        chosen.as_deref(),
        asked.usual_columns(),
    );
    let head = columns.iter().map(|column| column.of_customers()).collect();
    let names = assignees(&state, columns.iter().copied()).await?;
    let batches = download
        .into_batches()
        .map_ok(move |rows| cells(&rows, &columns, &names))
        .map_err(Into::into);
    csv_file::of_batches("customers", head, batches)
}

fn cells(rows: &[impl Cells], columns: &[Column], names: &ActorNames) -> Vec<Vec<String>> {
    rows.iter()
        .map(|row| {
            let cells = columns.iter().map(|column| row.cell(*column, names));
            cells.collect()
        })
        .collect()
}
