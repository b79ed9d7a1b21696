//! **Why a person has to look**: the one table of the causes of *Needs a person*.
//!
//! A cause is stored by its name, and as its words with what it is about filled in; [`Cause::of_stored`] leads back from the words,
//! which is all that older rows have. A new one is one variant and one row. `docs/RULES.md` says in its tables when which is raised.

use std::{borrow::Cow, fmt};

use strum::{Display, EnumIter, EnumString, IntoEnumIterator as _, IntoStaticStr};

use super::Remedy;

/// Why a person has to look at a prospect or customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Display, EnumIter, EnumString, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Cause {
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

/// The page where somebody finds out what is behind a raised item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CausePage {
    /// The page of the prospect or customer.
    Record,
    /// The page of the callback that raised it.
    Callback,
    /// The page of the other record.
    OtherRecord,
}

/// One row of the table.
struct CauseRow {
    /// A few words, for a filter and a heading.
    title: &'static str,
    /// As it stands in a sentence, `{}` for each thing that is filled in.
    words: &'static str,
    to_do: &'static str,
    page: CausePage,
    /// The operations that resolve it, the usual one first.
    remedies: &'static [Remedy],
}

const fn row(
    title: &'static str,
    words: &'static str,
    to_do: &'static str,
    page: CausePage,
    remedies: &'static [Remedy],
) -> CauseRow {
    CauseRow {
        title,
        words,
        to_do,
        page,
        remedies,
    }
}

