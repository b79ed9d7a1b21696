//! How far prospects came: all of them, and side by side.

use customer::statistics::{Funnel, Step};

use super::{BARS, Parts, Source};
use crate::admin::overview::figure::{Bar, Cell, Table, grouped, length, percent};

impl Source<'_> {
    pub(super) fn funnel(&self) -> Parts {
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

    pub(super) fn customer_types(&self) -> Parts {
        let of_types = self.told.funnel_by_type().into_iter();
        let of_types = of_types
            .filter(|(one, _)| self.of.is_none_or(|of| of == *one))
            .map(|(one, funnel)| (one.label().to_owned(), funnel));
        self.compared("Customer type", of_types.collect())
    }

    pub(super) fn operators(&self) -> Parts {
        let operators = self.told.funnel_by_operator(self.of).into_iter();
        let operators = operators.map(|(who, funnel)| {
            let name = match who.as_str() {
                "" => "Unknown".to_owned(),
                who => self.names.name(who),
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
