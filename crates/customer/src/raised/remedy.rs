//! What resolves a raised item: the operations that its page offers, by the table of causes ([`super::Cause::remedies`]).

use super::RaisedRecord;
use crate::primitives::{Activity, Stage};

/// An operation, or a page, with which somebody resolves an item.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Hash,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum Remedy {
    /// Lift the rejection of the customer.
    Restore,
    /// Shut the customer's access until somebody opens it again.
    Deactivate,
    /// Open the closed prospect again.
    Reopen,
    /// Close the record.
    Close,
    /// Make a link with which the person verifies anew.
    GenerateLink,
    /// Change the customer type, while the prospect is New.
    ChangeType,
    /// Ask Sumsub how it stands.
    Refresh,
    /// Create a prospect for who wants to be a customer again.
    NewProspect,
    /// Read the callback.
    OpenCallback,
    /// Judge the callback again.
    Reprocess,
    /// Two records are not one person: never raised again of the pair.
    DifferentPeople,
    /// Two records are one person: the newer is to be closed.
    SamePerson,
}

impl Remedy {
    /// The name in the API.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Whether it is of use as the item's record stands; the operation itself asks its own table again.
    #[must_use]
    pub fn fits(self, about: Option<&RaisedRecord>, has_callback: bool, has_other: bool) -> bool {
        use Activity::{Active, Inactive, Pending};
        match self {
            Self::OpenCallback | Self::Reprocess => has_callback,
            Self::DifferentPeople | Self::SamePerson => has_other && about.is_some(),
            Self::NewProspect => true,
            Self::Restore => about.is_some_and(|it| it.activity == Some(Inactive)),
            Self::Deactivate => {
                about.is_some_and(|it| matches!(it.activity, Some(Active | Pending)))
            }
            Self::Reopen => about.is_some_and(|it| it.stage == Some(Stage::Closed)),
            Self::ChangeType => about.is_some_and(|it| it.stage == Some(Stage::New)),
            Self::Close | Self::GenerateLink | Self::Refresh => {
                about.is_some_and(|it| !it.is_closed())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator as _;
    use uuid::Uuid;

    use super::*;
    use crate::raised::Cause;

    fn record(stage: Stage, activity: Option<Activity>) -> RaisedRecord {
        RaisedRecord {
            id: Uuid::nil(),
            public_id: "100001".to_owned(),
            email: None,
            is_customer: activity.is_some(),
            stage: Some(stage),
            activity,
        }
    }

    #[test]
    fn what_is_offered_is_of_use_to_the_record() {
        use Remedy::{Close, Deactivate, GenerateLink, Refresh, Reopen, Restore};
        let rejected = record(Stage::Converted, Some(Activity::Inactive));
        let active = record(Stage::Converted, Some(Activity::Active));
        let over = record(Stage::Converted, Some(Activity::Closed));
        let new = record(Stage::New, None);
        let closed = record(Stage::Closed, None);
        for (about, offered) in [
            (&rejected, vec![Restore, Close, GenerateLink, Refresh]),
            (&active, vec![Deactivate, Close, GenerateLink, Refresh]),
            (&over, vec![]),
            (&new, vec![Close, GenerateLink, Remedy::ChangeType, Refresh]),
            (&closed, vec![Reopen]),
        ] {
            let fits = Remedy::iter().filter(|it| it.fits(Some(about), false, false));
            let fits: Vec<_> = fits.filter(|it| *it != Remedy::NewProspect).collect();
            assert_eq!(fits, offered, "{about:?}");
        }
    }

    #[test]
    fn every_remedy_is_some_causes() {
        for remedy in Remedy::iter() {
            let mut causes = Cause::all();
            assert!(
                causes.any(|cause| cause.remedies().contains(&remedy)),
                "{remedy:?}"
            );
        }
    }
}
