//! Why something is raised and what resolves it: the domain's values under the names of the API.

use async_graphql::{Enum, InputObject};

use ::customer::raised::RaisedFilter;

use crate::scalars::Timestamp;

/// Why a person has to look at a prospect or customer.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::raised::Cause")]
pub(crate) enum RaisedCause {
    /// A GREEN made a customer of a prospect whose RED was FINAL.
    GreenAfterFinalRed,
    /// A GREEN for a prospect that an operator closed.
    GreenForClosedProspect,
    /// A GREEN for a customer that is closed for good.
    GreenForClosedCustomer,
    /// A GREEN newer than the RED, for a rejected customer.
    GreenForRejectedCustomer,
    /// A GREEN for a rejected customer that is not newer than the RED.
    OldGreenForRejectedCustomer,
    /// A RED for a customer that is closed for good.
    RedForClosedCustomer,
    /// A RED for a verified customer: it takes the access away.
    LateRed,
    /// A customer's review is pending again.
    CustomerReviewedAgain,
    /// A customer was put on hold.
    CustomerOnHold,
    /// A customer's verification was reset.
    CustomerReset,
    /// A customer's applicant was deleted at Sumsub.
    CustomerApplicantDeleted,
    /// A review ended with another answer than GREEN and RED.
    UnknownAnswer,
    /// The applicant was deactivated at Sumsub.
    ApplicantDeactivated,
    /// The applicant's level was changed at Sumsub.
    LevelChanged,
    /// A decision about another applicant than the one on record.
    AnotherApplicant,
    /// A decision about a new applicant that nobody made a link for.
    ApplicantWithoutLink,
    /// A decision about a person where the record is of a company, or the other way round.
    WrongApplicantType,
    /// A decision for another level than the one expected.
    WrongLevel,
    /// A beneficial owner of a company was put on hold.
    OwnerOnHold,
    /// Other bad news about a beneficial owner of a company.
    OwnerBadNews,
    /// Bad news that named the record and did not move it.
    BadNewsNotApplied,
    /// A callback came with the key of another and another body.
    ConflictingCallback,
    /// A callback could not be processed; it is resolved by itself when that works.
    CallbackFailed,
    /// Sumsub refuses every question.
    SumsubRefusesAll,
    /// Sumsub refuses to tell about one record's applicant.
    SumsubRefusesRecord,
    /// Sumsub has the record's applicant no more.
    ApplicantGone,
    /// Another record looks like the same person or company.
    PossibleDuplicate,
}

/// What became of an item that was to be resolved.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::raised::Became")]
pub(crate) enum RaisedItemBecame {
    /// It is resolved now.
    Resolved,
    /// Somebody had resolved it before.
    WasResolved,
    /// There is no such item.
    Unknown,
    /// It could not be done now; send it again.
    Failed,
}

/// An operation, or a page of the panel, with which somebody resolves an item.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::raised::Remedy")]
pub(crate) enum RaisedRemedy {
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

/// What somebody decided of two records that look like one person or company.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "customer::duplicates::Decision")]
pub(crate) enum DuplicateDecision {
    /// One: the newer record is to be closed.
    SamePerson,
    /// Two: the pair is not raised again.
    DifferentPeople,
}

/// The items that a list has; all that is given must hold.
#[derive(InputObject, Default)]
pub(crate) struct RaisedItemsFilter {
    /// With this cause.
    cause: Option<RaisedCause>,
    /// Raised at this time or before it; of what is resolved: resolved by then.
    until: Option<Timestamp>,
}

impl From<RaisedItemsFilter> for RaisedFilter {
    fn from(filter: RaisedItemsFilter) -> Self {
        Self {
            cause: filter.cause.map(Into::into),
            until: filter.until.map(|at| at.0),
        }
    }
}
