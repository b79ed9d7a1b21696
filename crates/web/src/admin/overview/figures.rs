//! The figures of the overview, from what the domain keeps.

use std::{collections::HashSet, time::Duration};

use customer::{
    primitives::{Activity, CustomerType, Stage},
    statistics::{Funnel, Oldest, PENDING_AT_MOST, Reasons, Statistics, Step, TimeInStage, Took},
};

use super::{
    asked::Asked,
    figure::{Bar, Cell, Figure, OldestLink, Table, duration, grouped, length, length_of, percent},
};
use crate::{
    admin::{AdminState, names::Names},
    error_page::PageError,
    format::Time,
    list::ListAddress,
};

/// More bars say less; the table has all.
const BARS: usize = 10;

/// Which figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Funnel,
    TimeInStage,
    Reasons,
    Provisioning,
    CustomerTypes,
    Operators,
}

impl Which {
    /// In the order in which they stand on the page.
    pub const ALL: [Which; 6] = [
        Which::Funnel,
        Which::TimeInStage,
        Which::Reasons,
        Which::Provisioning,
        Which::CustomerTypes,
        Which::Operators,
    ];

    /// Its name in addresses.
    pub fn id(self) -> &'static str {
        match self {
            Which::Funnel => "funnel",
            Which::TimeInStage => "time-in-stage",
            Which::Reasons => "reasons",
            Which::Provisioning => "provisioning-times",
            Which::CustomerTypes => "customer-types",
            Which::Operators => "operators",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Which::Funnel => "Funnel",
            Which::TimeInStage => "Time in stage",
            Which::Reasons => "Reasons",
            Which::Provisioning => "Provisioning times",
            Which::CustomerTypes => "By customer type",
            Which::Operators => "By operator",
        }
    }
}

/// What all figures of a page are made of.
pub struct Source<'a> {
    told: &'a Statistics,
    asked: Asked,
    of: Option<CustomerType>,
    names: Names,
}

