//! What is done to prospects.

use async_graphql::{Context, Object, SimpleObject};
use customer::ProspectInput;
use uuid::Uuid;

use super::{customer_now, operations, prospect_now, reason};
use crate::{
    customer::Customer,
    enums::CustomerType,
    error::ApiError,
    loaders::Siblings,
    prospect::Prospect,
    request::{caller, services},
    scalars::Timestamp,
};

operations! {
    /// A new prospect.
    ProspectCreateInput {
        /// The e-mail address. One that an open prospect or customer has is a `CONFLICT`.
        email: String,
        /// The Telegram handle as `@name`, `t.me/name` or a numeric id; may be left out. One that somebody has is a `CONFLICT`.
        telegram_handle: Option<String>,
        /// Who is being onboarded.
        customer_type: CustomerType,
    } => ProspectCreatePayload {
        /// The prospect.
        prospect: Prospect
    }

    /// Past KYC, to a customer.
    ProspectConvertInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => ProspectConvertPayload {
        /// The customer that it has become.
        customer: Customer
    }

    /// Closing a prospect.
    ProspectCloseInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => ProspectClosePayload {
        /// The prospect as it is now.
        prospect: Prospect
    }

    /// Opening a closed prospect again.
    ProspectReopenInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// Why; recorded as *none given (API)* when absent.
        reason: Option<String>,
    } => ProspectReopenPayload {
        /// The prospect as it is now.
        prospect: Prospect
    }

    /// Another customer type.
    ProspectCustomerTypeUpdateInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// Who is being onboarded.
        customer_type: CustomerType,
    } => ProspectCustomerTypeUpdatePayload {
        /// The prospect as it is now.
        prospect: Prospect
    }

    /// Another e-mail address.
    ProspectEmailUpdateInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// The new address.
        email: String,
    } => ProspectEmailUpdatePayload {
        /// The prospect as it is now.
        prospect: Prospect
    }

    /// Another Telegram handle.
    ProspectTelegramHandleUpdateInput {
        /// Which prospect.
        prospect_id: Uuid,
        /// As `@name`, `t.me/name` or a numeric id; empty takes it away.
        telegram_handle: String,
    } => ProspectTelegramHandleUpdatePayload {
        /// The prospect as it is now.
        prospect: Prospect
    }

    /// Asking Sumsub now.
    ProspectRefreshInput {
        /// Which prospect.
        prospect_id: Uuid,
    } => ProspectRefreshPayload {
        /// The prospect as it is now; what Sumsub answered is judged in a moment.
        prospect: Prospect
    }

    /// Erasing personal data for good.
    ProspectPersonalDataEraseInput {
        /// Which prospect.
        prospect_id: Uuid,
    } => ProspectPersonalDataErasePayload {
        /// The prospect as it is now.
        prospect: Prospect
    }
}

/// A verification link of a prospect.
#[derive(async_graphql::InputObject)]
pub(crate) struct ProspectKycLinkCreateInput {
    /// Which prospect.
    prospect_id: Uuid,
}

/// A verification link that was made.
#[derive(SimpleObject)]
pub(crate) struct ProspectKycLinkCreatePayload {
    /// Where the person verifies.
    url: String,
    /// When it ends.
    expires_at: Timestamp,
    /// The prospect as it is now.
    prospect: Prospect,
}

/// See [`super::Mutation`].
#[derive(Default)]
pub(super) struct ProspectMutation;

