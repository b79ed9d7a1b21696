//! A batch in the making: the entities as they become, callback by callback.

use std::collections::{HashMap, HashSet};

use chrono::Utc;

use super::{
    lookup::{Claimed, Records},
    work::{ApplicantChange, Processed},
};
use crate::{
    customer::{Customer, NewCustomer},
    kyc::{Effect, Kind, Outcome, Rules, Said, Status, Verdict, attribution::Whose, judge},
    levels::Levels,
    primitives::{CustomerId, CustomerType, ProspectId, Stage},
    prospect::Prospect,
    refresh::wish::Wish,
};

pub(super) struct Batch<'a> {
    pub(super) prospects: HashMap<ProspectId, Prospect>,
    pub(super) customers: HashMap<CustomerId, Customer>,
    records: Records,
    levels: &'a Levels,
    rules: Rules,
    converted: HashSet<ProspectId>,
    pub(super) new_customers: Vec<NewCustomer>,
    pub(super) applicants: Vec<ApplicantChange>,
    pub(super) processed: Vec<Processed>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        prospects: HashMap<ProspectId, Prospect>,
        customers: HashMap<CustomerId, Customer>,
        records: Records,
        levels: &'a Levels,
        rules: Rules,
    ) -> Self {
        Self {
            prospects,
            customers,
            records,
            levels,
            rules,
            converted: HashSet::new(),
            new_customers: Vec::new(),
            applicants: Vec::new(),
            processed: Vec::new(),
        }
    }

    pub(super) fn take(&mut self, claimed: &Claimed) {
        match self.records.attribute(&claimed.said) {
            Ok(Whose::Own(id)) if self.is_owner(id, &claimed.said) => self.of_owner(id, claimed),
            Ok(Whose::Own(id)) => self.own(id, claimed, false),
            Ok(Whose::Deleted(id)) => self.own(id, claimed, true),
            Ok(Whose::OwnerOf(company)) => self.of_owner(company, claimed),
            Err(why) => self.processed.push(Processed {
                callback: claimed.id,
                outcome: Outcome::Ignored,
                reason: Some(why.to_string()),
                prospect: None,
                raise: None,
                wish: None,
                erased: false,
            }),
        }
    }

    /// A person that belongs to some company, under the company's own id: an owner, even when the company's applicant
    /// is not known yet.
    fn is_owner(&self, id: ProspectId, said: &Said) -> bool {
        let Some(prospect) = self.prospects.get(&id) else {
            return false;
        };
        !said.member_of.is_empty()
            && said.individual == Some(true)
            && prospect.customer_type != CustomerType::Individual
            && prospect.kyc.applicant_id != said.applicant_id
    }

    fn of_owner(&mut self, company: ProspectId, claimed: &Claimed) {
        let from_sandbox = claimed.said.sandbox == Some(true) && !self.rules.allow_sandbox;
        let raise = match claimed.said.status() {
            _ if from_sandbox => None,
            Some(Status::Red) => Some("a RED for a beneficial owner of this company"),
            Some(Status::OnHold) => Some("a beneficial owner of this company was put on hold"),
            _ => None,
        };
        self.processed.push(Processed {
            callback: claimed.id,
            outcome: Outcome::Ignored,
            reason: Some("a beneficial owner's: linked to the company, moves nothing".to_owned()),
            prospect: Some(company),
            raise,
            wish: None,
            erased: self
                .prospects
                .get(&company)
                .is_some_and(Prospect::is_erased),
        });
    }

    fn own(&mut self, id: ProspectId, claimed: &Claimed, applicant_deleted: bool) {
        // Its customer exists once this batch is committed: the next batch takes what follows.
        if self.converted.contains(&id) {
            return;
        }
        let Some(prospect) = self.prospects.get_mut(&id) else {
            return;
        };
        let said = &claimed.said;
        let now = Utc::now();
        let customer = self.customers.get_mut(&id.into());
        let mut case = prospect.case(self.levels.of(prospect.customer_type));
        case.applicant_deleted = applicant_deleted;
        let holder = customer.as_ref().map(|c| c.holder());
        let verdict = judge(&case, holder, said, self.rules, now);
        prospect.apply(claimed.id, said, &verdict, now);
        let closed =
            prospect.kyc.stage == Stage::Closed || holder.is_some_and(|holder| holder.closed);
        let wish = wish(said, &verdict, holder.is_some(), closed);
        let erased = prospect.is_erased();
        match (verdict.effect, customer) {
            (Effect::Convert, _) => {
                self.new_customers
                    .push(NewCustomer::approved(prospect, claimed.id));
                self.converted.insert(id);
            }
            (Effect::Verify, Some(customer)) => customer.verify(claimed.id),
            (Effect::Reject, Some(customer)) => customer.reject(claimed.id),
            _ => {}
        }
        self.note_applicant(id, said, &verdict);
        self.processed.push(Processed {
            callback: claimed.id,
            outcome: verdict.outcome,
            reason: verdict.reason.map(Into::into),
            prospect: Some(id),
            raise: verdict.raise,
            wish,
            erased,
        });
    }

    fn note_applicant(&mut self, prospect: ProspectId, said: &Said, verdict: &Verdict) {
        let Some(applicant_id) = &said.applicant_id else {
            return;
        };
        let deleted = said.status() == Some(Status::Deleted) && verdict.accepted.is_some();
        if deleted || verdict.bind {
            self.records.bind(applicant_id, prospect, deleted);
            self.applicants.push(ApplicantChange {
                applicant_id: applicant_id.clone(),
                prospect,
                deleted,
            });
        }
    }
}

/// When Sumsub is to be asked, after this callback.
fn wish(said: &Said, verdict: &Verdict, customer: bool, closed: bool) -> Option<Wish> {
    let slowly = if customer || verdict.effect == Effect::Convert {
        Wish::AsCustomer
    } else {
        Wish::AsProspect
    };
    let green = said.status() == Some(Status::Green) && verdict.accepted.is_some();
    if closed {
        None
    } else if said.asked_at.is_some() {
        // An answer never makes us ask again.
        (verdict.outcome == Outcome::Applied).then_some(slowly)
    } else if verdict.outcome == Outcome::Incomplete {
        Some(Wish::Now)
    } else if green || said.kind == Kind::InfoChanged {
        Some(Wish::NowWithData)
    } else {
        Some(slowly)
    }
}
