//! What can be done to prospects.

use ::customer::{ProspectInput, onboarding::SnoozeUntil, primitives};
use uuid::Uuid;

use super::{CustomerType, Note, Prospect};
use crate::{
    customers::Customer,
    mutation::{mutations, recorded_reason},
    page_batch::PageBatch,
    scalars::Timestamp,
};

mutations! {
    /// The mutations of prospects.
    ProspectMutations(call):

    /// Creates a prospect (CUSTOMER_CREATE): stage NEW, KYC NOT_STARTED.
    prospect_create("Who.")
    ProspectCreateInput = "A new prospect." {
        /// The e-mail address. One that an open prospect or customer has is a `CONFLICT`.
        email: String,
        /// The Telegram handle as `@name`, `t.me/name` or a numeric id; may be left out. One that somebody has is a `CONFLICT`.
        telegram_handle: Option<String>,
        /// Who is being onboarded.
        customer_type: CustomerType,
        /// Whether the verification link is made and mailed by itself (CUSTOMER_UPDATE, too), also when Sumsub is away now.
        send_link: Option<bool>,
    }
    {
        let input = ProspectInput {
            email,
            telegram_handle: telegram_handle.unwrap_or_default(),
            customer_type: primitives::CustomerType::from(customer_type).name().to_owned(),
        };
        let id = Uuid::now_v7().into();
        let onboarding = &call.services.onboarding;
        let created = match send_link {
            Some(true) => onboarding.create_and_send_link(call.subject, id, &input).await?,
            _ => onboarding.create_prospect(call.subject, id, &input).await?,
        };
    }
    ProspectCreatePayload {
        /// The prospect as it is now.
        prospect: Prospect => Prospect::new(PageBatch::with_prospect(call.ctx, created)?),
    }

    /// Asks Sumsub for a verification link (CUSTOMER_UPDATE). Each call makes a new one; of those that were made before only
    /// the newest is shown.
    prospect_kyc_link_create("Whose.")
    ProspectKycLinkCreateInput = "A verification link of a prospect." { prospect_id, }
    { let link = call.services.onboarding.generate_link(call.subject, prospect_id.into()).await?; }
    ProspectKycLinkCreatePayload = "A verification link that was made." {
        /// Where the person verifies.
        url: String => link.url.unwrap_or_default(),
        /// When it ends.
        expires_at: Timestamp => link.expires_at.into(),
        prospect => call.prospect(prospect_id).await?,
    }

    /// Mails the verification link (CUSTOMER_UPDATE), which is made when there is none that can be used: by itself, also when Sumsub or
    /// the mail server is away now. The same again at once sends one.
    prospect_kyc_link_send("Whom.")
    ProspectKycLinkSendInput = "The verification link by e-mail." { prospect_id, }
    { call.services.onboarding.send_link(call.subject, prospect_id.into()).await?; }
    ProspectKycLinkSendPayload { prospect => call.prospect(prospect_id).await?, }

    /// Converts a prospect by hand, past KYC (CUSTOMER_CONVERT): level NOT_KYCED, PENDING_VERIFICATION.
    prospect_convert("Whom, and why.")
    ProspectConvertInput = "Past KYC, to a customer." { prospect_id, reason, }
    { call.services.onboarding.convert_by_hand(call.subject, prospect_id.into(), &recorded_reason(reason)).await?; }
    ProspectConvertPayload {
        /// The customer that it has become.
        customer: Customer => call.customer(prospect_id).await?,
    }

    /// Closes a prospect (CUSTOMER_UPDATE): e-mail address and Telegram handle are free again, callbacks are recorded only.
    prospect_close("Whom, and why.")
    ProspectCloseInput = "Closing a prospect." { prospect_id, reason, }
    { call.services.onboarding.close_prospect(call.subject, prospect_id.into(), &recorded_reason(reason)).await?; }
    ProspectClosePayload { prospect => call.prospect(prospect_id).await?, }

    /// Opens a closed prospect again (CUSTOMER_UPDATE): stage NEW, and what Sumsub said last is judged again.
    prospect_reopen("Whom, and why.")
    ProspectReopenInput = "Opening a closed prospect again." { prospect_id, reason, }
    { call.services.onboarding.reopen_prospect(call.subject, prospect_id.into(), &recorded_reason(reason)).await?; }
    ProspectReopenPayload { prospect => call.prospect(prospect_id).await?, }

    /// Changes the customer type while the prospect is NEW (CUSTOMER_UPDATE). A verification link that was made is void.
    prospect_customer_type_update("Whose, and to what.")
    ProspectCustomerTypeUpdateInput = "Another customer type." {
        prospect_id,
        /// Who is being onboarded.
        customer_type: CustomerType,
    }
    {
        let customer_type = primitives::CustomerType::from(customer_type).name();
        call.services.onboarding.change_customer_type(call.subject, prospect_id.into(), customer_type).await?;
    }
    ProspectCustomerTypeUpdatePayload { prospect => call.prospect(prospect_id).await?, }

    /// Changes the e-mail address (CUSTOMER_UPDATE); of the customer that it became, too. The verification stays.
    prospect_email_update("Whose, and to what.")
    ProspectEmailUpdateInput = "Another e-mail address." {
        prospect_id,
        /// The new address.
        email: String,
    }
    { call.services.onboarding.change_email(call.subject, prospect_id.into(), &email).await?; }
    ProspectEmailUpdatePayload { prospect => call.prospect(prospect_id).await?, }

    /// Changes the Telegram handle (CUSTOMER_UPDATE); of the customer that it became, too.
    prospect_telegram_handle_update("Whose, and to what.")
    ProspectTelegramHandleUpdateInput = "Another Telegram handle." {
        prospect_id,
        /// As `@name`, `t.me/name` or a numeric id; empty takes it away.
        telegram_handle: String,
    }
    { call.services.onboarding.change_telegram_handle(call.subject, prospect_id.into(), &telegram_handle).await?; }
    ProspectTelegramHandleUpdatePayload { prospect => call.prospect(prospect_id).await?, }

    /// Gives a prospect to an operator to see to, or to nobody (CUSTOMER_UPDATE); the customer that it became, too. An operator who is disabled, or
    /// may not change records, is `BAD_USER_INPUT`.
    prospect_assign("Whom, and to whom.")
    ProspectAssignInput = "Somebody to see to a prospect or customer." {
        prospect_id,
        /// The operator's `userId`; null or left out: nobody.
        assignee_id: Option<Uuid>,
    }
    { call.services.onboarding.assign(call.subject, prospect_id.into(), assignee_id.map(Into::into)).await?; }
    ProspectAssignPayload { prospect => call.prospect(prospect_id).await?, }

    /// Adds a note about a prospect (CUSTOMER_UPDATE), also as the customer that it became. Notes are never changed; they are erased with the personal data.
    prospect_note_add("About whom, and what.")
    ProspectNoteAddInput = "A note." {
        prospect_id,
        /// What the note gets for an id: the same again adds one. Given by Usher when left out.
        note_id: Option<Uuid>,
        /// Plain text of 4,000 characters at most.
        text: String,
    }
    {
        let note_id = note_id.unwrap_or_else(Uuid::now_v7);
        call.services.onboarding.add_note(call.subject, prospect_id.into(), note_id, &text).await?;
    }
    ProspectNoteAddPayload {
        /// The note that was added.
        note: Note => Note::new(
            call.services.onboarding.note(call.subject, prospect_id, note_id).await?,
            &PageBatch::new(call.ctx, vec![prospect_id])?,
        ),
        prospect => call.prospect(prospect_id).await?,
    }

    /// Lets nobody be asked about a prospect, or the customer that it became, until a time (CUSTOMER_UPDATE), or until something happens to it.
    prospect_snooze("Whom, and until when.")
    ProspectSnoozeInput = "A rest." {
        prospect_id,
        /// A time to come, within a year; null or left out: it is asked about again at once.
        until: Option<Timestamp>,
    }
    {
        let onboarding = &call.services.onboarding;
        match until {
            Some(Timestamp(until)) => onboarding.snooze(call.subject, prospect_id.into(), SnoozeUntil::Time(until)).await?,
            None => onboarding.wake(call.subject, prospect_id.into()).await?,
        }
    }
    ProspectSnoozePayload { prospect => call.prospect(prospect_id).await?, }

    /// Asks Sumsub how the verification stands and who it is (CUSTOMER_UPDATE). What it answers counts like a callback.
    prospect_refresh("Whom.")
    ProspectRefreshInput = "Asking Sumsub now." { prospect_id, }
    { call.services.onboarding.refresh_from_sumsub(call.subject, prospect_id.into()).await?; }
    ProspectRefreshPayload {
        /// The prospect as it is now; what Sumsub answered is judged in a moment.
        prospect: Prospect => call.prospect(prospect_id).await?,
    }

    /// Erases the personal data of a closed prospect for good, once the years of retention have passed (CUSTOMER_ERASE).
    prospect_personal_data_erase("Whose.")
    ProspectPersonalDataEraseInput = "Erasing personal data for good." { prospect_id, }
    { call.services.onboarding.erase_personal_data(call.subject, prospect_id.into()).await?; }
    ProspectPersonalDataErasePayload { prospect => call.prospect(prospect_id).await?, }
}
