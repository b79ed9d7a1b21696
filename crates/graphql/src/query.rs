//! The root of queries: looking records up, and lists. A single record that does not exist is null.

use ::customer::list;
use async_graphql::{Context, Object, SimpleObject, Union};
use kernel::{Error, PageRequest};
use uuid::Uuid;

use crate::{
    audit::{self, AuditEntriesFilter, AuditEntry},
    callback::{self, Callback, CallbacksFilter},
    credit::CreditFacilityProposal,
    customer::Customer,
    deposit_account::DepositAccount,
    enums::{CustomersSortBy, ProspectStage, ProspectsSortBy, SortDirection},
    error::ApiError,
    filter::{CustomersFilter, CustomersSort, ProspectsFilter, ProspectsSort},
    loaders::Siblings,
    me::Me,
    money::{Deposit, Withdrawal},
    page::{self, Page, cost},
    prospect::Prospect,
    raised::{RaisedItem, RaisedItems},
    request::{caller, services},
    scalars::PublicId,
    step::{self, ProvisioningGroup},
};

/// The root of queries.
#[derive(Default)]
pub struct Query {
    _private: (),
}

/// What a public id belongs to.
#[derive(Union)]
enum PublicIdTarget {
    Customer(Customer),
    Prospect(Prospect),
    DepositAccount(DepositAccount),
    Deposit(Deposit),
    Withdrawal(Withdrawal),
}

/// How many prospects are at a stage.
#[derive(SimpleObject)]
struct ProspectStageCount {
    /// The stage.
    stage: ProspectStage,
    /// How many; may be some seconds old.
    count: i64,
}