impl Cause {
    #[expect(clippy::too_many_lines, reason = "one table: a row for each cause")]
    #[rustfmt::skip]
    const fn row(self) -> CauseRow {
        use CausePage::{Callback, OtherRecord, Record};
        use Remedy::{
            ChangeType, Close, Deactivate, DifferentPeople, GenerateLink, NewProspect, OpenCallback, Refresh, Reopen, Reprocess, Restore,
            SamePerson,
        };
        match self {
            Self::GreenAfterFinalRed => row("Approved after a final decline",
                "a GREEN after a RED that was FINAL",
                "Ask in Sumsub's dashboard why it approved after it had declined for good; deactivate the customer if that is in doubt.", Record, &[Deactivate, OpenCallback]),
            Self::GreenForClosedProspect => row("Approved, though the prospect is closed",
                "a GREEN for a closed prospect",
                "Reopen the prospect if it is to become a customer after all.", Record, &[Reopen, OpenCallback]),
            Self::GreenForClosedCustomer => row("Approved, though the customer is closed",
                "a GREEN for a closed customer",
                "Nothing moves: create a new prospect if the person is to be a customer again.", Record, &[NewProspect, OpenCallback]),
            Self::GreenForRejectedCustomer => row("Approved after a rejection",
                "a GREEN for a rejected customer: Restore is possible",
                "Read why Sumsub declined and why it approved; then restore the customer, or leave it rejected.", Record, &[Restore, OpenCallback]),
            Self::OldGreenForRejectedCustomer => row("Approved before the rejection",
                "a GREEN for a rejected customer, not newer than the RED: Restore is refused",
                "Compare with Sumsub's dashboard; refresh from Sumsub if that shows a newer approval.", Record, &[Refresh, OpenCallback]),
            Self::RedForClosedCustomer => row("Declined, though the customer is closed",
                "a RED for a closed customer",
                "Read why Sumsub declined, and whether that has to be reported.", Record, &[OpenCallback]),
            Self::LateRed => row("Late decline of a customer",
                "a RED for a verified customer (late RED)",
                "The access is taken away already: read why Sumsub declined, and decide what becomes of the money and of the customer.", Record, &[OpenCallback, Refresh, Close]),
            Self::CustomerReviewedAgain => row("Customer is reviewed again",
                "Sumsub reviews a customer again",
                "Find out in Sumsub's dashboard why; deactivate the customer meanwhile if that is called for.", Record, &[Deactivate, Refresh]),
            Self::CustomerOnHold => row("Customer put on hold",
                "Sumsub put a customer on hold",
                "Review the applicant in Sumsub's dashboard; deactivate the customer meanwhile if that is called for.", Record, &[Deactivate, Refresh]),
            Self::CustomerReset => row("Verification was reset",
                "Sumsub reset a customer's verification",
                "Find out in Sumsub's dashboard who reset it and why.", Record, &[GenerateLink, Refresh]),
            Self::CustomerApplicantDeleted => row("Applicant was deleted",
                "Sumsub deleted a customer's applicant",
                "Find out in Sumsub's dashboard who deleted it and why.", Record, &[GenerateLink, Deactivate]),
            Self::UnknownAnswer => row("Unknown answer",
                "an answer that is neither GREEN nor RED",
                "Look at the applicant in Sumsub's dashboard: Usher does not know this answer.", Callback, &[OpenCallback, Refresh]),
            Self::ApplicantDeactivated => row("Applicant was deactivated",
                "Sumsub deactivated the applicant",
                "Find out in Sumsub's dashboard who deactivated it and why.", Record, &[Refresh, OpenCallback]),
            Self::LevelChanged => row("Level was changed",
                "Sumsub changed the applicant's level from {} to {}, while “{}” is expected",
                "Put the level right in Sumsub's dashboard, or generate a new link: answers for another level do not count.", Record, &[GenerateLink, Refresh]),
            Self::AnotherApplicant => row("Another applicant",
                "{} for another applicant than the one on record",
                "Compare both applicants in Sumsub's dashboard.", Callback, &[OpenCallback, Reprocess]),
            Self::ApplicantWithoutLink => row("New applicant without a link",
                "{} for a new applicant, though no link was made since Sumsub deleted the one before",
                "Generate a link if the person is to verify anew.", Callback, &[GenerateLink, OpenCallback]),
            Self::WrongApplicantType => row("Wrong applicant type",
                "{} for {}, while the record is of {}",
                "Look whose applicant it is in Sumsub's dashboard; the customer type may have to be changed.", Callback, &[ChangeType, OpenCallback, Reprocess]),
            Self::WrongLevel => row("Wrong level",
                "{} for the level “{}”, while “{}” is expected",
                "Compare the level in Sumsub's dashboard with the one that is configured for this customer type.", Callback, &[OpenCallback, Reprocess]),
            Self::OwnerOnHold => row("Owner put on hold",
                "a beneficial owner of this company was put on hold",
                "Review the owner in Sumsub's dashboard.", Callback, &[OpenCallback, Refresh]),
            Self::OwnerBadNews => row("Bad news about an owner",
                "{} for a beneficial owner of this company",
                "Read what Sumsub told of the owner, and decide what that means for the company.", Callback, &[OpenCallback, Refresh]),
            Self::BadNewsNotApplied => row("Bad news not applied",
                "{} was not applied: {}",
                "Read the callback and decide whether something has to be done by hand.", Callback, &[OpenCallback, Reprocess]),
            Self::ConflictingCallback => row("Conflicting callbacks",
                "two callbacks with one key and different bodies",
                "Compare both callbacks: one may be forged, or Sumsub sent it wrongly.", Callback, &[OpenCallback]),
            Self::CallbackFailed => row("Callback failed",
                "What Sumsub told could not be processed. It is tried again by itself, and this is resolved when that works; if it stays, look at the callback for the reason and at the log of Usher",
                "Wait for a later try; if it stays, look at the callback and at the log of Usher.", Callback, &[Reprocess, OpenCallback]),
            Self::SumsubRefusesAll => row("Sumsub refuses every question",
                "Sumsub refuses to tell Usher about applicants (HTTP {}), so no record is refreshed: {}",
                "Mend the settings or the app token's permissions as it says, then refresh from Sumsub.", Record, &[Refresh]),
            Self::SumsubRefusesRecord => row("Sumsub refuses one record",
                "Sumsub refuses to tell about this record's applicant (HTTP {}): the page says why",
                "Read Sumsub's answer on the page of the record.", Record, &[Refresh]),
            Self::ApplicantGone => row("Sumsub has no such applicant",
                "Sumsub has no applicant for this record any more (HTTP 404): look in Sumsub's dashboard whether it was deleted, and whether sumsub.app_token belongs to the account that verified it",
                "Look in Sumsub's dashboard whether the applicant was deleted, and check sumsub.app_token.", Record, &[Refresh, GenerateLink]),
            Self::PossibleDuplicate => row("Possible duplicate",
                "possible duplicate: the same name, birth date and country, or registration number{}",
                "Compare the two records; close one of them if they are the same person or company.", OtherRecord, &[DifferentPeople, SamePerson]),
        }
    }