impl<'a> Source<'a> {
    /// With the names of those who created prospects.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        told: &'a Statistics,
        asked: Asked,
    ) -> Result<Self, PageError> {
        let of = asked.customer_type;
        let operators = told.funnel_by_operator(of).into_iter();
        let who: HashSet<String> = operators.map(|(who, _)| who).collect();
        Ok(Self {
            told,
            asked,
            of,
            names: Names::of(state, who).await?,
        })
    }

    /// One of the figures.
    pub fn figure(&self, which: Which) -> Figure {
        let (says, nothing, bars, table) = match which {
            Which::Funnel => self.funnel(),
            Which::TimeInStage => self.time_in_stage(),
            Which::Reasons => self.reasons(),
            Which::Provisioning => self.provisioning(),
            Which::CustomerTypes => self.customer_types(),
            Which::Operators => self.operators(),
        };
        Figure {
            id: which.id(),
            heading: which.heading(),
            says,
            nothing,
            bars,
            table,
            file: self.asked.address(&format!("/overview/{}.csv", which.id())),
        }
    }

    fn days(&self) -> String {
        format!("the last {}", self.told.period.label())
    }

    fn funnel(&self) -> Parts {
        let funnel = self.told.funnel(self.of);
        let created = funnel.at(Step::New);
        let mut before = created;
        let (mut bars, mut rows) = (Vec::new(), Vec::new());
        for (step, n) in Step::ALL.iter().copied().zip(funnel.0) {
            rows.push(vec![
                Cell::text(step.label()),
                Cell::number(n),
                Cell::part(n, created),
                Cell::part(n, before),
            ]);
            let detail = match step {
                Step::New => "all that were created".to_owned(),
                _ => format!("{} of those before", percent(n, before)),
            };
            bars.push(Bar {
                key: step.name().to_owned(),
                words: step.label().to_owned(),
                much: format!("{} · {}", grouped(n), percent(n, created)),
                detail,
                to: length(n, created),
                part: length(n, created),
                oldest: None,
                leads_to: None,
            });
            before = n;
        }
        if created == 0 {
            bars.clear();
        }
        (
            format!(
                "Of the prospects created in {}: how many came at least so far by now.",
                self.days()
            ),
            "No prospect was created in these days.",
            bars,
            Table {
                head: vec!["Step", "Prospects", "Of all", "Of those before"],
                rows,
            },
        )
    }

    /// The list of those who stand at a stage.
    fn those_at(&self, stage: Stage) -> String {
        let of = self.of.map_or("", CustomerType::name).to_owned();
        let (path, name, value) = match stage {
            Stage::Converted => ("/customers", "status", Activity::Pending.name()),
            stage => ("/prospects", "stage", stage.name()),
        };
        ListAddress::new(path, [(name, value.to_owned()), ("type", of)]).with(&[])
    }

    fn time_in_stage(&self) -> Parts {
        let stages = self.told.time_in_stages(self.of);
        let most = longest(stages.iter().map(|time| time.left));
        let bars = stages
            .iter()
            .filter(|time| time.left.count > 0 || time.now > 0);
        let bars = bars.map(|time| Bar {
            key: time.stage.name().to_owned(),
            words: stage_words(time.stage).to_owned(),
            much: median(&time.left),
            detail: stage_detail(time),
            to: length_of(time.left.p90, most),
            part: length_of(time.left.median, most),
            oldest: time.oldest.as_ref().map(|oldest| link(time.stage, oldest)),
            leads_to: Some(self.those_at(time.stage)),
        });
        let rows = stages.iter().map(|time| {
            let oldest = time.oldest.as_ref();
            vec![
                Cell::text(stage_words(time.stage)),
                Cell::number(time.left.count),
                Cell::took(time.left.median),
                Cell::took(time.left.p90),
                Cell::number(time.now),
                Cell::text(oldest.map_or("–", |oldest| &oldest.public_id)),
                Cell::text(&oldest.map_or_else(
                    || "–".to_owned(),
                    |oldest| oldest.since.format("%Y-%m-%d %H:%M").to_string(),
                )),
            ]
        });
        (
            format!(
                "Of those that left a stage in {}: half took no longer than the strong part of the bar, nine of ten no longer than all of it.",
                self.days()
            ),
            "Nobody is anywhere yet.",
            bars.collect(),
            Table {
                head: vec![
                    "Stage",
                    "Left",
                    "Median",
                    "p90",
                    "There now",
                    "Oldest",
                    "Since (UTC)",
                ],
                rows: rows.collect(),
            },
        )
    }

    fn reasons(&self) -> Parts {
        let Reasons {
            declined,
            may_retry,
            for_good,
            labels,
        } = self.told.reasons(self.of);
        let bars = labels.iter().take(BARS).map(|(label, n)| Bar {
            key: label.clone(),
            words: label.clone(),
            much: format!("{} · {}", grouped(*n), percent(*n, declined)),
            detail: String::new(),
            to: length(*n, declined),
            part: length(*n, declined),
            oldest: None,
            leads_to: None,
        });
        let rows = labels.iter().map(|(label, n)| {
            vec![
                Cell::text(label),
                Cell::number(*n),
                Cell::part(*n, declined),
            ]
        });
        (
            format!(
                "Sumsub declined {} in {}: {} may try again, {} final. An answer may have several reasons.",
                times(declined),
                self.days(),
                grouped(may_retry),
                grouped(for_good)
            ),
            "No reason was given in these days.",
            bars.collect(),
            Table {
                head: vec!["Reject label", "Answers", "Of all"],
                rows: rows.collect(),
            },
        )
    }

    fn provisioning(&self) -> Parts {
        let mut steps: Vec<(String, Took)> = self.told.provisioning(self.of);
        let all = self.told.time_in_stages(self.of);
        let all = all.iter().find(|time| time.stage == Stage::Converted);
        steps.extend(
            all.filter(|time| time.left.count > 0)
                .map(|time| ("active".to_owned(), time.left)),
        );
        let most = longest(steps.iter().map(|(_, took)| *took));
        let bars = steps.iter().map(|(step, took)| Bar {
            key: step.clone(),
            words: step_words(step).to_owned(),
            much: median(took),
            detail: nine_of_ten(took),
            to: length_of(took.p90, most),
            part: length_of(took.median, most),
            oldest: None,
            leads_to: None,
        });
        let rows = steps.iter().map(|(step, took)| {
            vec![
                Cell::text(step_words(step)),
                Cell::number(took.count),
                Cell::took(took.median),
                Cell::took(took.p90),
            ]
        });
        (
            format!(
                "How long after the approval each step was done in {}: half within the strong part of the bar, nine of ten within all of it.",
                self.days()
            ),
            "Nothing was provisioned in these days.",
            bars.collect(),
            Table {
                head: vec!["Step", "Done", "Median", "p90"],
                rows: rows.collect(),
            },
        )
    }

    fn customer_types(&self) -> Parts {
        let of_types = self.told.funnel_by_type().into_iter();
        let of_types = of_types
            .filter(|(one, _)| self.of.is_none_or(|of| of == *one))
            .map(|(one, funnel)| (one.label().to_owned(), funnel));
        self.compared("Customer type", of_types.collect())
    }

    fn operators(&self) -> Parts {
        let operators = self.told.funnel_by_operator(self.of).into_iter();
        let operators = operators.map(|(who, funnel)| {
            let name = match self.names.name(&who) {
                "" => "Unknown".to_owned(),
                name => name.to_owned(),
            };
            (name, funnel)
        });
        self.compared("Created by", operators.collect())
    }

    /// Funnels side by side.
    fn compared(&self, what: &'static str, funnels: Vec<(String, Funnel)>) -> Parts {
        let created = funnels.iter().map(|(_, funnel)| funnel.at(Step::New));
        let most = created.max().unwrap_or_default();
        let bars = funnels.iter().take(BARS).map(|(name, funnel)| {
            let (created, active) = (funnel.at(Step::New), funnel.at(Step::Active));
            Bar {
                key: name.clone(),
                words: name.clone(),
                much: grouped(created),
                detail: format!("{} Active, {}", grouped(active), percent(active, created)),
                to: length(created, most),
                part: length(active, most),
                oldest: None,
                leads_to: None,
            }
        });
        let rows = funnels.iter().map(|(name, funnel)| {
            let created = funnel.at(Step::New);
            let counts = funnel.0.into_iter().map(Cell::number);
            let active = Cell::part(funnel.at(Step::Active), created);
            std::iter::once(Cell::text(name))
                .chain(counts)
                .chain([active])
                .collect()
        });
        let head = std::iter::once(what)
            .chain(Step::ALL.iter().map(|step| step.label()))
            .chain(["Of all"]);
        (
            format!(
                "Prospects created in {}, and in the strong part those that are Active by now.",
                self.days()
            ),
            "No prospect was created in these days.",
            bars.collect(),
            Table {
                head: head.collect(),
                rows: rows.collect(),
            },
        )
    }
}

