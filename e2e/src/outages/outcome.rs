//! What a case has shown, and the table of all.

use std::{fmt::Write as _, time::Duration};

use super::case::Case;

/// What was counted, from outside.
#[derive(Debug, Clone, Default)]
pub struct Counted {
    pub customers: usize,
    pub webhooks: usize,
    pub mails: usize,
    /// Mails beyond a customer's first, which say so.
    pub repeated: usize,
    pub reds: usize,
}

/// All of one case.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The case's name.
    pub name: String,
    aim: Option<Duration>,
    aim_is_for_all: bool,
    /// Until the next customer was Active.
    pub next: Option<Duration>,
    /// Until all who had begun were.
    pub all: Option<Duration>,
    /// The longest from GREEN to Active of those who began since the fault.
    pub slowest: Option<Duration>,
    /// What the case before had left: nobody became Active until all three were started anew.
    pub stood_still: Option<String>,
    /// What was still not done when patience ended.
    pub stuck: Option<String>,
    /// What a restart of all three didn't mend either.
    pub after_restart: Option<String>,
    /// What `/health/ready` said, and when.
    pub ready: Vec<String>,
    /// What `usher doctor` said while it lasted.
    pub doctor_meanwhile: Option<String>,
    /// What `usher doctor` said afterwards.
    pub doctor_after: String,
    /// Lines at WARN or above, by process.
    pub logged: Vec<(&'static str, Vec<(usize, String)>)>,
    /// Metrics of interest, by process.
    pub metrics: Vec<(&'static str, Vec<String>)>,
    /// What is counted from outside when all is over.
    pub counted: Counted,
    /// What was lost, doubled or wrong.
    pub wrong: Vec<String>,
}

impl Outcome {
    pub(super) fn new(case: &Case) -> Self {
        Self {
            name: case.name.clone(),
            aim: case.fault.aim(),
            aim_is_for_all: case.fault.aim_is_for_all(),
            next: None,
            all: None,
            slowest: None,
            stood_still: None,
            stuck: None,
            after_restart: None,
            ready: Vec::new(),
            doctor_meanwhile: None,
            doctor_after: String::new(),
            logged: Vec::new(),
            metrics: Vec::new(),
            counted: Counted::default(),
            wrong: Vec::new(),
        }
    }

    /// Whether the next customer was Active in the time that was promised, and all where that was promised.
    #[must_use]
    pub fn in_time(&self) -> bool {
        self.aim.is_none_or(|aim| {
            within(self.next, aim) && (!self.aim_is_for_all || within(self.all, aim))
        })
    }

    /// Whether everybody came through by themselves, and nothing was lost or doubled.
    #[must_use]
    pub fn whole(&self) -> bool {
        self.stuck.is_none() && self.wrong.is_empty()
    }

    fn warnings(&self) -> usize {
        self.logged
            .iter()
            .flat_map(|(_, lines)| lines)
            .map(|(count, _)| count)
            .sum()
    }

    /// All of it in words, a line each.
    #[must_use]
    pub fn details(&self) -> String {
        let mut text = format!("{}\n", self.name);
        let mut line = |what: &str, words: &str| {
            let _ = writeln!(text, "  {what:<8} {words}");
        };
        if let Some(words) = &self.stood_still {
            line(
                "before",
                &format!("it stood still until a restart of all three ({words})"),
            );
        }
        line("ready", &self.ready.join("; "));
        if let Some(words) = &self.doctor_meanwhile {
            line("doctor", &format!("meanwhile: {words}"));
        }
        line("doctor", &format!("after: {}", self.doctor_after));
        for (name, lines) in &self.logged {
            for (count, words) in lines.iter().take(4) {
                line("log", &format!("{name} {count} times: {words}"));
            }
            if lines.len() > 4 {
                line(
                    "log",
                    &format!("{name} and {} other lines", lines.len() - 4),
                );
            }
        }
        for (name, moved) in &self.metrics {
            if !moved.is_empty() {
                line("metrics", &format!("{name} {}", moved.join(", ")));
            }
        }
        if let Some(left) = &self.stuck {
            line("stuck", left);
            line(
                "stuck",
                &self.after_restart.as_ref().map_or_else(
                    || "a restart of all three mended it".to_owned(),
                    |left| format!("AFTER A RESTART, TOO: {left}"),
                ),
            );
        }
        for wrong in &self.wrong {
            line("WRONG", wrong);
        }
        text
    }
}

/// A table of them in Markdown.
#[must_use]
pub fn table(outcomes: &[Outcome]) -> String {
    let mut text = String::from(
        "| case | next Active | aim | all Active | slowest since | warnings | counted | lost, doubled, stuck |\n\
         |---|---:|---|---:|---:|---:|---|---|\n",
    );
    for one in outcomes {
        let aim = one.aim.map_or_else(String::new, |aim| {
            let met = |time| if within(time, aim) { "met" } else { "MISSED" };
            let (next, all) = (met(one.next), met(one.all));
            format!("≤ {} s: next {next}, all {all}", aim.as_secs())
        });
        let counted = &one.counted;
        let mut bad = one.wrong.join("; ");
        if one.stuck.is_some() {
            let then = if one.after_restart.is_none() {
                "until a restart"
            } else {
                "after a restart, too"
            };
            bad = format!("STUCK ({then}) {bad}");
        }
        let _ = writeln!(
            text,
            "| {} | {} | {aim} | {} | {} | {} | {} customers, {} webhooks, {} late REDs, {} mails ({} repeated) | {} |",
            one.name,
            seconds(one.next),
            seconds(one.all),
            seconds(one.slowest),
            one.warnings(),
            counted.customers,
            counted.webhooks,
            counted.reds,
            counted.mails,
            counted.repeated,
            if bad.is_empty() {
                "nothing"
            } else {
                bad.trim_end()
            },
        );
    }
    text
}

fn within(time: Option<Duration>, aim: Duration) -> bool {
    time.is_some_and(|time| time <= aim)
}

fn seconds(time: Option<Duration>) -> String {
    time.map_or_else(
        || "NEVER".to_owned(),
        |time| format!("{:.1} s", time.as_secs_f64()),
    )
}