/// Looking things up. Every look at one record is in the audit log.
#[Object]
impl Query {
    /// The version of Usher.
    async fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// Who you are, and what you may do.
    async fn me(&self, ctx: &Context<'_>) -> Result<Me, ApiError> {
        Ok(Me(caller(ctx)?.clone()))
    }

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
    ) -> Result<Page<Prospect>, ApiError> {
        let ProspectsSort {
            by: ProspectsSortBy::CreatedAt,
            direction,
        } = sort.unwrap_or(ProspectsSort {
            by: ProspectsSortBy::CreatedAt,
            direction: SortDirection::Desc,
        });
        let request = page_request(first, after.as_deref(), direction)?;
        let filter = filter.unwrap_or_default();
        let filter = list::ProspectFilter {
            attention: filter.attention.map(Into::into),
            stage: filter.stage.map(Into::into),
            customer_type: filter.customer_type.map(Into::into),
            search: filter.search,
        };
        let found = services(ctx)?
            .onboarding
            .list_prospects(&caller(ctx)?.subject, &filter, request)
            .await?;
        let ids = found.rows.iter().map(|row| row.id).collect();
        let siblings = Siblings::of(ctx, ids)?;
        let mut nodes = Vec::with_capacity(found.rows.len());
        for row in &found.rows {
            if let Some(prospect) = Prospect::among(&siblings, row.id).await? {
                nodes.push((row.cursor().to_string(), prospect));
            }
        }
        Ok(page::page(
            nodes,
            request.after.is_some(),
            found.next.is_some(),
        ))
    }

    /// One prospect, also after it has become a customer.
    async fn prospect(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Prospect>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.prospect(&caller(ctx)?.subject, id.into()).await;
        found_prospect(ctx, found)
    }

    /// One prospect, also after it has become a customer.
    async fn prospect_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Prospect>, ApiError> {
        prospect_by_public_id(ctx, &id).await
    }

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
    ) -> Result<Page<Customer>, ApiError> {
        let CustomersSort {
            by: CustomersSortBy::CreatedAt,
            direction,
        } = sort.unwrap_or(CustomersSort {
            by: CustomersSortBy::CreatedAt,
            direction: SortDirection::Desc,
        });
        let request = page_request(first, after.as_deref(), direction)?;
        let Some(filter) = filter.unwrap_or_default().into_domain() else {
            return Ok(page::page([], request.after.is_some(), false));
        };
        let found = services(ctx)?
            .onboarding
            .list_customers(&caller(ctx)?.subject, &filter, request)
            .await?;
        let ids = found.rows.iter().map(|row| row.id).collect();
        let siblings = Siblings::of(ctx, ids)?;
        let mut nodes = Vec::with_capacity(found.rows.len());
        for row in &found.rows {
            if let Some(customer) = Customer::among(&siblings, row.id).await? {
                nodes.push((row.cursor().to_string(), customer));
            }
        }
        Ok(page::page(
            nodes,
            request.after.is_some(),
            found.next.is_some(),
        ))
    }

    /// One customer.
    async fn customer(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID, which is the prospect's that it was.")] id: Uuid,
    ) -> Result<Option<Customer>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.customer(&caller(ctx)?.subject, id.into()).await;
        found_customer(ctx, found)
    }

    /// One customer by its e-mail address, in any case.
    async fn customer_by_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The e-mail address.")] email: String,
    ) -> Result<Option<Customer>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding
            .customer_by_email(&caller(ctx)?.subject, &email)
            .await;
        found_customer(ctx, found)
    }

    /// One customer.
    async fn customer_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Customer>, ApiError> {
        customer_by_public_id(ctx, &id).await
    }

    /// One deposit account.
    async fn deposit_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<DepositAccount>, ApiError> {
        DepositAccount::by_id(ctx, id).await
    }

    /// One deposit account.
    async fn deposit_account_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The account number, for example `DEP-100023`.")] id: PublicId,
    ) -> Result<Option<DepositAccount>, ApiError> {
        DepositAccount::by_public_id(ctx, &id).await
    }

    /// What a public id belongs to. That of a prospect which has become a customer belongs to the customer.
    async fn public_id_target(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A short id.")] id: PublicId,
    ) -> Result<Option<PublicIdTarget>, ApiError> {
        if let Some(customer) = customer_by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Customer(customer)));
        }
        if let Some(prospect) = prospect_by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Prospect(prospect)));
        }
        if let Some(deposit) = Deposit::by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Deposit(deposit)));
        }
        if let Some(withdrawal) = Withdrawal::by_public_id(ctx, &id).await? {
            return Ok(Some(PublicIdTarget::Withdrawal(withdrawal)));
        }
        let account = DepositAccount::by_public_id(ctx, &id).await?;
        Ok(account.map(PublicIdTarget::DepositAccount))
    }

    /// One deposit.
    async fn deposit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Deposit>, ApiError> {
        Deposit::by_id(ctx, id).await
    }

    /// One deposit.
    async fn deposit_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Deposit>, ApiError> {
        Deposit::by_public_id(ctx, &id).await
    }

    /// One withdrawal.
    async fn withdrawal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<Withdrawal>, ApiError> {
        Withdrawal::by_id(ctx, id).await
    }

    /// One withdrawal.
    async fn withdrawal_by_public_id(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its short number.")] id: PublicId,
    ) -> Result<Option<Withdrawal>, ApiError> {
        Withdrawal::by_public_id(ctx, &id).await
    }

    /// An account's deposits, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn deposits(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account's.")] deposit_account_id: Uuid,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Deposit>, ApiError> {
        Deposit::page_of(ctx, deposit_account_id, first, after.as_deref()).await
    }

    /// An account's withdrawals, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which account's.")] deposit_account_id: Uuid,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Withdrawal>, ApiError> {
        Withdrawal::page_of(ctx, deposit_account_id, first, after.as_deref()).await
    }

    /// The withdrawals from all accounts that wait for somebody to confirm or cancel them, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn withdrawals_pending_confirmation(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<Withdrawal>, ApiError> {
        Withdrawal::waiting(ctx, first, after.as_deref()).await
    }

    /// One credit facility proposal.
    async fn credit_facility_proposal(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its UUID.")] id: Uuid,
    ) -> Result<Option<CreditFacilityProposal>, ApiError> {
        CreditFacilityProposal::by_id(ctx, id).await
    }

    /// The credit facility proposals of all customers that wait for a decision, oldest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn credit_facility_proposals_pending_approval(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<CreditFacilityProposal>, ApiError> {
        CreditFacilityProposal::waiting(ctx, first, after.as_deref()).await
    }

    /// How many prospects are at each stage.
    #[graphql(complexity = "cost(7, child_complexity)")]
    async fn prospect_stage_counts(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ProspectStageCount>, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let counts = onboarding.stage_counts(&caller(ctx)?.subject).await?;
        Ok(::customer::primitives::Stage::ALL
            .iter()
            .map(|stage| ProspectStageCount {
                stage: (*stage).into(),
                count: counts.get(stage).copied().unwrap_or_default(),
            })
            .collect())
    }

    /// What a person has to look at.
    async fn raised_items(&self, ctx: &Context<'_>) -> Result<RaisedItems, ApiError> {
        let onboarding = &services(ctx)?.onboarding;
        let found = onboarding.raised(&caller(ctx)?.subject).await?;
        let siblings = Siblings::of(ctx, RaisedItem::subjects(&found.items))?;
        Ok(RaisedItems {
            total_count: found.count,
            nodes: RaisedItem::all(found.items, &siblings),
        })
    }

    /// What was raised and somebody resolved, newest first, with who, when and why.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn resolved_raised_items(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
    ) -> Result<Page<RaisedItem>, ApiError> {
        RaisedItem::resolved(ctx, first, after.as_deref()).await
    }

    /// What provisioning has not done yet, by what it waits for, the group with the oldest first.
    #[graphql(complexity = "cost(5, child_complexity)")]
    async fn provisioning_board(
        &self,
        ctx: &Context<'_>,
    ) -> Result<Vec<ProvisioningGroup>, ApiError> {
        step::board(ctx).await
    }

    /// What Sumsub sent, newest first.
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn callbacks(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which ones; all when absent.")] filter: Option<CallbacksFilter>,
    ) -> Result<Page<Callback>, ApiError> {
        callback::page_of_log(ctx, first, after.as_deref(), filter.unwrap_or_default()).await
    }

    /// One callback, with its body.
    async fn callback(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] id: async_graphql::ID,
    ) -> Result<Option<Callback>, ApiError> {
        Callback::by_id(ctx, &id).await
    }

    /// The audit log, newest first (AUDIT_READ).
    #[graphql(complexity = "cost(first, child_complexity)")]
    async fn audit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many, 1 to 100.")] first: i32,
        #[graphql(desc = "The `endCursor` of the page before.")] after: Option<String>,
        #[graphql(desc = "Which entries; all when absent.")] filter: Option<AuditEntriesFilter>,
    ) -> Result<Page<AuditEntry>, ApiError> {
        audit::page_of(ctx, first, after.as_deref(), filter.unwrap_or_default()).await
    }

    /// Every action that was ever asked for, by name: the choices of the audit log's filter (AUDIT_READ).
    async fn audit_actions(&self, ctx: &Context<'_>) -> Result<Vec<String>, ApiError> {
        Ok(services(ctx)?.audit.actions(&caller(ctx)?.subject).await?)
    }
}

