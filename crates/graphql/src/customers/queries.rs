//! Looking customers up.

use ::customer::customer::Customer as Entity;
use access::Subject;
use async_graphql::{Context, Object};
use kernel::{Cursor, Error};
use uuid::Uuid;

use super::{
    Customer,
    filter::{CustomersFilter, CustomersSort, CustomersSortBy},
};
use crate::{
    Services,
    columns::Listed,
    connection::{Connection, PageArgs, cost},
    error::ApiError,
    lookup::{Numbered, by_public_id},
    page_batch::PageBatch,
    request::{caller, services},
    scalars::PublicId,
};

/// The queries of customers.
#[derive(Default)]
pub(crate) struct CustomerQueries;

#[Object]
impl CustomerQueries {
    /// Customers, the newest first unless `sort` says otherwise.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<CustomersFilter>,
        #[graphql(desc = "The order; `{by: CREATED_AT, direction: DESC}` when absent.")]
        sort: Option<CustomersSort>,
    ) -> Result<Connection<Listed<Customer>>, ApiError> {
        let CustomersSort {
            by: CustomersSortBy::CreatedAt,
            direction,
        } = sort.unwrap_or_default();
        let page = PageArgs::<Cursor>::parse(first, after.as_deref())?;
        let Some(filter) = filter.unwrap_or_default().into_domain() else {
            return Ok(page.empty_connection());
        };
        let found = services(ctx)?
            .onboarding
            .list_customers(&caller(ctx)?.subject, &filter, page.in_direction(direction))
            .await?;
        let batch = PageBatch::new(ctx, found.rows.iter().map(|row| row.id))?;
        batch.know_activities(&found.rows);
        let more = found.next.is_some();
        let nodes = found.rows.into_iter();
        let nodes = nodes.map(|row| (row.cursor(), Listed(Customer::listed(row, &batch))));
        Ok(page.connection(nodes, more))
    }

    /// The customer with this id; null when there is none.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID, which is the prospect's that it was.")] id: Uuid,
    ) -> Result<Option<Customer>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.customer(&caller(ctx)?.subject, id.into()).await;
        Customer::found(ctx, found)
    }

    /// One customer by its e-mail address, in any case.
    async fn customer_by_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<Customer>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let subject = &caller(ctx)?.subject;
        let found = onboarding.customer_by_email(subject, &email).await;
        Customer::found(ctx, found)
    }

    /// The customer with this id; null when there is none.
    async fn customer_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Customer>, ApiError> {
        by_public_id(ctx, &id).await
    }
}

impl Numbered for Customer {
    type Entity = Entity;

    async fn read(services: &Services, subject: &Subject, number: &str) -> Result<Entity, Error> {
        let found = services
            .onboarding
            .customer_by_public_id(subject, number)
            .await;
        found.map(|(_, customer)| customer)
    }

    fn alone(ctx: &Context<'_>, entity: Entity) -> Result<Self, ApiError> {
        Ok(Self::new(PageBatch::with_customer(ctx, entity)?))
    }
}
