//! Looking one record up by its public id, alike for every type that has one which is a number.

use access::Subject;
use async_graphql::Context;
use kernel::Error;

use crate::{
    Services,
    error::{ApiError, found},
    request::{caller, services},
    scalars::PublicId,
};

/// A type whose records have public ids that are numbers.
pub(crate) trait Numbered: Sized {
    /// The record, as its domain has it.
    type Entity;

    /// Asks the domain for the record with this number.
    fn read(
        services: &Services,
        subject: &Subject,
        number: &str,
    ) -> impl Future<Output = Result<Self::Entity, Error>> + Send;

    /// One that has been read by itself.
    fn alone(ctx: &Context<'_>, entity: Self::Entity) -> Result<Self, ApiError>;

    /// What a query for one record answers; none when there is no such.
    fn found(
        ctx: &Context<'_>,
        result: Result<Self::Entity, Error>,
    ) -> Result<Option<Self>, ApiError> {
        let alone = |entity| Self::alone(ctx, entity);
        found(result)?.map(alone).transpose()
    }
}

/// The record with this public id; none when there is no such.
pub(crate) async fn by_public_id<R: Numbered>(
    ctx: &Context<'_>,
    id: &PublicId,
) -> Result<Option<R>, ApiError> {
    if !id.is_number() {
        return Ok(None);
    }
    let subject = &caller(ctx)?.subject;
    R::found(ctx, R::read(services(ctx)?, subject, &id.0).await)
}
