//! What is on record about a prospect's verification, folded from its events.

use chrono::{DateTime, Utc};

use super::{ProspectEvent, forgettable};
use crate::{
    kyc::{Case, Effect, Mark, Observation, Rejection, Status, Verdict},
    primitives::{CallbackId, KycStatus, Stage},
};

/// A verification link on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// Where the person verifies; `None` once it was erased.
    pub url: Option<String>,
    /// The Sumsub level it is for.
    pub level: String,
    /// When Sumsub made it.
    pub created_at: DateTime<Utc>,
    /// When the link ends.
    pub expires_at: DateTime<Utc>,
    /// Who asked for it, as the audit log names subjects.
    pub created_by: String,
    /// When it was mailed last.
    pub sent_at: Option<DateTime<Utc>>,
    /// When somebody began the verification from a mail last.
    pub opened_at: Option<DateTime<Utc>>,
}

impl LinkRecord {
    /// Whether it is the one that was made then; a column keeps a time less finely than an event.
    #[must_use]
    pub fn was_made_at(&self, at: DateTime<Utc>) -> bool {
        self.created_at.timestamp_micros() == at.timestamp_micros()
    }
}

/// Where a prospect's verification stands.
#[derive(Debug, Clone)]
pub struct KycRecord {
    /// Where the prospect stands.
    pub stage: Stage,
    /// What Sumsub last said.
    pub kyc_status: KycStatus,
    /// Sumsub's id, once known.
    pub applicant_id: Option<String>,
    /// The newest verification link; none before the first, or when the customer type was changed since.
    pub link: Option<LinkRecord>,
    /// Why Sumsub declined, in the newest RED.
    pub rejection: Option<Rejection>,
    mark: Option<Mark>,
    /// The callback that holds the mark: what a reopened prospect is judged by.
    pub(crate) mark_callback: Option<CallbackId>,
    green_at: Option<DateTime<Utc>>,
    red_at: Option<DateTime<Utc>>,
    /// Sumsub deleted the customer's applicant, and no link was made since.
    awaits_link: bool,
}

impl Default for KycRecord {
    fn default() -> Self {
        KycRecord {
            stage: Stage::New,
            kyc_status: KycStatus::NotStarted,
            applicant_id: None,
            link: None,
            rejection: None,
            mark: None,
            mark_callback: None,
            green_at: None,
            red_at: None,
            awaits_link: false,
        }
    }
}

impl KycRecord {
    /// Takes in what one event changed.
    pub(super) fn take(&mut self, event: &ProspectEvent) {
        match event {
            ProspectEvent::Initialized { .. } => {}
            ProspectEvent::LinkCreated {
                url,
                level,
                created_at,
                expires_at,
                created_by,
            } => {
                self.awaits_link = false;
                self.link = Some(LinkRecord {
                    url: url.value().map(|value| value.clone()),
                    level: level.clone(),
                    created_at: *created_at,
                    expires_at: *expires_at,
                    created_by: created_by.clone(),
                    sent_at: None,
                    opened_at: None,
                });
            }
            ProspectEvent::LinkSent {
                link_made_at, at, ..
            } => {
                let link = self.link.as_mut();
                if let Some(link) = link.filter(|link| link.was_made_at(*link_made_at)) {
                    link.sent_at = Some(*at);
                }
            }
            ProspectEvent::LinkOpened { at, .. } => {
                if let Some(link) = &mut self.link {
                    link.opened_at = Some(*at);
                }
            }
            ProspectEvent::CallbackAccepted { .. } => self.take_callback(event),
            ProspectEvent::ApplicantBound { applicant_id, .. } => {
                self.applicant_id = Some(applicant_id.clone())
            }
            ProspectEvent::ApplicantCleared { .. } => self.applicant_id = None,
            // The link is for another level than the one that is asked for now.
            ProspectEvent::CustomerTypeChanged { .. } => self.link = None,
            ProspectEvent::ConvertedByHand { .. } => self.stage = Stage::Converted,
            ProspectEvent::Closed { .. } => self.stage = Stage::Closed,
            ProspectEvent::Reopened { .. } => {
                self.stage = Stage::New;
                self.kyc_status = KycStatus::NotStarted;
            }
            ProspectEvent::PersonalDataErased { .. } => {
                if let Some(link) = &mut self.link {
                    link.url = None;
                }
                if let Some(rejection) = &mut self.rejection {
                    rejection.moderation_comment = None;
                    rejection.client_comment = None;
                }
            }
            ProspectEvent::PersonalDataRecorded { .. }
            | ProspectEvent::EmailChanged { .. }
            | ProspectEvent::Assigned { .. }
            | ProspectEvent::Snoozed { .. }
            | ProspectEvent::Woken { .. }
            | ProspectEvent::TelegramHandleChanged { .. } => {}
        }
    }

