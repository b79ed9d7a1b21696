//! What is done to prospects and customers alike.

use access::Permission;
use chrono::{DateTime, Utc};
use customer::prospect::{Prospect, Retry};
use kernel::Error;
use uuid::Uuid;

use super::desk;
use crate::{
    admin::{
        AdminState,
        dialog::Asks,
        operation::{Offered, Sent, Words},
    },
    layout::Viewer,
};

/// What is done to either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordOperation {
    GenerateLink,
    Refresh,
    ChangeEmail,
    ChangeTelegram,
    AssignToMe,
    Assign,
    AddNote,
    Snooze,
    Wake,
    Erase,
}

impl RecordOperation {
    /// How it is spoken of.
    #[rustfmt::skip]
    pub fn words(self) -> Words {
        use Permission::{CustomerErase, CustomerUpdate};
        let words = |slug, button, consequence, done, asks, permission, grave| Words {
            slug, button, heading: button, consequence, done, asks, permission, grave,
        };
        match self {
            Self::GenerateLink => words("verification-link", "Generate verification link",
                "Sumsub makes a new link for you to send. One that was made before is no longer shown here, though it still opens until it ends.",
                "The verification link was made.",
                Asks::Nothing, CustomerUpdate, false),
            Self::Refresh => words("refresh", "Refresh from Sumsub",
                "Sumsub is asked how the verification stands and who it is. What it answers counts like a callback.",
                "Sumsub was asked; what it answered is in the history.",
                Asks::Nothing, CustomerUpdate, false),
            Self::ChangeEmail => words("change-email", "Change e-mail",
                "The verification stays as it is. A customer's login and mails move to the new address.",
                "The e-mail address was changed.",
                Asks::Email, CustomerUpdate, false),
            Self::ChangeTelegram => words("change-telegram", "Change Telegram ID",
                "With or without the @; leave it empty to take it away.",
                "The Telegram ID was changed.",
                Asks::Telegram, CustomerUpdate, false),
            Self::AssignToMe => words("assign-to-me", "Assign to me",
                "The record is yours to see to.",
                "It is assigned to you.",
                Asks::Nothing, CustomerUpdate, false),
            Self::Assign => words("assign", "Assign",
                "Whoever it is assigned to sees to it, also when the prospect becomes a customer.",
                "It was assigned.",
                Asks::Colleague, CustomerUpdate, false),
            Self::AddNote => words("add-note", "Add a note",
                "Colleagues read it here and find it; it can't be changed, and is erased with the person.",
                "The note was added.",
                Asks::RecordNote, CustomerUpdate, false),
            Self::Snooze => words("snooze", "Snooze",
                "Nobody is asked about it until then, or until something happens to it.",
                "It is snoozed.",
                Asks::Snooze, CustomerUpdate, false),
            Self::Wake => words("wake", "Wake",
                "It is asked about again.",
                "It is awake again.",
                Asks::Nothing, CustomerUpdate, false),
            Self::Erase => words("erase", "Erase personal data",
                "Names, addresses, e-mail, Telegram ID, callback bodies and typed reasons are gone for good. The history stands. This can't be undone.",
                "The personal data was erased.",
                Asks::Nothing, CustomerErase, true),
        }
    }

    /// Whether a dialog asks first.
    pub fn asks_first(self, prospect: &Prospect) -> bool {
        match self {
            Self::Refresh | Self::AssignToMe | Self::AddNote | Self::Wake => false,
            // A new link puts an open one out of sight, and after a final rejection it leads nowhere.
            Self::GenerateLink => {
                prospect.link_standing(clock::now()).is_open() || prospect.retry() == Retry::Final
            }
            _ => true,
        }
    }

    /// What the dialog says will happen.
    pub fn consequence(self, prospect: &Prospect) -> String {
        let words = self.words().consequence;
        match self {
            Self::GenerateLink if prospect.retry() == Retry::Final => format!(
                "Sumsub declined for good (FINAL): without a reset in its dashboard a new link leads nowhere. {words}"
            ),
            _ => words.to_owned(),
        }
    }

    /// What the dialog holds at first.
    pub fn initial(self, email: Option<String>, telegram: Option<String>) -> Sent {
        Sent::value(
            match self {
                Self::ChangeEmail => email,
                Self::ChangeTelegram => telegram,
                _ => None,
            }
            .unwrap_or_default(),
        )
    }

    /// What the dialog sends along unseen.
    pub fn hidden(self, sent: &Sent) -> Vec<(&'static str, String)> {
        match self {
            Self::AddNote => vec![("id", sent.id.unwrap_or_else(Uuid::now_v7).to_string())],
            _ => Vec::new(),
        }
    }

    /// Does it to the prospect, or to the customer that it became: they share their UUID.
    ///
    /// # Errors
    /// What the domain says.
    pub async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: Uuid,
        sent: &Sent,
    ) -> Result<(), Error> {
        let (onboarding, who, prospect) = (&state.onboarding, &viewer.subject, id.into());
        let typed = sent.value.as_str();
        match self {
            Self::GenerateLink => onboarding.generate_link(who, prospect).await.map(|_| ()),
            Self::Refresh => onboarding.refresh_from_sumsub(who, prospect).await,
            Self::ChangeEmail => onboarding.change_email(who, prospect, typed).await,
            Self::ChangeTelegram => {
                onboarding
                    .change_telegram_handle(who, prospect, typed)
                    .await
            }
            Self::AssignToMe => onboarding.assign_to_me(who, prospect).await,
            Self::Assign => onboarding.assign(who, prospect, desk::chosen(typed)?).await,
            Self::AddNote => {
                let note = sent.id.unwrap_or_else(Uuid::now_v7);
                onboarding.add_note(who, prospect, note, typed).await
            }
            Self::Snooze => onboarding.snooze(who, prospect, desk::until(sent)?).await,
            Self::Wake => onboarding.wake(who, prospect).await,
            Self::Erase => onboarding.erase_personal_data(who, prospect).await,
        }
    }
}

/// Whether personal data that may go from this moment on can be erased now.
pub fn erasable(erased: bool, from: Option<DateTime<Utc>>) -> Offered {
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
    fn what_was_erased_is_not_offered_again() {
        let past = clock::now() - chrono::TimeDelta::days(1);
        assert_eq!(erasable(false, Some(past)), Offered::Yes);
        assert_eq!(erasable(true, Some(past)), Offered::No);
        assert_eq!(erasable(false, None), Offered::No);
        let ahead = clock::now() + chrono::TimeDelta::days(1);
        assert!(matches!(erasable(false, Some(ahead)), Offered::Disabled(_)));
    }
}
