//! What is done to customers.

use access::Permission;
use async_graphql::{Context, Object, SimpleObject};
use uuid::Uuid;

use super::{customer_now, is_customer, operations, reason};
use crate::{
    customer::Customer,
    error::ApiError,
    request::{caller, services},
    scalars::Timestamp,
};

operations! {
    /// Taking a customer's access away (Deactivate).
    CustomerFreezeInput {
        /// Which customer.
        customer_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => CustomerFreezePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Giving a customer's access back (Reactivate).
    CustomerUnfreezeInput {
        /// Which customer.
        customer_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => CustomerUnfreezePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Lifting a rejection.
    CustomerRestoreInput {
        /// Which customer.
        customer_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => CustomerRestorePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Closing a customer for good.
    CustomerCloseInput {
        /// Which customer.
        customer_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => CustomerClosePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Another e-mail address.
    CustomerEmailUpdateInput {
        /// Which customer.
        customer_id: Uuid,
        /// The new address.
        email: String,
    } => CustomerEmailUpdatePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Another Telegram handle.
    CustomerTelegramHandleUpdateInput {
        /// Which customer.
        customer_id: Uuid,
        /// As `@name`, `t.me/name` or a numeric id; empty takes it away.
        telegram_handle: String,
    } => CustomerTelegramHandleUpdatePayload {
        /// The customer as it is now.
        customer: Customer
    }

    /// Asking Sumsub now.
    CustomerRefreshInput {
        /// Which customer.
        customer_id: Uuid,
    } => CustomerRefreshPayload {
        /// The customer as it is now; what Sumsub answered is judged in a moment.
        customer: Customer
    }

    /// Erasing personal data for good.
    CustomerPersonalDataEraseInput {
        /// Which customer.
        customer_id: Uuid,
    } => CustomerPersonalDataErasePayload {
        /// The customer as it is now.
        customer: Customer
    }
}

/// A verification link of a customer that is not verified.
#[derive(async_graphql::InputObject)]
pub(crate) struct CustomerKycLinkCreateInput {
    /// Which customer.
    customer_id: Uuid,
}

/// A verification link that was made.
#[derive(SimpleObject)]
pub(crate) struct CustomerKycLinkCreatePayload {
    /// Where the person verifies.
    url: String,
    /// When it ends.
    expires_at: Timestamp,
    /// The customer as it is now.
    customer: Customer,
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Takes the access away, whatever the verification (CUSTOMER_UPDATE): the portal is shut, the account is frozen.
    async fn customer_freeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: CustomerFreezeInput,
    ) -> Result<CustomerFreezePayload, ApiError> {
        let id = input.customer_id;
        services(ctx)?
            .onboarding
            .deactivate_customer(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerFreezePayload { customer })
    }

    /// Gives the access back (CUSTOMER_UPDATE). Who is REJECTED stays INACTIVE.
    async fn customer_unfreeze(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: CustomerUnfreezeInput,
    ) -> Result<CustomerUnfreezePayload, ApiError> {
        let id = input.customer_id;
        services(ctx)?
            .onboarding
            .reactivate_customer(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerUnfreezePayload { customer })
    }

    /// Lifts a rejection after which Sumsub has approved (CUSTOMER_RESTORE).
    async fn customer_restore(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: CustomerRestoreInput,
    ) -> Result<CustomerRestorePayload, ApiError> {
        let id = input.customer_id;
        services(ctx)?
            .onboarding
            .restore_customer(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerRestorePayload { customer })
    }

    /// Closes a customer for good (CUSTOMER_UPDATE). The balance has to be zero.
    async fn customer_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: CustomerCloseInput,
    ) -> Result<CustomerClosePayload, ApiError> {
        let id = input.customer_id;
        services(ctx)?
            .onboarding
            .close_customer(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerClosePayload { customer })
    }

    /// Changes the e-mail address (CUSTOMER_UPDATE): login and mails follow, the verification stays.
    async fn customer_email_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and to what.")] input: CustomerEmailUpdateInput,
    ) -> Result<CustomerEmailUpdatePayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        services(ctx)?
            .onboarding
            .change_email(&caller(ctx)?.subject, id.into(), &input.email)
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerEmailUpdatePayload { customer })
    }

    /// Changes the Telegram handle (CUSTOMER_UPDATE).
    async fn customer_telegram_handle_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and to what.")] input: CustomerTelegramHandleUpdateInput,
    ) -> Result<CustomerTelegramHandleUpdatePayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        services(ctx)?
            .onboarding
            .change_telegram_handle(&caller(ctx)?.subject, id.into(), &input.telegram_handle)
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerTelegramHandleUpdatePayload { customer })
    }

    /// Asks Sumsub for a verification link for a customer that is not VERIFIED (CUSTOMER_UPDATE).
    async fn customer_kyc_link_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: CustomerKycLinkCreateInput,
    ) -> Result<CustomerKycLinkCreatePayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        let link = services(ctx)?
            .onboarding
            .generate_link(&caller(ctx)?.subject, id.into())
            .await?;
        Ok(CustomerKycLinkCreatePayload {
            url: link.url.unwrap_or_default(),
            expires_at: link.expires_at.into(),
            customer: customer_now(ctx, id).await?,
        })
    }

    /// Asks Sumsub how the verification stands and who it is (CUSTOMER_UPDATE). What it answers counts like a callback.
    async fn customer_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: CustomerRefreshInput,
    ) -> Result<CustomerRefreshPayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerUpdate).await?;
        services(ctx)?
            .onboarding
            .refresh_from_sumsub(&caller(ctx)?.subject, id.into())
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerRefreshPayload { customer })
    }

    /// Erases the personal data of a closed customer for good, once the years of retention have passed (CUSTOMER_ERASE).
    async fn customer_personal_data_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: CustomerPersonalDataEraseInput,
    ) -> Result<CustomerPersonalDataErasePayload, ApiError> {
        let id = input.customer_id;
        is_customer(ctx, id, Permission::CustomerErase).await?;
        services(ctx)?
            .onboarding
            .erase_personal_data(&caller(ctx)?.subject, id.into())
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(CustomerPersonalDataErasePayload { customer })
    }
}
