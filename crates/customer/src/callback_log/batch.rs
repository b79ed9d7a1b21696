//! A batch in the making: the entities as they become, callback by callback.

use std::collections::{HashMap, HashSet};

use super::{
    claim::ClaimedCallback,
    lookup::{CallbackSubjects, LockedRecords},
    member_standing::MemberStanding,
    outcomes::{ApplicantChange, Processed, RaisedFact},
};
use crate::{
    customer::{Customer, NewCustomer},
    kyc::{
        BadNews, CallbackKind, Case, Effect, Observation, Outcome, Rules, Status, Verdict,
        attribution::Attribution, judge, real,
    },
    levels::Levels,
    primitives::{CustomerId, ProspectId, Stage},
    prospect::Prospect,
    raised::RaisedCause,
    refresh::RefreshRequest,
};

/// What came of one callback.
struct Judged {
    /// None when it stands already.
    outcome: Option<Outcome>,
    reason: Option<String>,
    prospect: Option<ProspectId>,
    on_record: bool,
    raises: Vec<(ProspectId, RaisedCause)>,
    waits_for: Vec<String>,
    request: Option<RefreshRequest>,
}

impl Judged {
    /// It was applied before.
    fn before(prospect: Option<ProspectId>) -> Self {
        Judged {
            outcome: None,
            reason: None,
            prospect,
            on_record: true,
            raises: Vec::new(),
            waits_for: Vec::new(),
            request: None,
        }
    }

    fn ignored(why: impl ToString, shown_at: Option<ProspectId>) -> Self {
        Judged {
            outcome: Some(Outcome::Ignored),
            reason: Some(why.to_string()),
            on_record: false,
            ..Judged::before(shown_at)
        }
    }

    /// Bad news is applied, or else raised: at every record that it names, and at each company of an owner's.
    fn raise_unrecorded(&mut self, news: &BadNews, subjects: &CallbackSubjects) {
        let own = subjects.attribution.ok().map(Attribution::prospect);
        let told = self.on_record || !self.raises.is_empty();
        for company in &subjects.companies {
            self.raises.push((*company, news.cause_at_company()));
        }
        for record in &subjects.mentioned {
            let raised = self.raises.iter().any(|(at, _)| at == record);
            let knows = raised || (told && Some(*record) == own);
            if !knows {
                let why = self
                    .reason
                    .as_deref()
                    .unwrap_or("it is about another record");
                self.raises
                    .push((*record, news.cause_where_not_applied(why)));
            }
        }
    }
}

pub(super) struct Batch<'a> {
    pub(super) prospects: HashMap<ProspectId, Prospect>,
    pub(super) customers: HashMap<CustomerId, Customer>,
    pub(super) records: LockedRecords,
    levels: &'a Levels,
    rules: Rules,
    converted: HashSet<ProspectId>,
    pub(super) new_customers: Vec<NewCustomer>,
    pub(super) applicants: Vec<ApplicantChange>,
    pub(super) standings: Vec<MemberStanding>,
    pub(super) processed: Vec<Processed>,
}

