//! The verification link by e-mail: asking for it, and what the step that sends it needs.

use access::{AuditAction, Subject};
use es_entity::DbOp;
use kernel::{Decision, Error};
use uuid::Uuid;

use super::{Onboarding, again::again};
use crate::{
    kyc::{ProspectAction, prospect_may},
    link_mail::{
        self, BY_ITSELF, LinkDoor, LinkMail, LinkMailKind, PreparedLinkMail, Requested, next_mail,
    },
    ports::LinkWish,
    primitives::{ProspectId, Stage},
    prospect::{LinkRecord, LinkStanding, Prospect, Retry},
};

/// A mail with a link that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkMailSent {
    /// The prospect that it goes to.
    pub prospect: ProspectId,
    /// The mail's id.
    pub mail: Uuid,
}

impl Onboarding {
    /// "Send link": mails the verification link, which is made when there is none that can be used. The mail goes out by itself, also
    /// when Sumsub or the mail server is away now. The same again at once sends one.
    ///
    /// # Errors
    /// [`Error::Refused`] when the stage does not allow it.
    pub async fn send_link(&self, subject: &Subject, id: ProspectId) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectSendLink, id)
            .await?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (prospect, _) = self.lock(&mut op, id).await?;
            prospect_may(ProspectAction::SendLink, self.facts(&prospect)).allowed()?;
            self.request_link_mail(&mut op, &prospect, kind_of(&prospect), subject)
                .await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// The newest mail with a link that was asked for; none when there was none.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn newest_link_mail(&self, prospect: Uuid) -> Result<Option<LinkMail>, Error> {
        link_mail::newest(&self.pool, prospect).await
    }

    /// Asks for a mail and for the step that sends it. Under the prospect's lock.
    pub(crate) async fn request_link_mail(
        &self,
        op: &mut DbOp<'static>,
        prospect: &Prospect,
        kind: LinkMailKind,
        by: &Subject,
    ) -> Result<(), Error> {
        let usable = usable(prospect).map(|link| link.created_at);
        let email = prospect.email();
        let requested =
            link_mail::request(&mut *op, prospect.id, kind, by, email.as_deref(), usable).await?;
        let wish = match requested {
            Requested::New => LinkWish::Send,
            Requested::Waits => LinkWish::Hurry,
            Requested::JustSent => return Ok(()),
        };
        self.wish(op, prospect.id, wish).await
    }

    /// Tells whoever sends the mails.
    pub(super) async fn wish(
        &self,
        op: &mut DbOp<'static>,
        prospect: ProspectId,
        wish: LinkWish,
    ) -> Result<(), Error> {
        if let Some(sender) = &self.link_sender {
            sender.wish_in_op(op, prospect.into(), wish).await?;
        }
        Ok(())
    }

    /// Another address: what is still to be sent goes there, and who was mailed the link in vain gets it there, too. Under the
    /// prospect's lock.
    pub(super) async fn follow_address(
        &self,
        op: &mut DbOp<'static>,
        prospect: &Prospect,
        mailed_in_vain: bool,
        by: &Subject,
    ) -> Result<(), Error> {
        self.wish(op, prospect.id, LinkWish::Redo).await?;
        if mailed_in_vain
            && prospect_may(ProspectAction::SendLink, self.facts(prospect)) == Decision::Do
        {
            self.request_link_mail(op, prospect, LinkMailKind::Moved, by)
                .await?;
        }
        Ok(())
    }

    /// Makes the mail ready that is to be sent to a prospect at this address, and the link when there is none that can be used; nothing
    /// when nothing is to be sent (any more).
    ///
    /// # Errors
    /// Sumsub's own words; or that it could not be read.
    pub async fn prepare_link_mail(
        &self,
        id: ProspectId,
        address: &str,
    ) -> Result<Option<PreparedLinkMail>, Error> {
        let Some(mail) = link_mail::pending(&self.pool, id).await? else {
            return Ok(None);
        };
        let prospect = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        if self.is_out_of_date(&mail, &prospect) {
            let mut op = self.outbox.begin_op().await?;
            self.lock(&mut op, id).await?;
            link_mail::withdraw(&mut op, id).await?;
            op.commit().await?;
            return Ok(None);
        }
        let link = match usable(&prospect) {
            Some(link) => link.clone(),
            None => self.make_link(id, mail.requested_by.clone()).await?,
        };
        let rejection = prospect.kyc.rejection.as_ref();
        Ok(Some(PreparedLinkMail {
            id: mail.id,
            kind: mail.kind,
            token: link_mail::prepare(&self.pool, mail.id, address, link.created_at).await?,
            ends_at: link.expires_at,
            moderation_comment: rejection
                .filter(|_| prospect.kyc.stage == Stage::KycDeclined)
                .and_then(|rejection| rejection.moderation_comment.clone()),
        }))
    }

    /// A cheap look whether Sumsub answers.
    ///
    /// # Errors
    /// When it doesn't.
    pub async fn probe_sumsub(&self) -> Result<(), Error> {
        // Nobody has this id; and who refuses answers, too.
        let nobody = Uuid::nil().to_string();
        let asked = self.sumsub.clone().once();
        match asked.applicant_by_external_id(&nobody).await {
            Err(error) if error.is_transient() => Err(error.into()),
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Whether something happened since a mail fell due by itself, so that nobody is to be reminded any more.
    fn is_out_of_date(&self, mail: &LinkMail, prospect: &Prospect) -> bool {
        mail.requested_by == BY_ITSELF.as_text()
            && prospect
                .link_story()
                .and_then(|story| next_mail(&self.settings.reminders, &story, clock::now()))
                .is_none()
    }

    /// Records that mails were sent, and when to remind next. The prospects have to be locked.
    ///
    /// # Errors
    /// When it could not be written.
    pub async fn record_links_sent_in_op(
        &self,
        op: &mut DbOp<'static>,
        mails: &[LinkMailSent],
    ) -> Result<(), Error> {
        for one in mails {
            let Some(sent) = link_mail::sent(&mut *op, one.mail).await? else {
                continue;
            };
            let mut prospect = self.prospect_in_op(op, one.prospect).await?;
            let kind = sent.kind.parse();
            prospect.record_link_sent(
                one.mail,
                kind.map_err(|_| Error::unreadable("link_mails.kind"))?,
                sent.link_made_at,
                sent.sent_at,
                sent.requested_by,
            );
            self.save(op, &mut prospect, None).await?;
            // Read anew: the schedule looks at what is on record.
            let prospect = self.prospect_in_op(op, one.prospect).await?;
            self.chase(&mut *op, &prospect).await?;
        }
        Ok(())
    }

    /// Where the address in a mail leads, by its token; none when it is none of ours.
    ///
    /// # Errors
    /// When it could not be read.
    pub async fn link_door(&self, token: &str) -> Result<Option<LinkDoor>, Error> {
        let Some(row) = link_mail::of_token(&self.pool, token).await? else {
            return Ok(None);
        };
        let id = ProspectId::from(row.prospect);
        let prospect = self.find_prospect(id).await?.ok_or(Error::NO_RECORD)?;
        let customer = self.find_customer(id.into()).await?;
        let may = self.either_may(&prospect, customer.as_ref(), super::link::GENERATE_LINK);
        Ok(Some(door(&prospect, may.is_ok(), row.address.as_deref())))
    }

    /// "Begin verification" from a mail: records that it was opened, and answers where it leads.
    ///
    /// # Errors
    /// As [`Onboarding::link_door`].
    pub async fn begin_verification(&self, token: &str) -> Result<Option<LinkDoor>, Error> {
        let Some(row) = link_mail::of_token(&self.pool, token).await? else {
            return Ok(None);
        };
        let id = ProspectId::from(row.prospect);
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, customer) = self.lock(&mut op, id).await?;
            let may = self.either_may(&prospect, customer.as_ref(), super::link::GENERATE_LINK);
            let door = door(&prospect, may.is_ok(), row.address.as_deref());
            if matches!(door, LinkDoor::Open { .. })
                && let Some(at) = link_mail::opened(&mut op, row.mail).await?
            {
                prospect.record_link_opened(row.mail, at);
                self.save(&mut op, &mut prospect, None).await?;
                op.commit().await?;
            }
            Ok(Some(door))
        })
        .await
    }
}

