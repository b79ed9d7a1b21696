//! What can be done about provisioning.

use access::Permission;
use provisioning::WaitsFor;
use uuid::Uuid;

use super::{ProvisioningGroup, board};
use crate::{customers::Customer, error::ApiError, mutation::mutations};

mutations! {
    /// The mutations of provisioning.
    ProvisioningMutations(call):

    /// Sends a new welcome e-mail with a new temporary password (CUSTOMER_UPDATE), until the person has chosen one.
    welcome_email_resend("To whom.")
    WelcomeEmailResendInput = "A new welcome e-mail." {
        /// The customer's UUID.
        customer_id: Uuid,
    }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        call.services.board.resend_welcome(call.subject, customer_id).await?;
    }
    WelcomeEmailResendPayload {
        /// The customer; the mail is on its way.
        customer: Customer => call.customer(customer_id).await?,
    }

    /// Tries what failed at once, whatever its back-off (CUSTOMER_UPDATE).
    provisioning_retry("For whom, and what.")
    ProvisioningRetryInput = "Trying again what failed." {
        /// The customer's UUID.
        customer_id: Uuid,
        /// Only this step, for example `login`; all that failed when absent.
        step: Option<String>,
    }
    {
        call.require_customer(customer_id, Permission::CustomerUpdate).await?;
        match &step {
            Some(step) => call.services.board.retry_step(call.subject, customer_id, step).await?,
            None => call.services.board.retry_now(call.subject, customer_id).await?,
        }
    }
    ProvisioningRetryPayload {
        /// The customer; what failed is being tried.
        customer: Customer => call.customer(customer_id).await?,
    }

    /// Tries all that failed and waits for the same, for everybody (CUSTOMER_UPDATE).
    provisioning_retry_all("What.")
    ProvisioningRetryAllInput = "Trying again all that waits for the same." {
        /// For what, as `provisioningBoard` names it: `person`, or what does not answer.
        waits_for: String,
    }
    {
        let waits_for = WaitsFor::from_name(&waits_for);
        if !waits_for.can_be_retried() {
            let words = "What waits for another step goes on with that one.";
            return Err(ApiError::field("waitsFor", words));
        }
        call.services.board.retry_all(call.subject, &waits_for).await?;
    }
    ProvisioningRetryAllPayload {
        /// What is not done yet.
        provisioning_board: Vec<ProvisioningGroup> => board(call.ctx).await?,
    }

    /// Makes the login that has the customer's e-mail address the customer's (CUSTOMER_RESTORE): a person has decided that it
    /// is theirs. Offered when `userCanLinkExistingLogin`.
    existing_login_link("Whose it is.")
    ExistingLoginLinkInput = "Linking a login that exists." {
        /// Whose it is.
        customer_id: Uuid,
    }
    {
        call.require_customer(customer_id, Permission::CustomerRestore).await?;
        call.services.board.link_existing_login(call.subject, customer_id).await?;
    }
    ExistingLoginLinkPayload {
        /// The customer; provisioning goes on.
        customer: Customer => call.customer(customer_id).await?,
    }
}
