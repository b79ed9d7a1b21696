//! Lets things happen: the applicant's row and the webhook that tells of it change in one transaction.

use chrono::{SubsecRound as _, TimeDelta};
use sqlx::PgConnection;

use crate::{
    callback::{self, Custom},
    config::Level,
    events::{Event, type_of},
    ids::{new_id, new_token},
    simulator::{Inner, Simulator},
    store::{Applicant, Link},
};

/// How long the link to a beneficial owner's page lives.
const OWNER_LINK: TimeDelta = TimeDelta::days(365);

/// Who is to be added to a company.
pub(crate) struct NewOwner {
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) type_: String,
    pub(crate) share: String,
}

impl Simulator {
    /// The applicant behind a link, created when the link is opened for the first time, however many open it at once.
    ///
    /// An applicant that was deleted after the link was made is answered as it is: only [`Simulator::open_anew`] or
    /// a newer link makes another.
    pub(crate) async fn open(&self, link: &Link) -> sqlx::Result<Applicant> {
        let newest = Applicant::newest_of(&self.inner.pool, &link.external_user_id).await?;
        match newest {
            Some(gone) if gone.deleted_at.is_some_and(|at| at >= link.created_at) => Ok(gone),
            _ => self.open_anew(link).await,
        }
    }

    /// As [`Simulator::open`], but a deleted applicant is followed by a new one.
    pub(crate) async fn open_anew(&self, link: &Link) -> sqlx::Result<Applicant> {
        let level = self
            .inner
            .config
            .level(&link.level_name)
            .cloned()
            .unwrap_or_else(|| Level::individual(&link.level_name));
        let (applicant, _) = self
            .ensure_applicant(&link.external_user_id, &level, link.email.as_deref())
            .await?;
        if applicant.level_name == level.name {
            return Ok(applicant);
        }
        // A link for another level moves the applicant there, as in Sumsub.
        self.happen(&applicant.id, Event::LevelChanged(level)).await
    }

    /// The living applicant of a user, and whether it was created for this.
    pub(crate) async fn ensure_applicant(
        &self,
        external_user_id: &str,
        level: &Level,
        email: Option<&str>,
    ) -> sqlx::Result<(Applicant, bool)> {
        let newest = Applicant::newest_of(&self.inner.pool, external_user_id).await?;
        let gone = match newest {
            Some(living) if !living.is_deleted() => return Ok((living, false)),
            gone => gone.unwrap_or_default(),
        };
        // Who follows a deleted beneficial owner is one too.
        let applicant = Applicant {
            email: email.map(str::to_owned),
            company_id: gone.company_id,
            owner_type: gone.owner_type,
            owner_share: gone.owner_share,
            ..new_applicant(external_user_id, level)
        };
        let mut transaction = self.inner.pool.begin().await?;
        let created = self.inner.create(&mut transaction, &applicant).await?;
        let Some(applicant) = created else {
            drop(transaction);
            let other = Applicant::newest_of(&self.inner.pool, external_user_id).await?;
            return Ok((other.ok_or(sqlx::Error::RowNotFound)?, false));
        };
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok((applicant, true))
    }

    /// Adds a beneficial owner to a company: an applicant of its own, with a link to a page of its own.
    pub(crate) async fn add_owner(&self, company: &Applicant, owner: NewOwner) -> sqlx::Result<()> {
        let levels = &self.inner.config.levels;
        let level = levels
            .iter()
            .find(|level| !level.company)
            .cloned()
            .unwrap_or_else(|| Level::individual("basic-kyc-level"));
        let external_user_id = format!("owner-{}", new_id());
        let applicant = Applicant {
            company_id: Some(company.id.clone()),
            first_name: owner.first_name,
            last_name: owner.last_name,
            owner_type: owner.type_,
            owner_share: owner.share,
            ..new_applicant(&external_user_id, &level)
        };
        let link = Link {
            token: new_token(),
            external_user_id,
            level_name: level.name,
            email: None,
            success_url: None,
            reject_url: None,
            created_at: applicant.created_at,
            expires_at: applicant.created_at + OWNER_LINK,
        };
        let mut transaction = self.inner.pool.begin().await?;
        link.insert(&mut *transaction).await?;
        self.inner.create(&mut transaction, &applicant).await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Lets an event happen and queues its webhook.
    ///
    /// # Errors
    /// [`sqlx::Error::RowNotFound`] for an applicant that is deleted.
    pub(crate) async fn happen(&self, applicant_id: &str, event: Event) -> sqlx::Result<Applicant> {
        let mut transaction = self.inner.pool.begin().await?;
        let applicant = self
            .inner
            .happen_in(&mut transaction, applicant_id, event)
            .await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok(applicant)
    }

    /// Moves an applicant and all its links to another level.
    pub(crate) async fn change_level(
        &self,
        applicant: &Applicant,
        level: Level,
    ) -> sqlx::Result<()> {
        let mut transaction = self.inner.pool.begin().await?;
        Link::move_to_level(&mut *transaction, &applicant.external_user_id, &level.name).await?;
        self.inner
            .happen_in(&mut transaction, &applicant.id, Event::LevelChanged(level))
            .await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok(())
    }

    /// Queues a webhook made to measure; nothing happens to the applicant.
    pub(crate) async fn send(&self, applicant: &Applicant, custom: &Custom) -> sqlx::Result<()> {
        let mut transaction = self.inner.pool.begin().await?;
        callback::queue_custom(&self.inner, &mut transaction, applicant, custom).await?;
        transaction.commit().await?;
        self.inner.wake.notify_one();
        Ok(())
    }
}

impl Inner {
    /// Nothing when the user has a living applicant already.
    async fn create(
        &self,
        transaction: &mut PgConnection,
        applicant: &Applicant,
    ) -> sqlx::Result<Option<Applicant>> {
        if !applicant.insert(&mut *transaction).await? {
            return Ok(None);
        }
        self.happen_in(transaction, &applicant.id, Event::Created)
            .await
            .map(Some)
    }

    async fn happen_in(
        &self,
        transaction: &mut PgConnection,
        applicant_id: &str,
        event: Event,
    ) -> sqlx::Result<Applicant> {
        let mut applicant = Applicant::lock(&mut *transaction, applicant_id)
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        let at = clock::now()
            .trunc_subsecs(3)
            .max(applicant.last_event_at + TimeDelta::milliseconds(1));
        let kind = event.kind();
        event.apply(&mut applicant, at);
        applicant.last_event_at = at;
        applicant.update(&mut *transaction).await?;
        callback::queue(self, transaction, &applicant, kind, at).await?;
        Ok(applicant)
    }
}

fn new_applicant(external_user_id: &str, level: &Level) -> Applicant {
    let now = clock::now().trunc_subsecs(3);
    Applicant {
        id: new_id(),
        inspection_id: new_id(),
        external_user_id: external_user_id.to_owned(),
        applicant_type: type_of(level).to_owned(),
        level_name: level.name.clone(),
        review_status: "init".to_owned(),
        attempt_id: new_id(),
        attempt_cnt: 1,
        review_created_at: now,
        created_at: now,
        last_event_at: now - TimeDelta::milliseconds(1),
        active: true,
        ..Applicant::default()
    }
}