    /// The name in addresses and filters, for example `late_red`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// What to do about it, in sentences for the bank's people.
    #[must_use]
    pub const fn to_do(self) -> &'static str {
        self.row().to_do
    }

    /// The page where somebody finds out what is behind it.
    #[must_use]
    pub const fn page(self) -> CausePage {
        self.row().page
    }

    /// The operations that resolve it, the usual one first; [`Remedy::fits`] says which of them a record can have.
    #[must_use]
    pub const fn remedies(self) -> &'static [Remedy] {
        self.row().remedies
    }

    /// A few words, for a filter and a heading.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.row().title
    }

    /// As an item of it is stored, with something filled in; for tests.
    #[must_use]
    pub fn sample(self) -> String {
        self.row().words.replace("{}", "a RED")
    }

    /// All of them, in the table's order.
    pub fn all() -> impl Iterator<Item = Self> {
        Self::iter()
    }

    /// The cause that is stored in these words; none when an older version or a person wrote them.
    #[must_use]
    pub fn of_stored(words: &str) -> Option<Self> {
        Self::iter().find(|cause| cause.is_in(words))
    }

    fn is_in(self, stored: &str) -> bool {
        let parts: Vec<&str> = self.row().words.split("{}").collect();
        let [first, between @ .., last] = parts.as_slice() else {
            return stored == self.row().words;
        };
        let filled = stored.strip_prefix(first);
        let Some(mut rest) = filled.and_then(|rest| rest.strip_suffix(last)) else {
            return false;
        };
        between.iter().all(|part| {
            let behind = rest.find(part).map(|at| &rest[at + part.len()..]);
            rest = behind.unwrap_or_default();
            behind.is_some()
        })
    }

    /// This cause with what it is about, in the order of its words.
    pub(crate) fn about(self, what: &[&str]) -> RaisedCause {
        let mut parts = self.row().words.split("{}");
        let first = parts.next().unwrap_or_default().to_owned();
        let words = what
            .iter()
            .zip(parts)
            .fold(first, |words, (what, part)| words + what + part);
        RaisedCause {
            cause: self,
            words: words.into(),
        }
    }
}

/// A cause in the words that are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RaisedCause {
    /// Which row of the table.
    pub cause: Cause,
    words: Cow<'static, str>,
}

impl RaisedCause {
    /// As `raised.cause` holds it.
    #[must_use]
    pub fn words(&self) -> &str {
        &self.words
    }
}

impl From<Cause> for RaisedCause {
    fn from(cause: Cause) -> Self {
        RaisedCause {
            cause,
            words: cause.row().words.into(),
        }
    }
}

impl fmt::Display for RaisedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_words_and_says_what_to_do() {
        let mut titles = std::collections::HashSet::new();
        for cause in Cause::iter() {
            assert!(!cause.row().words.is_empty(), "{cause}");
            assert!(cause.to_do().ends_with('.'), "{cause}");
            assert!(!cause.remedies().is_empty(), "{cause} offers nothing");
            assert!(titles.insert(cause.title()), "{cause}: two have one title");
            assert_eq!(cause.name().parse::<Cause>().ok(), Some(cause));
        }
    }

    #[test]
    fn what_is_stored_leads_back_to_its_cause() {
        for cause in Cause::iter() {
            let blanks = cause.row().words.matches("{}").count();
            for what in ["a RED", "“applicantReset” (x)", "", "100 %"] {
                let raised = cause.about(&vec![what; blanks]);
                assert_eq!(Cause::of_stored(raised.words()), Some(cause), "{raised}");
            }
        }
        assert_eq!(Cause::of_stored("look"), None);
        assert_eq!(Cause::of_stored("a RED for a verified customer"), None);
    }
}
