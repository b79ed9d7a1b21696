//! How events are spoken of.

use crate::{kyc::Status, link_mail::LinkMailKind, prospect::Retry};

pub(super) fn sent_words(kind: LinkMailKind) -> &'static str {
    match kind {
        LinkMailKind::First => "Verification link sent",
        LinkMailKind::Retry => "Link to try again sent",
        LinkMailKind::Moved => "Verification link sent to the new address",
        LinkMailKind::Reminder => "Reminder of the verification link sent",
        LinkMailKind::Ending => "Reminder sent: the verification link ends soon",
        LinkMailKind::Fresh => "Fresh verification link sent: the one before had ended unused",
    }
}

pub(super) fn status_words(status: Status, reject_type: Option<&str>) -> &'static str {
    match status {
        Status::Created => "Sumsub: applicant created",
        Status::Reset => "Sumsub: verification reset",
        Status::Pending => "Sumsub: documents submitted, review begins",
        Status::OnHold => "Sumsub: put on hold, review needed",
        Status::Green => "Sumsub: Approved",
        Status::Red => match Retry::from_reject_type(reject_type) {
            Retry::Final => "Sumsub: Declined, final",
            Retry::Allowed => "Sumsub: Declined, may try again",
            Retry::NotSaid => "Sumsub: Declined",
        },
        Status::Deleted => "Sumsub: applicant deleted",
    }
}

pub(super) fn sumsub_answer(status: Status) -> Option<&'static str> {
    match status {
        Status::Green => Some("GREEN"),
        Status::Red => Some("RED"),
        _ => None,
    }
}
