//! What an operator does to a prospect or customer, each act behind a dialog: its words, its permission, what it asks
//! for, and the call into the domain. Whether it can be done is asked of the domain ([`offered`]).

use access::Permission;
use chrono::{DateTime, Utc};
use customer::{
    customer::Customer,
    kyc::{CustomerAction, ProspectAction, customer_may, prospect_may},
    primitives::{Stage, Verification},
    prospect::{Prospect, Retry},
};
use kernel::{Decision, Error};
use uuid::Uuid;

use crate::{admin::AdminState, layout::Viewer};

/// One act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    GenerateLink,
    Refresh,
    ChangeEmail,
    ChangeTelegram,
    ChangeType,
    Convert,
    CloseProspect,
    Reopen,
    Deactivate,
    Reactivate,
    Restore,
    CloseCustomer,
    ResendWelcome,
    LinkLogin,
    Retry,
    Erase,
}

/// What the dialog asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    Nothing,
    Reason,
    Email,
    Telegram,
    CustomerType,
}

/// How an act is spoken of.
pub struct Words {
    /// In addresses.
    pub slug: &'static str,
    /// The button that opens the dialog.
    pub button: &'static str,
    /// The dialog's name.
    pub heading: &'static str,
    /// What will happen.
    pub consequence: &'static str,
    /// What has happened.
    pub done: &'static str,
    /// What is asked for.
    pub asks: Asks,
    /// What it needs.
    pub permission: Permission,
    /// It takes something away.
    pub grave: bool,
}

/// The acts on a prospect's page.
pub const OF_PROSPECT: [Act; 9] = [
    Act::GenerateLink,
    Act::Refresh,
    Act::ChangeEmail,
    Act::ChangeTelegram,
    Act::ChangeType,
    Act::Convert,
    Act::Reopen,
    Act::CloseProspect,
    Act::Erase,
];

/// The acts on a customer's page.
pub const OF_CUSTOMER: [Act; 12] = [
    Act::GenerateLink,
    Act::Refresh,
    Act::ChangeEmail,
    Act::ChangeTelegram,
    Act::ResendWelcome,
    Act::LinkLogin,
    Act::Retry,
    Act::Restore,
    Act::Reactivate,
    Act::Deactivate,
    Act::CloseCustomer,
    Act::Erase,
];

/// The act that an address names.
pub fn named(acts: &[Act], slug: &str) -> Option<Act> {
    acts.iter().copied().find(|act| act.words().slug == slug)
}