/// What a figure says, what stands there when there is nothing, its bars and its table.
type Parts = (String, &'static str, Vec<Bar>, Table);

/// The approved wait for being Active.
fn stage_words(stage: Stage) -> &'static str {
    match stage {
        Stage::Converted => "Approved, until Active",
        stage => stage.label(),
    }
}

fn step_words(step: &str) -> &str {
    match step {
        "login" => "Portal login",
        "welcome_email" => "Welcome e-mail",
        "deposit_account" => "Deposit account",
        "active" => "All of it: Active",
        other => other,
    }
}

fn stage_detail(time: &TimeInStage) -> String {
    let at_least = if time.stage == Stage::Converted && time.now >= PENDING_AT_MOST {
        "at least "
    } else {
        ""
    };
    let now = format!("{at_least}{} there now", grouped(time.now));
    if time.left.count > 0 {
        format!("{} · {now}", nine_of_ten(&time.left))
    } else {
        now
    }
}

fn median(took: &Took) -> String {
    took.median.map_or_else(
        || "–".to_owned(),
        |took| format!("median {}", duration(took)),
    )
}

fn nine_of_ten(took: &Took) -> String {
    let within = took.p90.map_or_else(|| "–".to_owned(), duration);
    format!("p90 {within}, of {}", grouped(took.count))
}

fn times(n: i64) -> String {
    match n {
        0 => "nobody".to_owned(),
        1 => "once".to_owned(),
        n => format!("{} times", grouped(n)),
    }
}

fn longest(took: impl Iterator<Item = Took>) -> Duration {
    took.filter_map(|took| took.p90).max().unwrap_or_default()
}

fn link(stage: Stage, oldest: &Oldest) -> OldestLink {
    let list = if stage == Stage::Converted {
        "customers"
    } else {
        "prospects"
    };
    OldestLink {
        address: format!("/{list}/{}", oldest.public_id),
        public_id: oldest.public_id.clone(),
        since: Time::of(oldest.since),
    }
}
