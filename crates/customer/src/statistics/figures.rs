//! What the sums say: the figures, for all customer types or one.

use std::collections::{BTreeMap, HashMap};

use super::{
    Funnel, Oldest, Reasons, Statistics, Step, Sum, TimeInStage, Took, durations::Buckets,
};
use crate::primitives::{CustomerType, Stage};

/// The stages that a prospect passes through, in the order in which people read them.
const PASSED: [Stage; 6] = [
    Stage::New,
    Stage::KycStarted,
    Stage::KycPending,
    Stage::KycOnHold,
    Stage::KycDeclined,
    Stage::Converted,
];

impl Funnel {
    /// How many came at least so far.
    #[must_use]
    pub fn at(&self, step: Step) -> i64 {
        Step::ALL
            .iter()
            .zip(self.0)
            .find_map(|(one, n)| (*one == step).then_some(n))
            .unwrap_or_default()
    }

    fn add(&mut self, step: &str, n: i64) {
        for (one, sum) in Step::ALL.iter().zip(&mut self.0) {
            if one.name() == step {
                *sum += n;
            }
        }
    }
}

impl Statistics {
    fn sums<'a>(
        &'a self,
        figure: &'static str,
        of: Option<CustomerType>,
    ) -> impl Iterator<Item = &'a Sum> {
        self.sums.iter().filter(move |sum| {
            sum.figure == figure && of.is_none_or(|of| sum.customer_type == of.name())
        })
    }

    /// How far the prospects came that were created in the period.
    #[must_use]
    pub fn funnel(&self, of: Option<CustomerType>) -> Funnel {
        let mut funnel = Funnel::default();
        for sum in self.sums("funnel", of) {
            funnel.add(&sum.name, sum.n);
        }
        funnel
    }

    /// The same for each customer type that there were prospects of, in the order in which types are shown.
    #[must_use]
    pub fn funnel_by_type(&self) -> Vec<(CustomerType, Funnel)> {
        let of = |customer_type| (customer_type, self.funnel(Some(customer_type)));
        let all = CustomerType::ALL.iter().copied().map(of);
        all.filter(|(_, funnel)| *funnel != Funnel::default())
            .collect()
    }

    /// The same for each who created prospects, as the audit log names subjects; who created most comes first.
    #[must_use]
    pub fn funnel_by_operator(&self, of: Option<CustomerType>) -> Vec<(String, Funnel)> {
        let mut funnels: HashMap<&str, Funnel> = HashMap::new();
        for sum in self.sums("funnel", of) {
            let funnel = funnels.entry(&sum.created_by).or_default();
            funnel.add(&sum.name, sum.n);
        }
        let mut funnels: Vec<(String, Funnel)> = funnels
            .into_iter()
            .filter(|(_, funnel)| *funnel != Funnel::default())
            .map(|(who, funnel)| (who.to_owned(), funnel))
            .collect();
        funnels.sort_by(|(a, of_a), (b, of_b)| {
            let most = of_b.at(Step::New).cmp(&of_a.at(Step::New));
            most.then_with(|| a.cmp(b))
        });
        funnels
    }

    /// How long each stage takes, and who stands there now.
    #[must_use]
    pub fn time_in_stages(&self, of: Option<CustomerType>) -> Vec<TimeInStage> {
        let time = |stage: Stage| TimeInStage {
            stage,
            left: self.took("left", stage.name(), of),
            now: self.now_at(stage, of),
            oldest: self.oldest(stage, of),
        };
        PASSED.map(time).into()
    }

    /// How long after the approval each step of provisioning was done, the quickest first: the step's name, and how long.
    #[must_use]
    pub fn provisioning(&self, of: Option<CustomerType>) -> Vec<(String, Took)> {
        let mut steps: BTreeMap<&str, Buckets> = BTreeMap::new();
        for sum in self.sums("done", of) {
            steps.entry(&sum.name).or_default().add(sum.bucket, sum.n);
        }
        let mut steps: Vec<(String, Took)> = steps
            .into_iter()
            .map(|(step, buckets)| (step.to_owned(), buckets.took()))
            .collect();
        steps.sort_by_key(|(_, took)| took.median);
        steps
    }

    /// Why Sumsub declined.
    #[must_use]
    pub fn reasons(&self, of: Option<CustomerType>) -> Reasons {
        let mut reasons = Reasons::default();
        for sum in self.sums("declined", of) {
            reasons.declined += sum.n;
            match sum.name.as_str() {
                "RETRY" => reasons.may_retry += sum.n,
                "FINAL" => reasons.for_good += sum.n,
                _ => {}
            }
        }
        let mut labels: BTreeMap<&str, i64> = BTreeMap::new();
        for sum in self.sums("reason", of) {
            *labels.entry(&sum.name).or_default() += sum.n;
        }
        let labels = labels
            .into_iter()
            .map(|(label, n)| (label.to_owned(), n))
            .filter(|(_, n)| *n > 0);
        reasons.labels = labels.collect();
        reasons.labels.sort_by_key(|(_, n)| -n);
        reasons
    }

    fn took(&self, figure: &'static str, name: &str, of: Option<CustomerType>) -> Took {
        let mut buckets = Buckets::default();
        for sum in self.sums(figure, of).filter(|sum| sum.name == name) {
            buckets.add(sum.bucket, sum.n);
        }
        buckets.took()
    }

    fn now_at(&self, stage: Stage, of: Option<CustomerType>) -> i64 {
        if stage == Stage::Converted {
            let pending = self.pending.iter();
            return pending
                .filter(|(one, _)| of.is_none_or(|of| of == *one))
                .map(|(_, n)| n)
                .sum();
        }
        self.sums("standing", of)
            .filter(|sum| sum.name == stage.name())
            .map(|sum| sum.n)
            .sum()
    }

    fn oldest(&self, stage: Stage, of: Option<CustomerType>) -> Option<Oldest> {
        let there = self.oldest.iter().filter(|(one, customer_type, _)| {
            *one == stage && of.is_none_or(|of| of == *customer_type)
        });
        there
            .map(|(_, _, oldest)| oldest)
            .min_by_key(|oldest| oldest.since)
            .cloned()
    }
}
