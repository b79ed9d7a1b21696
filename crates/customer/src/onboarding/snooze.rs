//! Snoozing a record: nobody is asked about it until a time, or until something happens to it.

use access::{AuditAction, Subject};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use kernel::Error;

use super::{Onboarding, again::again};
use crate::{field, primitives::ProspectId};

/// The longest snooze.
const AT_MOST: TimeDelta = TimeDelta::days(366);

/// What holds of a row of `prospects` while it is snoozed: [`crate::prospect::Prospect::snoozed`] as the database says it.
pub(crate) const IS_SNOOZED: &str = "snoozed_until > now()";

/// Until when, as people choose it: days begin at midnight, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnoozeUntil {
    /// The beginning of the day in so many days.
    Days(u16),
    /// The beginning of this day.
    Date(NaiveDate),
    /// This very time.
    Time(DateTime<Utc>),
}

impl SnoozeUntil {
    /// The time that is meant at `now`.
    #[must_use]
    pub fn at(self, now: DateTime<Utc>) -> DateTime<Utc> {
        let begins = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        match self {
            Self::Days(days) => begins((now + TimeDelta::days(days.into())).date_naive()),
            Self::Date(day) => begins(day),
            Self::Time(time) => time,
        }
    }
}

impl Onboarding {
    /// "Snooze": nobody is asked about the record until then, or until a callback counts, or an operator decides about it. The
    /// same again records nothing.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a time that has passed, or is more than a year ahead.
    pub async fn snooze(
        &self,
        subject: &Subject,
        id: ProspectId,
        until: SnoozeUntil,
    ) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectSnooze, id)
            .await?;
        let now = clock::now();
        let until = until.at(now);
        if until <= now {
            return Err(field::UNTIL
                .wrong("Choose a time that is yet to come.")
                .into());
        }
        if until > now + AT_MOST {
            return Err(field::UNTIL.wrong("Choose a time within a year.").into());
        }
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            prospect.snooze(until, now, subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }

    /// "Wake": the record is asked about again. One that is not snoozed stays as it is.
    ///
    /// # Errors
    /// When there is no such record.
    pub async fn wake(&self, subject: &Subject, id: ProspectId) -> Result<(), Error> {
        self.may_update(subject, AuditAction::ProspectWake, id)
            .await?;
        again(|| async {
            let mut op = self.outbox.begin_op().await?;
            let (mut prospect, _) = self.lock(&mut op, id).await?;
            prospect.wake(clock::now(), subject.as_text());
            self.save(&mut op, &mut prospect, None).await?;
            op.commit().await?;
            Ok(())
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_begin_at_midnight() {
        let now: DateTime<Utc> = "2026-02-27T17:30:00Z".parse().unwrap();
        let at = |until: SnoozeUntil| until.at(now).to_rfc3339();
        assert_eq!(at(SnoozeUntil::Days(1)), "2026-02-28T00:00:00+00:00");
        assert_eq!(at(SnoozeUntil::Days(3)), "2026-03-02T00:00:00+00:00");
        let day = "2026-12-24".parse().unwrap();
        assert_eq!(at(SnoozeUntil::Date(day)), "2026-12-24T00:00:00+00:00");
    }
}
