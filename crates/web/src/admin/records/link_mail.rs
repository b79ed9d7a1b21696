//! How the e-mail with the verification link stands: in the region "KYC".

use ::provisioning::{StepState, StepView};
use customer::{
    contact::TelegramHandle,
    link_mail::{LinkMail, LinkMailKind},
    prospect::Prospect,
};
use uuid::Uuid;

use crate::{
    admin::{AdminState, provisioning::region::NextTry},
    error_page::PageError,
    format::Time,
};

/// The newest e-mail with the link.
pub struct MailShown {
    /// What it is, when it isn't simply the link.
    pub kind: Option<&'static str>,
    /// Where it went, when that isn't the prospect's address any more.
    pub elsewhere: Option<String>,
    pub standing: MailStanding,
}

/// How it stands.
pub enum MailStanding {
    Sent {
        at: Time,
        opened: Option<Time>,
    },
    /// It is on its way.
    Going {
        asked: Time,
    },
    /// It was tried in vain.
    Failing {
        attempts: i32,
        why: String,
        next: NextTry,
        person: bool,
    },
}

/// What the region says beside the link.
#[derive(Default)]
pub struct Reached {
    pub mail: Option<MailShown>,
    /// The address of the chat, and how the person is called there.
    pub telegram: Option<(String, String)>,
}

impl Reached {
    /// Of a prospect; a customer is sent no link.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(state: &AdminState, prospect: &Prospect) -> Result<Self, PageError> {
        let id = Uuid::from(prospect.id);
        let mail = match state.onboarding.newest_link_mail(id).await? {
            Some(mail) => {
                let step = state.board.link_step(id).await?;
                Some(MailShown::of(mail, step, prospect))
            }
            None => None,
        };
        let handle = prospect.telegram_handle();
        Ok(Self {
            mail,
            telegram: handle.map(|handle| {
                (
                    TelegramHandle::chat(&handle),
                    TelegramHandle::shown(&handle),
                )
            }),
        })
    }
}

impl MailShown {
    fn of(mail: LinkMail, step: Option<StepView>, prospect: &Prospect) -> Self {
        let now = clock::now();
        let address = prospect.email();
        // Every mail leads to the newest link: people open whichever they find first.
        let link = prospect.kyc.link.as_ref();
        let opened_at = link.and_then(|link| link.opened_at).or(mail.opened_at);
        let standing = match (mail.sent_at, step) {
            (Some(at), _) => MailStanding::Sent {
                at: Time::new(at, now),
                opened: opened_at.map(|at| Time::new(at, now)),
            },
            (None, Some(step)) if step.last_error.is_some() => MailStanding::Failing {
                attempts: step.attempt,
                why: step.last_error.unwrap_or_default(),
                next: NextTry::of(
                    step.next_try.filter(|_| step.state == StepState::Retrying),
                    now,
                ),
                person: step.state == StepState::NeedsPerson,
            },
            (None, _) => MailStanding::Going {
                asked: Time::new(mail.requested_at, now),
            },
        };
        Self {
            kind: match mail.kind {
                LinkMailKind::First => None,
                other => Some(other.label()),
            },
            elsewhere: mail
                .address
                .filter(|went| address.as_ref().is_some_and(|now| now != went)),
            standing,
        }
    }
}
