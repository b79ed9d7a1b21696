//! The table at the end.

use std::{fmt, time::Duration};

/// Everything that was measured.
#[derive(Default)]
pub struct Report {
    measurements: Vec<Measurement>,
    /// pgbench at 16 clients: what ratios are to, per second.
    pub reference: f64,
}

enum Figure {
    PerSecond(f64),
    Bytes(u64),
    Took(Duration),
}

/// What was measured: a figure, and what it has to be.
pub struct Measurement {
    what: String,
    figure: Figure,
    latency: Option<(Duration, Duration)>,
    goal: Option<Goal>,
}

#[derive(Clone, Copy)]
enum Goal {
    /// The least ratio to pgbench at 16 clients.
    Ratio(f64),
    /// The longest time.
    Within(Duration),
}

impl Measurement {
    fn new(what: &str, figure: Figure) -> Self {
        Self {
            what: what.to_owned(),
            figure,
            latency: None,
            goal: None,
        }
    }

    /// A figure per second.
    pub fn rate(what: &str, per_second: f64) -> Self {
        Self::new(what, Figure::PerSecond(per_second))
    }

    /// A figure in bytes.
    pub fn memory(what: &str, bytes: u64) -> Self {
        Self::new(what, Figure::Bytes(bytes))
    }

    /// A line that says how long something took.
    pub fn seconds(what: &str, took: Duration) -> Self {
        Self::new(what, Figure::Took(took))
    }

    /// With the time that half, and 99 of 100, took at most.
    pub fn latency(mut self, p50: Duration, p99: Duration) -> Self {
        self.latency = Some((p50, p99));
        self
    }

    /// With the least ratio to pgbench at 16 clients.
    pub fn goal(mut self, ratio: f64) -> Self {
        self.goal = Some(Goal::Ratio(ratio));
        self
    }

    /// With the longest time that it may take.
    pub fn within(mut self, time: Duration) -> Self {
        self.goal = Some(Goal::Within(time));
        self
    }

    fn ratio(&self, reference: f64) -> Option<f64> {
        match self.figure {
            Figure::PerSecond(rate) if reference > 0.0 => Some(rate / reference),
            _ => None,
        }
    }

    fn is_met(&self, reference: f64) -> bool {
        match (self.goal, &self.figure) {
            (None, _) => true,
            (Some(Goal::Ratio(goal)), _) => {
                self.ratio(reference).is_some_and(|ratio| ratio >= goal)
            }
            (Some(Goal::Within(goal)), Figure::Took(took)) => *took <= goal,
            (Some(Goal::Within(_)), _) => false,
        }
    }
}

impl Report {
    /// Adds the next line of the table.
    pub fn add(&mut self, measurement: Measurement) {
        self.measurements.push(measurement);
    }

    /// Whether every row that has a goal reaches it.
    pub fn goals_are_met(&self) -> bool {
        self.measurements
            .iter()
            .all(|one| one.is_met(self.reference))
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| what | figure | ratio to pgbench at 16 | p50 | p99 | goal |"
        )?;
        writeln!(f, "|---|---:|---:|---:|---:|---|")?;
        for row in &self.measurements {
            let figure = match row.figure {
                Figure::PerSecond(rate) => format!("{rate:.0}/s"),
                Figure::Bytes(bytes) => format!("{:.0} MiB", bytes as f64 / f64::from(1 << 20)),
                Figure::Took(took) => format!("{:.2} s", took.as_secs_f64()),
            };
            let ratio = row
                .ratio(self.reference)
                .map(|ratio| format!("{ratio:.3}"))
                .unwrap_or_default();
            let (p50, p99) = row
                .latency
                .map(|(p50, p99)| (in_ms(p50), in_ms(p99)))
                .unwrap_or_default();
            let goal = row
                .goal
                .map(|goal| {
                    let met = if row.is_met(self.reference) {
                        "met"
                    } else {
                        "MISSED"
                    };
                    match goal {
                        Goal::Ratio(ratio) => format!("≥ {ratio}: {met}"),
                        Goal::Within(time) => format!("≤ {} s: {met}", time.as_secs()),
                    }
                })
                .unwrap_or_default();
            writeln!(
                f,
                "| {} | {figure} | {ratio} | {p50} | {p99} | {goal} |",
                row.what
            )?;
        }
        Ok(())
    }
}

fn in_ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}