impl Act {
    /// Its words.
    #[rustfmt::skip]
    pub fn words(self) -> Words {
        use Permission::{CustomerConvert, CustomerErase, CustomerRestore, CustomerUpdate};
        let words = |slug, button, heading, consequence, done, asks, permission, grave| Words {
            slug, button, heading, consequence, done, asks, permission, grave,
        };
        match self {
            Act::GenerateLink => words("verification-link", "Generate verification link", "Generate verification link",
                "Sumsub makes a new link for you to send. One that was made before is no longer shown here, though it still opens until it ends.",
                "The verification link was made.",
                Asks::Nothing, CustomerUpdate, false),
            Act::Refresh => words("refresh", "Refresh from Sumsub", "Refresh from Sumsub",
                "Sumsub is asked how the verification stands and who it is. What it answers counts like a callback.",
                "Sumsub was asked; what it answered is in the history.",
                Asks::Nothing, CustomerUpdate, false),
            Act::ChangeEmail => words("change-email", "Change e-mail", "Change e-mail",
                "The verification stays as it is. A customer's login and mails move to the new address.",
                "The e-mail address was changed.",
                Asks::Email, CustomerUpdate, false),
            Act::ChangeTelegram => words("change-telegram", "Change Telegram ID", "Change Telegram ID",
                "With or without the @; leave it empty to take it away.",
                "The Telegram ID was changed.",
                Asks::Telegram, CustomerUpdate, false),
            Act::ChangeType => words("change-type", "Change type", "Change customer type",
                "A verification link that was made for the type before is void: generate a new one afterwards.",
                "The customer type was changed.",
                Asks::CustomerType, CustomerUpdate, false),
            Act::Convert => words("convert", "Convert", "Convert by hand",
                "The prospect becomes a customer past KYC: level Not KYCed, Pending Verification. No money moves until Sumsub has approved (unless deposit.allow_unverified lets it).",
                "The prospect was converted by hand.",
                Asks::Reason, CustomerConvert, true),
            Act::CloseProspect => words("close", "Close", "Close prospect",
                "The e-mail address and the Telegram ID are free again, and what Sumsub still sends is recorded only.",
                "The prospect was closed.",
                Asks::Reason, CustomerUpdate, true),
            Act::Reopen => words("reopen", "Reopen", "Reopen prospect",
                "The prospect is New again, and what Sumsub said last is judged again.",
                "The prospect was reopened.",
                Asks::Reason, CustomerUpdate, false),
            Act::Deactivate => words("deactivate", "Deactivate", "Deactivate customer",
                "The portal is shut and the account is frozen at once, until somebody reactivates the customer.",
                "The customer was deactivated.",
                Asks::Reason, CustomerUpdate, true),
            Act::Reactivate => words("reactivate", "Reactivate", "Reactivate customer",
                "The portal and the account are open again, unless Sumsub has rejected the customer.",
                "The customer was reactivated.",
                Asks::Reason, CustomerUpdate, false),
            Act::Restore => words("restore", "Restore", "Restore customer",
                "The rejection is lifted: the customer is Verified again, because Sumsub approved afterwards.",
                "The customer was restored.",
                Asks::Reason, CustomerRestore, false),
            Act::CloseCustomer => words("close", "Close", "Close customer",
                "For good: the login is deleted and the account is closed. The balance has to be zero.",
                "The customer was closed.",
                Asks::Reason, CustomerUpdate, true),
            Act::ResendWelcome => words("resend-welcome", "Resend welcome e-mail", "Resend welcome e-mail",
                "A new mail with a new temporary password goes out; the one sent before ends. It works until the first sign-in.",
                "The welcome e-mail is on its way.",
                Asks::Nothing, CustomerUpdate, false),
            Act::LinkLogin => words("link-login", "Link existing login", "Link existing login",
                "The login that has this e-mail in Keycloak becomes this customer's, with the password that it has. Make sure that it is this person's.",
                "The login was linked; provisioning goes on.",
                Asks::Nothing, CustomerRestore, true),
            Act::Retry => words("retry", "Retry now", "Retry now",
                "What failed is tried again at once",
                "What failed is being tried again.",
                Asks::Nothing, CustomerUpdate, false),
            Act::Erase => words("erase", "Erase personal data", "Erase personal data",
                "Names, addresses, e-mail, Telegram ID, callback bodies and typed reasons are gone for good. The history stands. This can't be undone.",
                "The personal data was erased.",
                Asks::Nothing, CustomerErase, true),
        }
    }

    /// Whether a dialog asks first: not for what takes nothing away and can be done again.
    pub fn asks_first(self, prospect: &Prospect) -> bool {
        match self {
            Act::Refresh | Act::Retry => false,
            // A new link puts an open one out of sight, and after a final rejection it leads nowhere.
            Act::GenerateLink => {
                prospect.link_standing(clock::now()).is_open() || prospect.retry() == Retry::Final
            }
            _ => true,
        }
    }

    /// Does it; the domain asks for the permission and keeps the rules.
    ///
    /// # Errors
    /// What the domain says.
    pub async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
        typed: &str,
    ) -> Result<(), Error> {
        let (onboarding, who) = (&state.onboarding, &viewer.subject);
        let (prospect, customer) = (id.into(), id.into());
        match self {
            Act::GenerateLink => onboarding.generate_link(who, prospect).await.map(|_| ()),
            Act::Refresh => onboarding.refresh_from_sumsub(who, prospect).await,
            Act::ChangeEmail => onboarding.change_email(who, prospect, typed).await,
            Act::ChangeTelegram => {
                onboarding
                    .change_telegram_handle(who, prospect, typed)
                    .await
            }
            Act::ChangeType => onboarding.change_customer_type(who, prospect, typed).await,
            Act::Convert => onboarding.convert_by_hand(who, prospect, typed).await,
            Act::CloseProspect => onboarding.close_prospect(who, prospect, typed).await,
            Act::Reopen => onboarding.reopen_prospect(who, prospect, typed).await,
            Act::Deactivate => onboarding.deactivate_customer(who, customer, typed).await,
            Act::Reactivate => onboarding.reactivate_customer(who, customer, typed).await,
            Act::Restore => onboarding.restore_customer(who, customer, typed).await,
            Act::CloseCustomer => onboarding.close_customer(who, customer, typed).await,
            Act::ResendWelcome => state.board.resend_welcome(who, id).await,
            Act::LinkLogin => state.board.link_existing_login(who, id).await,
            Act::Retry => Ok(state.board.retry_now(who, id).await?),
            Act::Erase => onboarding.erase_personal_data(who, prospect).await,
        }
    }
}

