//! What can be done to customers.

use access::Permission;

use super::Customer;
use crate::{
    mutation::{mutations, recorded_reason},
    scalars::Timestamp,
};

mutations! {
    /// The mutations of customers.
    CustomerMutations(call):

    /// Takes the access away, whatever the verification (CUSTOMER_UPDATE): the portal is shut, the account is frozen.
    customer_freeze("Whom, and why.")
    CustomerFreezeInput = "Taking a customer's access away (Deactivate)." { customer_id, reason, }
    { call.services.onboarding.deactivate_customer(call.subject, customer_id.into(), &recorded_reason(reason)).await?; }
    CustomerFreezePayload { customer => call.customer(customer_id).await?, }

    /// Gives the access back (CUSTOMER_UPDATE). Who is REJECTED stays INACTIVE.
    customer_unfreeze("Whom, and why.")
    CustomerUnfreezeInput = "Giving a customer's access back (Reactivate)." { customer_id, reason, }
    { call.services.onboarding.reactivate_customer(call.subject, customer_id.into(), &recorded_reason(reason)).await?; }
    CustomerUnfreezePayload { customer => call.customer(customer_id).await?, }

    /// Lifts a rejection after which Sumsub has approved (CUSTOMER_RESTORE).
    customer_restore("Whom, and why.")
    CustomerRestoreInput = "Lifting a rejection." { customer_id, reason, }
    { call.services.onboarding.restore_customer(call.subject, customer_id.into(), &recorded_reason(reason)).await?; }
    CustomerRestorePayload { customer => call.customer(customer_id).await?, }

    /// Closes a customer for good (CUSTOMER_UPDATE). The balance has to be zero.
    customer_close("Whom, and why.")
    CustomerCloseInput = "Closing a customer for good." { customer_id, reason, }
    { call.services.onboarding.close_customer(call.subject, customer_id.into(), &recorded_reason(reason)).await?; }
    CustomerClosePayload { customer => call.customer(customer_id).await?, }

    /// Changes the e-mail address (CUSTOMER_UPDATE): login and mails follow, the verification stays.
    customer_email_update("Whose, and to what.")
    CustomerEmailUpdateInput = "Another e-mail address." {
        customer_id,
        /// The new address.
        email: String,
    }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        call.services.onboarding.change_email(call.subject, customer_id.into(), &email).await?;
    }
    CustomerEmailUpdatePayload { customer => call.customer(customer_id).await?, }

    /// Changes the Telegram handle (CUSTOMER_UPDATE).
    customer_telegram_handle_update("Whose, and to what.")
    CustomerTelegramHandleUpdateInput = "Another Telegram handle." {
        customer_id,
        /// As `@name`, `t.me/name` or a numeric id; empty takes it away.
        telegram_handle: String,
    }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        call.services.onboarding.change_telegram_handle(call.subject, customer_id.into(), &telegram_handle).await?;
    }
    CustomerTelegramHandleUpdatePayload { customer => call.customer(customer_id).await?, }

    /// Asks Sumsub for a verification link for a customer that is not VERIFIED (CUSTOMER_UPDATE).
    customer_kyc_link_create("Whose.")
    CustomerKycLinkCreateInput = "A verification link of a customer that is not verified." { customer_id, }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        let link = call.services.onboarding.generate_link(call.subject, customer_id.into()).await?;
    }
    CustomerKycLinkCreatePayload = "A verification link that was made." {
        /// Where the person verifies.
        url: String => link.url.unwrap_or_default(),
        /// When it ends.
        expires_at: Timestamp => link.expires_at.into(),
        customer => call.customer(customer_id).await?,
    }

    /// Asks Sumsub how the verification stands and who it is (CUSTOMER_UPDATE). What it answers counts like a callback.
    customer_refresh("Whom.")
    CustomerRefreshInput = "Asking Sumsub now." { customer_id, }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        call.services.onboarding.refresh_from_sumsub(call.subject, customer_id.into()).await?;
    }
    CustomerRefreshPayload {
        /// The customer as it is now; what Sumsub answered is judged in a moment.
        customer: Customer => call.customer(customer_id).await?,
    }

    /// Erases the personal data of a closed customer for good, once the years of retention have passed (CUSTOMER_ERASE).
    customer_personal_data_erase("Whose.")
    CustomerPersonalDataEraseInput = "Erasing personal data for good." { customer_id, }
    {
        call.require_customer(customer_id, Permission::CustomerErase).await?;
        call.services.onboarding.erase_personal_data(call.subject, customer_id.into()).await?;
    }
    CustomerPersonalDataErasePayload { customer => call.customer(customer_id).await?, }
}
