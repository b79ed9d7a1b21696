//! How long prospects stand where, and how long provisioning takes.

use std::time::Duration;

use customer::{
    primitives::{Activity, CustomerType, Stage},
    statistics::{Oldest, PENDING_AT_MOST, TimeInStage, Took},
};

use super::{Parts, Source};
use crate::{
    admin::overview::figure::{Bar, Cell, OldestLink, Table, duration, grouped, length_of},
    format::Time,
    list::ListAddress,
};

impl Source<'_> {
    /// The list of those who stand at a stage.
    fn those_at(&self, stage: Stage) -> String {
        let of = self.of.map_or("", CustomerType::name).to_owned();
        let (path, name, value) = match stage {
            Stage::Converted => ("/customers", "status", Activity::Pending.name()),
            stage => ("/prospects", "stage", stage.name()),
        };
        ListAddress::new(path, [(name, value.to_owned()), ("type", of)]).with(&[])
    }

    pub(super) fn time_in_stage(&self) -> Parts {
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

    pub(super) fn provisioning(&self) -> Parts {
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
}

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
