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
    /// What its ratio is to: pgbench with as many clients; else pgbench at 16.
    beside: Option<f64>,
    goals: Vec<Goal>,
}

/// What pgbench did at 16 clients on the machine and in the run by which goals in answers a second were set.
const PGBENCH_OF_THE_GOALS: f64 = 13_103.0;
/// Two runs differ by so much: only what misses its goal by more has failed.
const SLACK: f64 = 0.1;

#[derive(Clone, Copy)]
enum Goal {
    /// The least ratio to pgbench.
    Ratio(f64),
    /// The longest time.
    Within(Duration),
    /// The longest time that 99 of 100 may take.
    P99(Duration),
    /// The most memory, in MiB.
    Memory(f64),
}

impl Measurement {
    fn new(what: &str, figure: Figure) -> Self {
        Self {
            what: what.to_owned(),
            figure,
            latency: None,
            beside: None,
            goals: Vec::new(),
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

    /// With the least ratio to pgbench.
    pub fn goal(mut self, ratio: f64) -> Self {
        self.goals.push(Goal::Ratio(ratio));
        self
    }

    /// With its ratio to this run of pgbench, a second.
    pub fn beside(mut self, pgbench: f64) -> Self {
        self.beside = Some(pgbench);
        self
    }

    /// With the least rate, as it would be on the machine of the goals: here it is the ratio that counts.
    pub fn per_second_where_pgbench_does_13103(self, rate: f64) -> Self {
        self.goal(rate / PGBENCH_OF_THE_GOALS)
    }

    /// With the longest time that it may take.
    pub fn within(mut self, time: Duration) -> Self {
        self.goals.push(Goal::Within(time));
        self
    }

    /// With the longest time that 99 of 100 may take.
    pub fn p99_within(mut self, time: Duration) -> Self {
        self.goals.push(Goal::P99(time));
        self
    }

    /// With the most memory, in MiB.
    pub fn at_most_mib(mut self, mib: f64) -> Self {
        self.goals.push(Goal::Memory(mib));
        self
    }

    fn ratio(&self, reference: f64) -> Option<f64> {
        let reference = self.beside.unwrap_or(reference);
        match self.figure {
            Figure::PerSecond(rate) if reference > 0.0 => Some(rate / reference),
            _ => None,
        }
    }

    /// By how much it reaches a goal; 1 is just so, less is too little.
    fn reaches(&self, goal: Goal, reference: f64) -> f64 {
        let share = |most: f64, is: f64| if is > 0.0 { most / is } else { f64::INFINITY };
        match (goal, &self.figure) {
            (Goal::Ratio(least), _) => self.ratio(reference).unwrap_or_default() / least,
            (Goal::Within(most), Figure::Took(took)) => {
                share(most.as_secs_f64(), took.as_secs_f64())
            }
            (Goal::P99(most), _) => self
                .latency
                .map_or(0.0, |(_, p99)| share(most.as_secs_f64(), p99.as_secs_f64())),
            (Goal::Memory(most), Figure::Bytes(bytes)) => share(most, in_mib(*bytes)),
            (Goal::Within(_) | Goal::Memory(_), _) => 0.0,
        }
    }

    /// Whether it misses no goal by more than a tenth.
    fn is_met(&self, reference: f64) -> bool {
        self.goals
            .iter()
            .all(|goal| self.reaches(*goal, reference) >= 1.0 - SLACK)
    }

    /// Its goals, and how it stands to each.
    fn verdicts(&self, reference: f64) -> String {
        let verdict = |goal: &Goal| {
            let how = match self.reaches(*goal, reference) {
                well if well >= 1.0 => "met",
                nearly if nearly >= 1.0 - SLACK => "met but for less than a tenth",
                _ => "MISSED",
            };
            match goal {
                Goal::Ratio(least) => format!("≥ {least:.3}: {how}"),
                Goal::Within(most) => format!("≤ {:.2} s: {how}", most.as_secs_f64()),
                Goal::P99(most) => format!("p99 ≤ {}: {how}", in_ms(*most)),
                Goal::Memory(most) => format!("≤ {most:.0} MiB: {how}"),
            }
        };
        let all: Vec<String> = self.goals.iter().map(verdict).collect();
        all.join(", ")
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
        writeln!(f, "| what | figure | ratio to pgbench | p50 | p99 | goal |")?;
        writeln!(f, "|---|---:|---:|---:|---:|---|")?;
        for row in &self.measurements {
            let figure = match row.figure {
                Figure::PerSecond(rate) => format!("{rate:.0}/s"),
                Figure::Bytes(bytes) => format!("{:.0} MiB", in_mib(bytes)),
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
            let goal = row.verdicts(self.reference);
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

fn in_mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
