//! What is done to a customer.

use access::Permission;
use customer::{
    kyc::{CustomerAction, customer_may},
    primitives::Verification,
};
use kernel::Error;

use super::page::CustomerRecord;
use crate::{
    admin::{
        AdminState,
        dialog::{Asks, Field},
        operation::{Offered, Operation, Performed, Sent, Words},
        records::{
            desk,
            operations::{RecordOperation, erasable},
        },
    },
    error_page::PageError,
    layout::Viewer,
};

/// What is done to a customer; what is done with its money and credit stands in `deposits/` and `credit/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CustomerOperation {
    Record(RecordOperation),
    ResendWelcome,
    LinkLogin,
    Retry,
    Restore,
    Reactivate,
    Deactivate,
    Close,
}

use CustomerOperation::Record;
use RecordOperation::{
    AddNote, Assign, AssignToMe, ChangeEmail, ChangeTelegram, Erase, GenerateLink, Refresh, Snooze,
    Wake,
};

impl CustomerOperation {
    /// Whether the page offers it; the domains' tables say so.
    pub fn may(self, state: &AdminState, record: &CustomerRecord) -> Offered {
        let (prospect, customer) = (&record.prospect, &record.customer);
        let facts = customer.facts(&prospect.kyc);
        let at_hand = |is| if is { Offered::Yes } else { Offered::No };
        let (action, worth_knowing) = match self {
            Record(GenerateLink) => (CustomerAction::GenerateLink, false),
            Record(Refresh) => (CustomerAction::Refresh, false),
            // Whoever works at the bank may see to anybody.
            Record(AssignToMe | Assign | AddNote | Snooze | Wake) => return Offered::Yes,
            Record(ChangeEmail | ChangeTelegram) => (CustomerAction::ChangeContact, false),
            Self::Deactivate => (CustomerAction::Deactivate, false),
            Self::Reactivate => (CustomerAction::Reactivate, false),
            Self::Restore => (
                CustomerAction::Restore,
                facts.verification == Verification::Rejected && !facts.closed,
            ),
            Self::Close => (CustomerAction::Close, false),
            Record(Erase) => {
                let from = state.onboarding.erasable_from(prospect, Some(customer));
                return erasable(customer.is_erased(), from);
            }
            // Whether it still can be sent, until the first sign-in, the board says when it is pressed.
            Self::ResendWelcome => return at_hand(customer.activity().has_access()),
            Self::LinkLogin => return at_hand(state.board.may_link_login(&record.steps)),
            Self::Retry => return at_hand(record.failed().next().is_some()),
        };
        Offered::of(customer_may(action, facts), worth_knowing)
    }
}