/// Why the link is mailed to this prospect when somebody asks for it.
fn kind_of(prospect: &Prospect) -> LinkMailKind {
    match prospect.kyc.stage {
        Stage::KycDeclined => LinkMailKind::Retry,
        _ => LinkMailKind::First,
    }
}

/// The link, when it can be mailed: one that was made before the newest RED leads back to what was declined.
fn usable(prospect: &Prospect) -> Option<&LinkRecord> {
    let link = prospect.kyc.link.as_ref()?;
    let standing = prospect.link_standing(clock::now());
    (standing == LinkStanding::Open && link.url.is_some()).then_some(link)
}

/// Every mail leads to the newest link, also one that was sent before it was made.
fn door(prospect: &Prospect, may: bool, address: Option<&str>) -> LinkDoor {
    let declined_for_good =
        prospect.kyc.stage == Stage::KycDeclined && prospect.retry() == Retry::Final;
    if !may || declined_for_good || prospect.is_erased() {
        return LinkDoor::NothingToVerify;
    }
    if address != prospect.email().as_deref() {
        return LinkDoor::Replaced;
    }
    let newest = prospect.kyc.link.as_ref();
    match newest.filter(|link| link.expires_at > clock::now()) {
        Some(LinkRecord {
            url: Some(url),
            expires_at,
            ..
        }) => LinkDoor::Open {
            url: url.clone(),
            ends_at: *expires_at,
        },
        _ => LinkDoor::Ended,
    }
}