fn page_request(
    first: i32,
    after: Option<&str>,
    direction: SortDirection,
) -> Result<PageRequest, ApiError> {
    Ok(PageRequest {
        first: page::first(first)?,
        after: page::after(after)?,
        before: None,
        direction: direction.into(),
    })
}

async fn prospect_by_public_id(
    ctx: &Context<'_>,
    id: &PublicId,
) -> Result<Option<Prospect>, ApiError> {
    let subject = &caller(ctx)?.subject;
    if !id.is_number() {
        return Ok(None);
    }
    let onboarding = &services(ctx)?.onboarding;
    let found = onboarding.prospect_by_public_id(subject, &id.0).await;
    found_prospect(ctx, found)
}

async fn customer_by_public_id(
    ctx: &Context<'_>,
    id: &PublicId,
) -> Result<Option<Customer>, ApiError> {
    let subject = &caller(ctx)?.subject;
    if !id.is_number() {
        return Ok(None);
    }
    let onboarding = &services(ctx)?.onboarding;
    let found = onboarding.customer_by_public_id(subject, &id.0).await;
    found_customer(ctx, found.map(|(_, customer)| customer))
}

fn found_prospect(
    ctx: &Context<'_>,
    found: Result<::customer::prospect::Prospect, Error>,
) -> Result<Option<Prospect>, ApiError> {
    match found {
        Ok(entity) => Ok(Some(Prospect::new(Siblings::of_prospect(ctx, entity)?))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn found_customer(
    ctx: &Context<'_>,
    found: Result<::customer::customer::Customer, Error>,
) -> Result<Option<Customer>, ApiError> {
    match found {
        Ok(entity) => Ok(Some(Customer::new(Siblings::of_customer(ctx, entity)?))),
        Err(Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
