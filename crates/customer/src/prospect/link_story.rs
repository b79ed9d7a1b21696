//! What has become of the newest verification link, folded from the events: what the schedule of reminders looks at.

use super::{Prospect, ProspectEvent};
use crate::{
    link_mail::{BY_ITSELF, LinkStory, SentMail},
    primitives::ProspectStatus,
};

impl Prospect {
    /// What has become of the newest link; none while there is none, or once the record is at its end.
    #[must_use]
    pub fn link_story(&self) -> Option<LinkStory> {
        let link = self.kyc.link.as_ref()?;
        if self.kyc.stage.status() != ProspectStatus::Open || self.is_erased() {
            return None;
        }
        let mut story = LinkStory {
            ends_at: link.expires_at,
            by_itself: link.created_by == BY_ITSELF.as_text(),
            mails: Vec::new(),
            happened_at: None,
        };
        for (at, event) in self.history() {
            match event {
                ProspectEvent::LinkSent {
                    kind,
                    link_made_at,
                    at,
                    ..
                } => {
                    if link.was_made_at(*link_made_at) {
                        story.mails.push(SentMail {
                            kind: *kind,
                            at: *at,
                        });
                    }
                }
                ProspectEvent::LinkOpened { .. }
                | ProspectEvent::LinkCreated { .. }
                | ProspectEvent::PersonalDataRecorded { .. }
                | ProspectEvent::TelegramHandleChanged { .. } => {}
                _ => story.happened_at = Some(at),
            }
        }
        Some(story)
    }

    /// Whether the newest link was mailed, and nothing has happened since.
    #[must_use]
    pub fn mailed_in_vain(&self) -> bool {
        self.link_story().is_some_and(|story| {
            let newest = story.mails.last();
            newest.is_some_and(|mail| story.happened_at.is_none_or(|at| at < mail.at))
        })
    }
}
