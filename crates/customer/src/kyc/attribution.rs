//! Whose a callback is.

use crate::primitives::ProspectId;

/// What the records say of the ids in a callback.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OnRecord {
    /// The prospect that `externalUserId` names, when there is one.
    pub named: Option<ProspectId>,
    /// Who the applicant id is bound to, when it ever was.
    pub applicant: Option<Bound>,
}

/// An applicant id that was bound to a prospect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bound {
    /// The prospect it belongs to.
    pub prospect: ProspectId,
    /// Sumsub deleted the applicant: it is never bound again.
    pub deleted: bool,
}

/// Why a callback is nobody's that we could act on. The message is what operators read in the callback log.
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
}

/// Whose a callback is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The prospect's own.
    Own(ProspectId),
    /// The prospect's own, of an applicant that Sumsub deleted before.
    Deleted(ProspectId),
    /// Of a beneficial owner of this company.
    OwnerOf(ProspectId),
}

/// Decides whose a callback is. `has_name`: whether it carries an `externalUserId` at all; a known applicant id
/// is enough without one. `company`: the prospect whose applicant this one is a beneficial owner of
/// (`applicantMemberOf`).
///
/// # Errors
/// When it is nobody's, with the reason.
pub fn attribute(
    has_name: bool,
    records: OnRecord,
    company: Option<ProspectId>,
) -> Result<Whose, NotAttributed> {
    let bound_to = records.applicant.map(|bound| bound.prospect);
    match company {
        // Also when it carries the company's own id: an owner never stands for the company.
        Some(company)
            if bound_to.is_none() && records.named.is_none_or(|named| named == company) =>
        {
            return Ok(Whose::OwnerOf(company));
        }
        _ => {}
    }
    match (has_name, records.named, records.applicant) {
        (true, None, _) => Err(NotAttributed::UnknownProspect),
        (true, Some(named), Some(bound)) if bound.prospect != named => {
            Err(NotAttributed::AnothersApplicant)
        }
        (
            _,
            _,
            Some(Bound {
                deleted: true,
                prospect,
            }),
        ) => Ok(Whose::Deleted(prospect)),
        (true, Some(named), _) => Ok(Whose::Own(named)),
        (false, _, Some(bound)) => Ok(Whose::Own(bound.prospect)),
        (false, _, None) => Err(NotAttributed::Nobodys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bound(prospect: ProspectId, deleted: bool) -> Option<Bound> {
        Some(Bound { prospect, deleted })
    }

    #[test]
    fn whose_it_is() {
        let (one, other) = (ProspectId::new(), ProspectId::new());
        let ask =
            |has_name, named, applicant| attribute(has_name, OnRecord { named, applicant }, None);
        let own = Ok(Whose::Own(one));
        assert_eq!(ask(true, Some(one), None), own);
        assert_eq!(ask(true, Some(one), bound(one, false)), own);
        assert_eq!(ask(false, None, bound(one, false)), own);
        assert_eq!(ask(false, None, None), Err(NotAttributed::Nobodys));
        assert_eq!(ask(true, None, None), Err(NotAttributed::UnknownProspect));
        assert_eq!(
            ask(true, None, bound(one, false)),
            Err(NotAttributed::UnknownProspect)
        );
        assert_eq!(
            ask(true, Some(one), bound(other, false)),
            Err(NotAttributed::AnothersApplicant)
        );
        assert_eq!(
            ask(true, Some(one), bound(one, true)),
            Ok(Whose::Deleted(one))
        );
    }

    #[test]
    fn a_beneficial_owner_never_stands_for_the_company() {
        let (company, other) = (ProspectId::new(), ProspectId::new());
        let ask = |has_name, named, applicant| {
            attribute(has_name, OnRecord { named, applicant }, Some(company))
        };
        let owners = Ok(Whose::OwnerOf(company));
        assert_eq!(ask(true, None, None), owners, "an id of the owner's own");
        assert_eq!(ask(false, None, None), owners);
        assert_eq!(ask(true, Some(company), None), owners, "the company's id");
        assert_eq!(
            ask(true, Some(other), None),
            Ok(Whose::Own(other)),
            "an owner who is a prospect too"
        );
        assert_eq!(ask(false, None, bound(other, false)), Ok(Whose::Own(other)));
    }
}
