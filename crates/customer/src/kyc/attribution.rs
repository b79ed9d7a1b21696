//! **Whose a callback is**: `docs/RULES.md`, "Which callback counts", as a pure function of what the records say of its ids.

use crate::primitives::ProspectId;

/// What the records say of the ids in a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownIds {
    /// The prospect that `externalUserId` names, when there is one.
    pub named: Option<ProspectId>,
    /// Who the applicant id is bound to, when it ever was.
    pub applicant: Option<BoundApplicant>,
}

/// An applicant id that was bound to a prospect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BoundApplicant {
    /// The prospect it belongs to.
    pub prospect: ProspectId,
    /// Sumsub deleted the applicant: it is never bound again.
    pub deleted: bool,
}

/// Why a callback moves no record. The message is what operators read in the callback log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAttributed {
    /// `externalUserId` is not the UUID of a prospect here.
    #[error("unknown prospect: no prospect has the id in externalUserId")]
    UnknownProspect,
    /// Neither id leads anywhere.
    #[error("nobody's: no externalUserId, and the applicant id is not known")]
    Nobodys,
    /// The applicant belongs to somebody else.
    #[error(
        "another prospect's applicant: the applicant id belongs to another prospect than externalUserId names"
    )]
    AnothersApplicant,
    /// A member of a company never stands for it.
    #[error("a beneficial owner's: linked to the company, moves nothing")]
    Owners,
    /// A member of a company that is not known here.
    #[error("a beneficial owner's, of a company that is not known here (yet)")]
    OwnersElsewhere,
}

/// The prospect that a callback belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Attribution {
    /// The callback is the prospect's own.
    Own(ProspectId),
    /// The prospect's own, of an applicant that Sumsub deleted before.
    Deleted(ProspectId),
}

impl Attribution {
    /// The prospect whose it is.
    #[must_use]
    pub fn prospect(self) -> ProspectId {
        match self {
            Attribution::Own(prospect) | Attribution::Deleted(prospect) => prospect,
        }
    }
}

/// What is known of the applicant as a member (beneficial owner, director, …) of companies.
#[derive(Debug, Clone, Copy)]
pub struct CompanyMembership<'a> {
    /// It is one of some company, known here or not.
    pub of_any: bool,
    /// The companies of ours, directly or by companies between.
    pub of: &'a [ProspectId],
    /// Whether the prospect that `externalUserId` names is a company.
    pub names_company: bool,
}

/// Decides whose a callback is. `has_name`: whether it carries an `externalUserId` at all. A known applicant id is enough
/// without one, and beside one that names nobody here.
///
/// # Errors
/// When it moves no record, with the reason.
pub fn attribute(
    has_name: bool,
    records: KnownIds,
    member: CompanyMembership<'_>,
) -> Result<Attribution, NotAttributed> {
    match (records.named, records.applicant) {
        (Some(named), Some(bound)) if bound.prospect != named => {
            Err(NotAttributed::AnothersApplicant)
        }
        (_, Some(bound)) if bound.deleted => Ok(Attribution::Deleted(bound.prospect)),
        (_, Some(bound)) => Ok(Attribution::Own(bound.prospect)),
        // Also when it carries the company's own id, and when the company's applicant is not known yet.
        (Some(named), None)
            if member.of.contains(&named) || (member.of_any && member.names_company) =>
        {
            Err(NotAttributed::Owners)
        }
        (Some(named), None) => Ok(Attribution::Own(named)),
        (None, None) if !member.of.is_empty() => Err(NotAttributed::Owners),
        (None, None) if member.of_any => Err(NotAttributed::OwnersElsewhere),
        (None, None) if has_name => Err(NotAttributed::UnknownProspect),
        (None, None) => Err(NotAttributed::Nobodys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NO_MEMBER: CompanyMembership<'static> = CompanyMembership {
        of_any: false,
        of: &[],
        names_company: false,
    };

    fn bound(prospect: ProspectId, deleted: bool) -> Option<BoundApplicant> {
        Some(BoundApplicant { prospect, deleted })
    }

    #[test]
    fn whose_it_is() {
        let (one, other) = (ProspectId::new(), ProspectId::new());
        let ask = |has_name, named, applicant| {
            attribute(has_name, KnownIds { named, applicant }, NO_MEMBER)
        };
        let own = Ok(Attribution::Own(one));
        assert_eq!(ask(true, Some(one), None), own);
        assert_eq!(ask(true, Some(one), bound(one, false)), own);
        assert_eq!(ask(false, None, bound(one, false)), own);
        assert_eq!(
            ask(true, None, bound(one, false)),
            own,
            "a name of nobody's"
        );
        assert_eq!(ask(false, None, None), Err(NotAttributed::Nobodys));
        assert_eq!(ask(true, None, None), Err(NotAttributed::UnknownProspect));
        assert_eq!(
            ask(true, Some(one), bound(other, false)),
            Err(NotAttributed::AnothersApplicant)
        );
        assert_eq!(
            ask(true, Some(one), bound(one, true)),
            Ok(Attribution::Deleted(one))
        );
    }

    #[test]
    fn a_member_never_stands_for_the_company() {
        let (company, other) = (ProspectId::new(), ProspectId::new());
        let ask = |named: Option<ProspectId>, applicant, of: &[ProspectId], names_company| {
            let member = CompanyMembership {
                of_any: true,
                of,
                names_company,
            };
            attribute(named.is_some(), KnownIds { named, applicant }, member)
        };
        let owners = Err(NotAttributed::Owners);
        assert_eq!(ask(None, None, &[company], false), owners);
        assert_eq!(
            ask(Some(company), None, &[company], true),
            owners,
            "the company's id"
        );
        assert_eq!(
            ask(Some(company), None, &[], true),
            owners,
            "before the company is known"
        );
        assert_eq!(
            ask(None, None, &[], false),
            Err(NotAttributed::OwnersElsewhere)
        );
        let own = Ok(Attribution::Own(other));
        assert_eq!(
            ask(Some(other), None, &[company], false),
            own,
            "a prospect too"
        );
        assert_eq!(ask(None, bound(other, false), &[company], false), own);
    }
}
