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
    /// Sumsub deleted this applicant before.
    #[error("deleted applicant: Sumsub deleted this applicant, its id is never used again")]
    DeletedApplicant,
}

/// Decides whose a callback is. `has_name`: whether it carries an `externalUserId` at all; a known applicant id
/// is enough without one.
///
/// # Errors
/// When it is nobody's, with the reason.
pub fn attribute(has_name: bool, records: OnRecord) -> Result<ProspectId, NotAttributed> {
    match (has_name, records.named, records.applicant) {
        (true, None, _) => Err(NotAttributed::UnknownProspect),
        (true, Some(named), Some(bound)) if bound.prospect != named => {
            Err(NotAttributed::AnothersApplicant)
        }
        (_, _, Some(Bound { deleted: true, .. })) => Err(NotAttributed::DeletedApplicant),
        (true, Some(named), _) => Ok(named),
        (false, _, Some(bound)) => Ok(bound.prospect),
        (false, _, None) => Err(NotAttributed::Nobodys),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whose_it_is() {
        let (one, other) = (ProspectId::new(), ProspectId::new());
        let bound = |prospect, deleted| Some(Bound { prospect, deleted });
        let ask = |has_name, named, applicant| attribute(has_name, OnRecord { named, applicant });
        assert_eq!(ask(true, Some(one), None), Ok(one));
        assert_eq!(ask(true, Some(one), bound(one, false)), Ok(one));
        assert_eq!(ask(false, None, bound(one, false)), Ok(one));
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
            Err(NotAttributed::DeletedApplicant)
        );
    }
}