/// Whether an act is on the page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// It can be done.
    Yes,
    /// It can't, and people who look for it should read why.
    Disabled(String),
    /// It is of no use here.
    No,
}

impl Offered {
    fn of(may: Decision, worth_knowing: bool) -> Self {
        match may {
            Decision::Do => Offered::Yes,
            Decision::Refused(words) if worth_knowing => Offered::Disabled(words.to_owned()),
            Decision::Refused(_) | Decision::IsSo => Offered::No,
        }
    }
}

/// Whether the page of a prospect offers the act; the domain's table says so.
pub fn offered(state: &AdminState, prospect: &Prospect, act: Act) -> Offered {
    let facts = state.onboarding.facts(prospect);
    let stage = facts.stage;
    let (action, worth_knowing) = match act {
        Act::GenerateLink => (ProspectAction::GenerateLink, false),
        Act::Refresh => (ProspectAction::Refresh, false),
        Act::ChangeEmail | Act::ChangeTelegram => (ProspectAction::ChangeContact, false),
        Act::ChangeType => (ProspectAction::ChangeType, false),
        Act::Convert => (
            ProspectAction::Convert,
            !matches!(stage, Stage::Converted | Stage::Closed),
        ),
        Act::CloseProspect => (ProspectAction::Close, false),
        Act::Reopen => (ProspectAction::Reopen, stage == Stage::Closed),
        Act::Erase => {
            let from = state.onboarding.erasable_from(prospect, None);
            // A converted one is erased with its customer.
            return erasable(
                prospect.is_erased(),
                from.filter(|_| stage == Stage::Closed),
            );
        }
        _ => return Offered::No,
    };
    Offered::of(prospect_may(action, facts), worth_knowing)
}

/// Whether the page of a customer offers the act.
pub fn offered_to(
    state: &AdminState,
    prospect: &Prospect,
    customer: &Customer,
    act: Act,
) -> Offered {
    let facts = customer.facts(&prospect.kyc);
    let (action, worth_knowing) = match act {
        Act::GenerateLink => (CustomerAction::GenerateLink, false),
        Act::Refresh => (CustomerAction::Refresh, false),
        Act::ChangeEmail | Act::ChangeTelegram => (CustomerAction::ChangeContact, false),
        Act::Deactivate => (CustomerAction::Deactivate, false),
        Act::Reactivate => (CustomerAction::Reactivate, false),
        Act::Restore => (
            CustomerAction::Restore,
            facts.verification == Verification::Rejected && !facts.closed,
        ),
        Act::CloseCustomer => (CustomerAction::Close, false),
        Act::Erase => {
            let from = state.onboarding.erasable_from(prospect, Some(customer));
            return erasable(customer.is_erased(), from);
        }
        // Whether it still can be sent, until the first sign-in, the board says when it is pressed.
        Act::ResendWelcome if customer.activity().has_access() => return Offered::Yes,
        _ => return Offered::No,
    };
    Offered::of(customer_may(action, facts), worth_knowing)
}

fn erasable(erased: bool, from: Option<DateTime<Utc>>) -> Offered {
    match from {
        Some(from) if !erased && from > clock::now() => Offered::Disabled(format!(
            "The law asks to keep it for now: it can be erased from {} on.",
            from.format("%Y-%m-%d")
        )),
        Some(_) if !erased => Offered::Yes,
        _ => Offered::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_one_act() {
        for acts in [&OF_PROSPECT[..], &OF_CUSTOMER[..]] {
            for act in acts {
                assert_eq!(named(acts, act.words().slug), Some(*act));
            }
            assert_eq!(named(acts, "nothing"), None);
        }
    }

    #[test]
    fn what_was_erased_is_not_offered_again() {
        let past = clock::now() - chrono::TimeDelta::days(1);
        assert_eq!(erasable(false, Some(past)), Offered::Yes);
        assert_eq!(erasable(true, Some(past)), Offered::No);
        assert_eq!(erasable(false, None), Offered::No);
        let ahead = clock::now() + chrono::TimeDelta::days(1);
        assert!(matches!(erasable(false, Some(ahead)), Offered::Disabled(_)));
    }
}