impl<'a> Batch<'a> {
    pub(super) fn new(
        prospects: HashMap<ProspectId, Prospect>,
        customers: HashMap<CustomerId, Customer>,
        records: LockedRecords,
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
    pub(super) fn judge_one(&mut self, claimed: &ClaimedCallback) -> bool {
        let received = &claimed.received;
        if let Err(why) = real(&received.observation, self.rules) {
            self.record(
                claimed,
                Judged::ignored(why, self.records.subjects_of(received).shown_at()),
            );
            return true;
        }
        self.records.learn(received);
        let subjects = self.records.subjects_of(received);
        if subjects
            .attribution
            .is_ok_and(|attribution| self.converted.contains(&attribution.prospect()))
        {
            return false;
        }
        let mut judged = match subjects.attribution {
            _ if claimed.applied => {
                Judged::before(subjects.attribution.ok().map(Attribution::prospect))
            }
            Ok(attribution) => self.judge_own(attribution, subjects.named, claimed),
            Err(why) => Judged::ignored(why, subjects.shown_at()),
        };
        if let Some(news) = &received.bad_news {
            judged.raise_unrecorded(news, &subjects);
        }
        judged.waits_for = subjects.waits_for;
        self.record(claimed, judged);
        true
    }

    fn record(&mut self, claimed: &ClaimedCallback, judged: Judged) {
        let observation = &claimed.received.observation;
        let about: Vec<ProspectId> = judged
            .prospect
            .into_iter()
            .chain(judged.raises.iter().map(|(at, _)| *at))
            .collect();
        let erased = about
            .iter()
            .any(|id| self.prospects.get(id).is_some_and(Prospect::is_erased));
        let unreadable = &claimed.received.mentions.unreadable;
        let reason = judged
            .reason
            .into_iter()
            .chain(unreadable.iter().map(|what| (*what).to_owned()));
        let reason = reason.collect::<Vec<_>>().join("; ");
        self.processed.push(Processed {
            callback: claimed.id,
            outcome: judged.outcome,
            reason: (!reason.is_empty()).then_some(reason),
            prospect: judged.prospect,
            raises: judged.raises,
            fact: RaisedFact {
                applicant_id: observation.applicant_id.clone(),
                at: observation.at,
                from_refresh: observation.asked_at.is_some(),
            },
            waits_for: judged.waits_for,
            request: judged.request,
            erased,
        });
        if self.records.is_member(observation) && real(observation, self.rules).is_ok() {
            self.standings
                .extend(MemberStanding::from_observation(claimed.id, observation));
        }
    }

    fn judge_own(
        &mut self,
        attribution: Attribution,
        named: bool,
        claimed: &ClaimedCallback,
    ) -> Judged {
        let id = attribution.prospect();
        let Some(prospect) = self.prospects.get_mut(&id) else {
            return Judged::before(Some(id));
        };
        let observation = &claimed.received.observation;
        let now = clock::now();
        let customer = self.customers.get_mut(&id.into());
        let mut case = prospect.case(self.levels.level_for(prospect.customer_type));
        case.applicant_deleted = matches!(attribution, Attribution::Deleted(_));
        case.named = named;
        let standing = customer.as_ref().map(|c| c.standing());
        let verdict = judge(&case, standing, observation, now);
        prospect.apply(claimed.id, observation, &verdict, now);
        let closed =
            prospect.kyc.stage == Stage::Closed || standing.is_some_and(|standing| standing.closed);
        let request = next_request(observation, &verdict, standing.is_some(), closed);
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
        self.record_applicant(id, &case, observation, &verdict);
        Judged {
            outcome: Some(verdict.outcome),
            reason: verdict.reason.map(Into::into),
            prospect: Some(id),
            on_record: verdict.on_record,
            raises: verdict.raise.map(|cause| (id, cause)).into_iter().collect(),
            request,
            waits_for: Vec::new(),
        }
    }

    fn record_applicant(
        &mut self,
        prospect: ProspectId,
        case: &Case,
        observation: &Observation,
        verdict: &Verdict,
    ) {
        let deleted = observation.status() == Some(Status::Deleted) && verdict.accepted.is_some();
        let meant = case.applicant_id.as_ref().filter(|_| deleted);
        let Some(applicant_id) = observation.applicant_id.as_ref().or(meant) else {
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
fn next_request(
    observation: &Observation,
    verdict: &Verdict,
    customer: bool,
    closed: bool,
) -> Option<RefreshRequest> {
    let slowly = if customer || verdict.effect == Effect::Convert {
        RefreshRequest::SweepCustomer
    } else {
        RefreshRequest::SweepProspect
    };
    let green = observation.status() == Some(Status::Green) && verdict.accepted.is_some();
    if closed {
        None
    } else if observation.asked_at.is_some() {
        // An answer never makes us ask again.
        (verdict.outcome == Outcome::Applied).then_some(slowly)
    } else if verdict.outcome == Outcome::Incomplete {
        Some(RefreshRequest::Now)
    } else if green || observation.kind == CallbackKind::InfoChanged {
        Some(RefreshRequest::NowWithData)
    } else {
        Some(slowly)
    }
}