#[Object]
impl ProspectMutation {
    /// Creates a prospect (CUSTOMER_CREATE): stage NEW, KYC NOT_STARTED.
    async fn prospect_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Who.")] input: ProspectCreateInput,
    ) -> Result<ProspectCreatePayload, ApiError> {
        let typed = ProspectInput {
            email: input.email,
            telegram_handle: input.telegram_handle.unwrap_or_default(),
            customer_type: customer::primitives::CustomerType::from(input.customer_type)
                .name()
                .to_owned(),
        };
        let made = services(ctx)?
            .onboarding
            .create_prospect(&caller(ctx)?.subject, Uuid::now_v7().into(), &typed)
            .await?;
        let prospect = Prospect::new(Siblings::of_prospect(ctx, made)?);
        Ok(ProspectCreatePayload { prospect })
    }

    /// Asks Sumsub for a verification link (CUSTOMER_UPDATE). Each call makes a new one; of those that were made before only
    /// the newest is shown.
    async fn prospect_kyc_link_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ProspectKycLinkCreateInput,
    ) -> Result<ProspectKycLinkCreatePayload, ApiError> {
        let id = input.prospect_id;
        let link = services(ctx)?
            .onboarding
            .generate_link(&caller(ctx)?.subject, id.into())
            .await?;
        Ok(ProspectKycLinkCreatePayload {
            url: link.url.unwrap_or_default(),
            expires_at: link.expires_at.into(),
            prospect: prospect_now(ctx, id).await?,
        })
    }

    /// Converts a prospect by hand, past KYC (CUSTOMER_CONVERT): level NOT_KYCED, PENDING_VERIFICATION.
    async fn prospect_convert(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: ProspectConvertInput,
    ) -> Result<ProspectConvertPayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .convert_by_hand(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let customer = customer_now(ctx, id).await?;
        Ok(ProspectConvertPayload { customer })
    }

    /// Closes a prospect (CUSTOMER_UPDATE): e-mail address and Telegram handle are free again, callbacks are recorded only.
    async fn prospect_close(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: ProspectCloseInput,
    ) -> Result<ProspectClosePayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .close_prospect(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectClosePayload { prospect })
    }

    /// Opens a closed prospect again (CUSTOMER_UPDATE): stage NEW, and what Sumsub said last is judged again.
    async fn prospect_reopen(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom, and why.")] input: ProspectReopenInput,
    ) -> Result<ProspectReopenPayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .reopen_prospect(&caller(ctx)?.subject, id.into(), &reason(input.reason))
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectReopenPayload { prospect })
    }

    /// Changes the customer type while the prospect is NEW (CUSTOMER_UPDATE). A verification link that was made is void.
    async fn prospect_customer_type_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and to what.")] input: ProspectCustomerTypeUpdateInput,
    ) -> Result<ProspectCustomerTypeUpdatePayload, ApiError> {
        let id = input.prospect_id;
        let customer_type = customer::primitives::CustomerType::from(input.customer_type);
        services(ctx)?
            .onboarding
            .change_customer_type(&caller(ctx)?.subject, id.into(), customer_type.name())
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectCustomerTypeUpdatePayload { prospect })
    }

    /// Changes the e-mail address (CUSTOMER_UPDATE); of the customer that it became, too. The verification stays.
    async fn prospect_email_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and to what.")] input: ProspectEmailUpdateInput,
    ) -> Result<ProspectEmailUpdatePayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .change_email(&caller(ctx)?.subject, id.into(), &input.email)
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectEmailUpdatePayload { prospect })
    }

    /// Changes the Telegram handle (CUSTOMER_UPDATE); of the customer that it became, too.
    async fn prospect_telegram_handle_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose, and to what.")] input: ProspectTelegramHandleUpdateInput,
    ) -> Result<ProspectTelegramHandleUpdatePayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .change_telegram_handle(&caller(ctx)?.subject, id.into(), &input.telegram_handle)
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectTelegramHandleUpdatePayload { prospect })
    }

    /// Asks Sumsub how the verification stands and who it is (CUSTOMER_UPDATE). What it answers counts like a callback.
    async fn prospect_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whom.")] input: ProspectRefreshInput,
    ) -> Result<ProspectRefreshPayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .refresh_from_sumsub(&caller(ctx)?.subject, id.into())
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectRefreshPayload { prospect })
    }

    /// Erases the personal data of a closed prospect for good, once the years of retention have passed (CUSTOMER_ERASE).
    async fn prospect_personal_data_erase(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Whose.")] input: ProspectPersonalDataEraseInput,
    ) -> Result<ProspectPersonalDataErasePayload, ApiError> {
        let id = input.prospect_id;
        services(ctx)?
            .onboarding
            .erase_personal_data(&caller(ctx)?.subject, id.into())
            .await?;
        let prospect = prospect_now(ctx, id).await?;
        Ok(ProspectPersonalDataErasePayload { prospect })
    }
}
