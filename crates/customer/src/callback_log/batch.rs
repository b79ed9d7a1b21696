//! A batch in the making: the entities as they become, callback by callback.

use std::collections::{HashMap, HashSet};

use super::{
    lookup::{Claimed, Found, Records},
    standing::Standing,
    work::{ApplicantChange, Fact, Processed},
};
use crate::{
    customer::{Customer, NewCustomer},
    kyc::{
        BadNews, Case, Effect, Kind, Outcome, Rules, Said, Status, Verdict, attribution::Whose,
        judge, real,
    },
    levels::Levels,
    primitives::{CustomerId, ProspectId, Stage},
    prospect::Prospect,
    refresh::wish::Wish,
};

/// What came of one callback.
struct Done {
    /// None when it stands already.
    outcome: Option<Outcome>,
    reason: Option<String>,
    prospect: Option<ProspectId>,
    heard: bool,
    raises: Vec<(ProspectId, String)>,
    waits_for: Vec<String>,
    wish: Option<Wish>,
}

impl Done {
    /// It was applied before.
    fn before(prospect: Option<ProspectId>) -> Self {
        Done {
            outcome: None,
            reason: None,
            prospect,
            heard: true,
            raises: Vec::new(),
            waits_for: Vec::new(),
            wish: None,
        }
    }

    fn ignored(why: impl ToString, shown_at: Option<ProspectId>) -> Self {
        Done {
            outcome: Some(Outcome::Ignored),
            reason: Some(why.to_string()),
            heard: false,
            ..Done::before(shown_at)
        }
    }

    /// Bad news is applied, or else raised: at every record that it names, and at each company of an owner's.
    fn raise_unheard(&mut self, news: &BadNews, found: &Found) {
        let own = found.whose.ok().map(Whose::prospect);
        let told = self.heard || !self.raises.is_empty();
        for company in &found.companies {
            self.raises.push((*company, news.of_owner()));
        }
        for record in &found.mentioned {
            let raised = self.raises.iter().any(|(at, _)| at == record);
            let knows = raised || (told && Some(*record) == own);
            if !knows {
                let why = self
                    .reason
                    .as_deref()
                    .unwrap_or("it is about another record");
                self.raises.push((*record, news.not_applied(why)));
            }
        }
    }
}

pub(super) struct Batch<'a> {
    pub(super) prospects: HashMap<ProspectId, Prospect>,
    pub(super) customers: HashMap<CustomerId, Customer>,
    pub(super) records: Records,
    levels: &'a Levels,
    rules: Rules,
    converted: HashSet<ProspectId>,
    pub(super) new_customers: Vec<NewCustomer>,
    pub(super) applicants: Vec<ApplicantChange>,
    pub(super) standings: Vec<Standing>,
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
            standings: Vec::new(),
            processed: Vec::new(),
        }
    }

    /// Judges one. Answers whether it was taken: what follows a conversion waits until the customer is there.
    pub(super) fn take(&mut self, claimed: &Claimed) -> bool {
        let heard = &claimed.heard;
        if let Err(why) = real(&heard.said, self.rules) {
            self.note(
                claimed,
                Done::ignored(why, self.records.find(heard).shown_at()),
            );
            return true;
        }
        self.records.learn(heard);
        let found = self.records.find(heard);
        if found
            .whose
            .is_ok_and(|whose| self.converted.contains(&whose.prospect()))
        {
            return false;
        }
        let mut done = match found.whose {
            _ if claimed.applied => Done::before(found.whose.ok().map(Whose::prospect)),
            Ok(whose) => self.own(whose, found.named, claimed),
            Err(why) => Done::ignored(why, found.shown_at()),
        };
        if let Some(news) = &heard.bad_news {
            done.raise_unheard(news, &found);
        }
        done.waits_for = found.waits_for;
        self.note(claimed, done);
        true
    }

    fn note(&mut self, claimed: &Claimed, done: Done) {
        let said = &claimed.heard.said;
        let about: Vec<ProspectId> = done
            .prospect
            .into_iter()
            .chain(done.raises.iter().map(|(at, _)| *at))
            .collect();
        let erased = about
            .iter()
            .any(|id| self.prospects.get(id).is_some_and(Prospect::is_erased));
        let unreadable = &claimed.heard.mentions.unreadable;
        let reason = done
            .reason
            .into_iter()
            .chain(unreadable.iter().map(|what| (*what).to_owned()));
        let reason = reason.collect::<Vec<_>>().join("; ");
        self.processed.push(Processed {
            callback: claimed.id,
            outcome: done.outcome,
            reason: (!reason.is_empty()).then_some(reason),
            prospect: done.prospect,
            raises: done.raises,
            fact: Fact {
                applicant_id: said.applicant_id.clone(),
                at: said.at,
                from_refresh: said.asked_at.is_some(),
            },
            waits_for: done.waits_for,
            wish: done.wish,
            erased,
        });
        if self.records.is_member(said) && real(said, self.rules).is_ok() {
            self.standings.extend(Standing::of(claimed.id, said));
        }
    }

    fn own(&mut self, whose: Whose, named: bool, claimed: &Claimed) -> Done {
        let id = whose.prospect();
        let Some(prospect) = self.prospects.get_mut(&id) else {
            return Done::before(Some(id));
        };
        let said = &claimed.heard.said;
        let now = clock::now();
        let customer = self.customers.get_mut(&id.into());
        let mut case = prospect.case(self.levels.of(prospect.customer_type));
        case.applicant_deleted = matches!(whose, Whose::Deleted(_));
        case.named = named;
        let holder = customer.as_ref().map(|c| c.holder());
        let verdict = judge(&case, holder, said, now);
        prospect.apply(claimed.id, said, &verdict, now);
        let closed =
            prospect.kyc.stage == Stage::Closed || holder.is_some_and(|holder| holder.closed);
        let wish = wish(said, &verdict, holder.is_some(), closed);
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
        self.note_applicant(id, &case, said, &verdict);
        Done {
            outcome: Some(verdict.outcome),
            reason: verdict.reason.map(Into::into),
            prospect: Some(id),
            heard: verdict.heard,
            raises: verdict
                .raise
                .map(|cause| (id, cause.into()))
                .into_iter()
                .collect(),
            wish,
            waits_for: Vec::new(),
        }
    }

    fn note_applicant(
        &mut self,
        prospect: ProspectId,
        case: &Case,
        said: &Said,
        verdict: &Verdict,
    ) {
        let deleted = said.status() == Some(Status::Deleted) && verdict.accepted.is_some();
        let meant = case.applicant_id.as_ref().filter(|_| deleted);
        let Some(applicant_id) = said.applicant_id.as_ref().or(meant) else {
            return;
        };
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
