//! Why Sumsub declined.

use customer::statistics::Reasons;

use super::{BARS, Parts, Source};
use crate::admin::overview::figure::{Bar, Cell, Table, grouped, length, percent};

impl Source<'_> {
    pub(super) fn reasons(&self) -> Parts {
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
}

fn times(n: i64) -> String {
    match n {
        0 => "nobody".to_owned(),
        1 => "once".to_owned(),
        n => format!("{} times", grouped(n)),
    }
}
