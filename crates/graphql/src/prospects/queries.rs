//! Looking prospects up.

use ::customer::{primitives::Stage, prospect::Prospect as Entity};
use access::Subject;
use async_graphql::{Context, ID, Object, SimpleObject};
use kernel::{Cursor, Error};
use uuid::Uuid;

use super::{
    Prospect, ProspectStage,
    filter::{ProspectsFilter, ProspectsSort, ProspectsSortBy},
};
use crate::{
    Services,
    columns::Listed,
    connection::{Connection, PageArgs, cost},
    error::ApiError,
    imports::ProspectImport,
    lookup::{Numbered, by_public_id},
    page_batch::PageBatch,
    request::{caller, services},
    scalars::PublicId,
};

/// How many prospects are at a stage.
#[derive(SimpleObject)]
struct ProspectStageCount {
    /// The stage that is counted.
    stage: ProspectStage,
    /// How many; may be some seconds old.
    count: i64,
}

/// The queries of prospects.
#[derive(Default)]
pub(crate) struct ProspectQueries;

#[Object]
impl ProspectQueries {
    /// Prospects, the newest first unless `sort` says otherwise.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn prospects(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<ProspectsFilter>,
        #[graphql(desc = "The order; `{by: CREATED_AT, direction: DESC}` when absent.")]
        sort: Option<ProspectsSort>,
    ) -> Result<Connection<Listed<Prospect>>, ApiError> {
        let ProspectsSort {
            by: ProspectsSortBy::CreatedAt,
            direction,
        } = sort.unwrap_or_default();
        let page = PageArgs::<Cursor>::parse(first, after.as_deref())?;
        let Some(filter) = filter.unwrap_or_default().into_domain() else {
            return Ok(page.empty_connection());
        };
        let found = services(ctx)?
            .onboarding
            .list_prospects(&caller(ctx)?.subject, &filter, page.in_direction(direction))
            .await?;
        let batch = PageBatch::new(ctx, found.rows.iter().map(|row| row.id))?;
        let more = found.next.is_some();
        let nodes = found.rows.into_iter();
        let nodes = nodes.map(|row| (row.cursor(), Listed(Prospect::listed(row, &batch))));
        Ok(page.connection(nodes, more))
    }

    /// One prospect, also after it has become a customer.
    async fn prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Prospect>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.prospect(&caller(ctx)?.subject, id.into()).await;
        Prospect::found(ctx, found)
    }

    /// One prospect, also after it has become a customer.
    async fn prospect_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Prospect>, ApiError> {
        by_public_id(ctx, &id).await
    }

    /// A file of prospects that was uploaded in the panel (CUSTOMER_READ), and what became of its rows; null when there is none of this
    /// number.
    async fn prospect_import(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The import's number.")] import_id: ID,
    ) -> Result<Option<ProspectImport>, ApiError> {
        ProspectImport::find(ctx, &import_id).await
    }

    /// How many prospects are at each stage.
    #[graphql(complexity = "cost(7, child_complexity)")]
    async fn prospect_stage_counts(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ProspectStageCount>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let counts = onboarding.stage_counts(&caller(ctx)?.subject).await?;
        let stages = Stage::ALL.iter();
        let count = |stage: &Stage| ProspectStageCount {
            stage: (*stage).into(),
            count: counts.get(stage).copied().unwrap_or_default(),
        };
        Ok(stages.map(count).collect())
    }
}

impl Numbered for Prospect {
    type Entity = Entity;

    async fn read(services: &Services, subject: &Subject, number: &str) -> Result<Entity, Error> {
        services
            .onboarding
            .prospect_by_public_id(subject, number)
            .await
    }

    fn alone(ctx: &Context<'_>, entity: Entity) -> Result<Self, ApiError> {
        Ok(Self::new(PageBatch::with_prospect(ctx, entity)?))
    }
}
