//! What has to happen next with a prospect, with the page's one primary button: what is done about it, or where that is done.

use askama::{Template, filters::HtmlSafe};
use customer::{
    kyc::ProspectAction,
    prospect::{NextAction, NextStep, Prospect},
};

use crate::{
    admin::{
        dialog::Offers,
        prospects::operations::{ProspectOperation, sending},
        records::operations::RecordOperation,
    },
    config::WebConfig,
};

/// The line "Next".
#[derive(Template)]
#[template(path = "admin/prospects/next.html")]
pub struct Next {
    words: String,
    /// Where it is done, when it is done elsewhere.
    lead: Option<Lead>,
    /// The button of what is done here.
    offers: Offers,
}

impl HtmlSafe for Next {}

struct Lead {
    address: String,
    words: &'static str,
    /// It is no page of ours.
    elsewhere: bool,
}

impl Next {
    /// What is next; `offers`: the button of [`operation_of`] it, for who may press it.
    pub fn of(next: NextAction, prospect: &Prospect, config: &WebConfig, offers: Offers) -> Self {
        let lead = |address, words, elsewhere| Lead {
            address,
            words,
            elsewhere,
        };
        Self {
            words: next.words,
            lead: match next.step {
                NextStep::LookAtRaised => Some(lead(
                    "#raised-heading".to_owned(),
                    "See what needs a person",
                    false,
                )),
                NextStep::SeeCustomer => Some(lead(
                    format!("/customers/{}", prospect.public_id),
                    "See the customer",
                    false,
                )),
                NextStep::ReviewInSumsub => {
                    let page = config.applicant_page.as_ref();
                    let applicant = prospect.kyc.applicant_id.as_deref();
                    let address = page.zip(applicant);
                    address.map(|(page, id)| lead(page.address_of(id), "Review in Sumsub", true))
                }
                NextStep::Do(_)
                | NextStep::Wake
                | NextStep::WaitForProspect
                | NextStep::WaitForSumsub
                | NextStep::Nothing => None,
            },
            offers,
        }
    }
}

/// The operation that is next, if it is one of this page's.
pub fn operation_of(step: NextStep, prospect: &Prospect) -> Option<ProspectOperation> {
    let action = match step {
        NextStep::Do(action) => action,
        NextStep::Wake => return Some(ProspectOperation::Record(RecordOperation::Wake)),
        _ => return None,
    };
    Some(match action {
        ProspectAction::SendLink => sending(prospect),
        ProspectAction::GenerateLink => ProspectOperation::Record(RecordOperation::GenerateLink),
        ProspectAction::Refresh => ProspectOperation::Record(RecordOperation::Refresh),
        ProspectAction::ChangeContact => ProspectOperation::Record(RecordOperation::ChangeEmail),
        ProspectAction::ChangeType => ProspectOperation::ChangeType,
        ProspectAction::Convert => ProspectOperation::Convert,
        ProspectAction::Close => ProspectOperation::Close,
        ProspectAction::Reopen => ProspectOperation::Reopen,
    })
}