impl Operation for CustomerOperation {
    /// The customer's public id, and the slug.
    type Address = (String, String);
    type Subject = CustomerRecord;
    const ALL: &'static [Self] = &[
        Record(GenerateLink),
        Record(Refresh),
        Record(ChangeEmail),
        Record(ChangeTelegram),
        Record(AssignToMe),
        Record(Assign),
        Record(AddNote),
        Record(Snooze),
        Record(Wake),
        Self::ResendWelcome,
        Self::LinkLogin,
        Self::Retry,
        Self::Restore,
        Self::Reactivate,
        Self::Deactivate,
        Self::Close,
        Record(Erase),
    ];

    fn named((_, slug): &Self::Address) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.words().slug == slug)
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        use Permission::{CustomerRestore, CustomerUpdate};
        let words = |slug, button, heading, consequence, done, asks, permission, grave| Words {
            slug, button, heading, consequence, done, asks, permission, grave,
        };
        match self {
            Record(operation) => operation.words(),
            Self::ResendWelcome => words("resend-welcome", "Resend welcome e-mail", "Resend welcome e-mail",
                "A new mail with a new temporary password goes out; the one sent before ends. It works until the first sign-in.",
                "The welcome e-mail is on its way.",
                Asks::Nothing, CustomerUpdate, false),
            Self::LinkLogin => words("link-login", "Link existing login", "Link existing login",
                "The login that has this e-mail in Keycloak becomes this customer's, with the password that it has. Make sure that it is this person's.",
                "The login was linked; provisioning goes on.",
                Asks::Nothing, CustomerRestore, true),
            Self::Retry => words("retry", "Retry now", "Retry now",
                "What failed is tried again at once",
                "What failed is being tried again.",
                Asks::Nothing, CustomerUpdate, false),
            Self::Restore => words("restore", "Restore", "Restore customer",
                "The rejection is lifted: the customer is Verified again, because Sumsub approved afterwards.",
                "The customer was restored.",
                Asks::Reason, CustomerRestore, false),
            Self::Reactivate => words("reactivate", "Reactivate", "Reactivate customer",
                "The portal and the account are open again, unless Sumsub has rejected the customer.",
                "The customer was reactivated.",
                Asks::Reason, CustomerUpdate, false),
            Self::Deactivate => words("deactivate", "Deactivate", "Deactivate customer",
                "The portal is shut and the account is frozen at once, until somebody reactivates the customer.",
                "The customer was deactivated.",
                Asks::Reason, CustomerUpdate, true),
            Self::Close => words("close", "Close", "Close customer",
                "For good: the login is deleted and the account is closed. The balance has to be zero.",
                "The customer was closed.",
                Asks::Reason, CustomerUpdate, true),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        (public_id, _): &Self::Address,
        sent: &Sent,
    ) -> Result<CustomerRecord, PageError> {
        let record = CustomerRecord::find(state, viewer, public_id).await?;
        Ok(record.opened_on(&sent.from))
    }

    async fn offered(
        self,
        state: &AdminState,
        _viewer: &Viewer,
        record: &CustomerRecord,
    ) -> Result<Offered, PageError> {
        Ok(self.may(state, record))
    }

    fn asks_first(self, record: &CustomerRecord) -> bool {
        match self {
            Record(operation) => operation.asks_first(&record.prospect),
            _ => self != Self::Retry,
        }
    }

    fn consequence(self, record: &CustomerRecord) -> String {
        match self {
            Record(operation) => operation.consequence(&record.prospect),
            Self::Retry => {
                let failed: Vec<&str> = record.failed().map(|step| step.label.as_str()).collect();
                format!("{}: {}.", self.words().consequence, failed.join(", "))
            }
            _ => self.words().consequence.to_owned(),
        }
    }

    fn initial(self, record: &CustomerRecord) -> Sent {
        let customer = &record.customer;
        match self {
            Record(Assign) => desk::initial(&record.prospect),
            Record(operation) => operation.initial(customer.email(), customer.telegram_handle()),
            _ => Sent::default(),
        }
    }

    async fn fields(self, state: &AdminState, sent: &Sent) -> Result<Vec<Field>, PageError> {
        desk::fields(state, self.words().asks, sent).await
    }

    fn hidden(self, record: &CustomerRecord, sent: &Sent) -> Vec<(&'static str, String)> {
        let own = match self {
            Record(operation) => operation.hidden(sent),
            _ => Vec::new(),
        };
        let from = record.from().map(|from| ("from", from));
        own.into_iter().chain(from).collect()
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        record: &CustomerRecord,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (onboarding, board, who) = (&state.onboarding, &state.board, &viewer.subject);
        let (id, typed) = (record.customer.id, &sent.value);
        match self {
            Record(operation) => operation.perform(state, viewer, id.into(), sent).await,
            Self::ResendWelcome => board.resend_welcome(who, id.into()).await,
            Self::LinkLogin => board.link_existing_login(who, id.into()).await,
            Self::Retry => Ok(board.retry_now(who, id.into()).await?),
            Self::Restore => onboarding.restore_customer(who, id, typed).await,
            Self::Reactivate => onboarding.reactivate_customer(who, id, typed).await,
            Self::Deactivate => onboarding.deactivate_customer(who, id, typed).await,
            Self::Close => onboarding.close_customer(who, id, typed).await,
        }
        .map(Performed::from)
    }
}