    /// Folds one accepted callback.
    fn take_callback(&mut self, event: &ProspectEvent) {
        let ProspectEvent::CallbackAccepted {
            callback,
            status,
            at,
            judged_at,
            stage,
            kyc_status,
            labels,
            reject_type,
            moderation_comment,
            client_comment,
            ..
        } = event
        else {
            return;
        };
        self.stage = *stage;
        self.kyc_status = *kyc_status;
        if let Some(at) = *at {
            let seen = Mark {
                at,
                status: *status,
            };
            let newest = Mark::advance(self.mark, seen);
            if newest == seen {
                self.mark_callback = Some(*callback);
            }
            self.mark = Some(newest);
        }
        match status {
            Status::Green => self.green_at = self.green_at.max(*at),
            Status::Red => {
                self.red_at = self.red_at.max(at.or(*judged_at));
                self.rejection = Some(Rejection {
                    labels: labels.clone(),
                    reject_type: reject_type.clone(),
                    moderation_comment: moderation_comment.value().map(|value| value.clone()),
                    client_comment: client_comment.value().map(|value| value.clone()),
                });
            }
            Status::Deleted if *stage == Stage::Converted => {
                self.applicant_id = None;
                let since = self.link.as_ref().map(|link| link.created_at);
                self.awaits_link = since <= at.or(*judged_at);
            }
            _ => {}
        }
    }

    /// Whether a GREEN newer than every RED is on record.
    #[must_use]
    pub fn green_after_red(&self) -> bool {
        self.green_at > self.red_at
    }

    pub(super) fn case(&self, configured_level: &str, company: bool) -> Case {
        Case {
            stage: self.stage,
            applicant_id: self.applicant_id.clone(),
            mark: self.mark,
            green_at: self.green_at,
            red_at: self.red_at,
            declined_for_good: self.stage == Stage::KycDeclined
                && self.rejection.as_ref().is_some_and(Rejection::is_final),
            expected_level: self
                .link
                .as_ref()
                .map_or(configured_level, |link| &link.level)
                .to_owned(),
            applicant_deleted: false,
            awaits_link: self.awaits_link,
            named: true,
            company,
        }
    }

    /// The events that a judged callback leaves behind.
    pub(super) fn recorded(
        &self,
        callback: CallbackId,
        observation: &Observation,
        verdict: &Verdict,
        now: DateTime<Utc>,
    ) -> Vec<ProspectEvent> {
        let mut events = Vec::new();
        if let Some(applicant_id) = observation.applicant_id.clone().filter(|_| verdict.bind) {
            events.push(ProspectEvent::ApplicantBound {
                callback,
                applicant_id,
            });
        }
        let counts = verdict.accepted.is_some() || verdict.effect != Effect::Nothing;
        if let Some(status) = observation.status().filter(|_| counts) {
            let (stage, kyc_status) = self.after(verdict.effect);
            let rejection = &observation.rejection;
            events.push(ProspectEvent::CallbackAccepted {
                callback,
                status,
                at: verdict.accepted.map(|mark| mark.at),
                judged_at: (status == Status::Red && verdict.accepted.is_none()).then_some(now),
                stage,
                kyc_status,
                labels: rejection.labels.clone(),
                reject_type: rejection.reject_type.clone(),
                moderation_comment: forgettable(rejection.moderation_comment.clone()),
                client_comment: forgettable(rejection.client_comment.clone()),
            });
        }
        if let Effect::ClearApplicant(_) = verdict.effect {
            events.push(ProspectEvent::ApplicantCleared {
                callback,
                applicant_id: self.applicant_id.clone(),
            });
        }
        events
    }

    /// The stage and the KYC status that an effect leads to (`docs/RULES.md`, "How a prospect moves").
    fn after(&self, effect: Effect) -> (Stage, KycStatus) {
        let stage = match effect {
            Effect::Move(stage) | Effect::ClearApplicant(stage) => stage,
            Effect::Convert => Stage::Converted,
            Effect::Nothing | Effect::UpdateReasons | Effect::Verify | Effect::Reject => self.stage,
        };
        let kyc_status = match (effect, stage) {
            (Effect::Convert | Effect::Verify, _) => KycStatus::Approved,
            (_, Stage::New) => KycStatus::NotStarted,
            (_, Stage::KycStarted) => KycStatus::Started,
            (_, Stage::KycPending) => KycStatus::Pending,
            (_, Stage::KycOnHold) => KycStatus::OnHold,
            (_, Stage::KycDeclined) => KycStatus::Declined,
            (_, Stage::Converted | Stage::Closed) => self.kyc_status,
        };
        (stage, kyc_status)
    }
}

#[cfg(test)]
mod tests;
