//! One case from its name to what was seen.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};

use super::{
    deployment::Deployment,
    doctor,
    fault::{Fault, Moments},
    lights::Lights,
    load::Load,
    log,
    memory::Memory,
    outcome::Outcome,
    tally,
};
use crate::until;

/// A fault, and for how long.
#[derive(Debug, Clone)]
pub struct Case {
    /// The name on the command line, such as `away-7`.
    pub name: String,
    /// What goes wrong.
    pub fault: Fault,
    /// For how long it does.
    pub lasts: Duration,
}

/// How hard and how long it is tried.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// Onboardings begun in a second.
    pub rate: f64,
    /// So many are Active before the fault.
    pub before: usize,
    /// After the fault it is waited so long for everybody; what isn't done then is not done by itself.
    pub patience: Duration,
}

/// The lights are looked at so long after everybody is Active.
const LIGHTS: Duration = Duration::from_secs(10);
/// From here on a doctor has something to see.
const WORTH_A_DOCTOR: Duration = Duration::from_secs(5);

impl Case {
    /// The case of this name: a kind of fault and its seconds, as in `away-7`.
    ///
    /// # Errors
    /// When there is none, with the kinds.
    pub fn named(name: &str) -> Result<Self> {
        const TWO_HOURS: i64 = 2 * 60 * 60;
        let (kind, seconds) = match name.rsplit_once('-') {
            Some((kind, end)) if end.bytes().all(|byte| byte.is_ascii_digit()) => {
                (kind, end.parse().context("too many seconds")?)
            }
            _ => (name, 8),
        };
        let fault = match kind {
            "away" => Fault::Away,
            "crash" => Fault::Crash,
            "half-open" => Fault::HalfOpen,
            "stalls" => Fault::Stalls,
            "read-only" => Fault::ReadOnly,
            "fail-over" => Fault::FailOver,
            "stopped" => Fault::Stopped,
            "vanished" => Fault::Vanished,
            "ahead" => Fault::Clock(TWO_HOURS),
            "behind" => Fault::Clock(-TWO_HOURS),
            "kill-a" => Fault::Killed(0),
            "kill-b" => Fault::Killed(1),
            "kill-worker" => Fault::Killed(2),
            "crash-loop" => Fault::CrashLoop,
            _ => bail!(
                "there is no case {name}: a case is away, crash, half-open, stalls, read-only, fail-over, stopped, vanished, \
                 ahead, behind, kill-a, kill-b, kill-worker or crash-loop with its seconds, as in away-7"
            ),
        };
        Ok(Self {
            name: name.to_owned(),
            fault,
            lasts: Duration::from_secs(seconds),
        })
    }
}

/// Runs it. The deployment runs on afterwards, with all three processes.
///
/// # Errors
/// When the fault could not be made or mended; not for what Usher made of it.
pub async fn run(deployment: &mut Deployment, case: &Case, effort: Effort) -> Result<Outcome> {
    deployment.mend().await?;
    case.fault.prepare(deployment).await?;
    let mut outcome = Outcome::new(case);
    let load = warm(deployment, effort, &mut outcome).await?;
    let memory = load.memory.clone();

    let marks: Vec<u64> = deployment
        .members
        .iter()
        .map(super::member::Member::log_end)
        .collect();
    let lights = Lights::watch(deployment);
    let begun = case.fault.begin(deployment).await?;
    let settings = deployment.doctors();
    let seen = (case.lasts >= WORTH_A_DOCTOR).then(|| {
        let pause = case.lasts / 2;
        tokio::spawn(async move {
            tokio::time::sleep(pause).await;
            doctor::asked(settings).await
        })
    });
    case.fault.last(deployment, begun, case.lasts).await?;
    let ended = case.fault.end(deployment).await?;
    let moments = Moments { begun, ended };

    watch_the_end(&memory, &lights, case.fault, moments, effort, &mut outcome).await;
    load.no_more();
    let stuck = tally::settled(deployment, &memory, effort.patience)
        .await
        .err();
    if let Some(seen) = seen {
        outcome.doctor_meanwhile = Some(seen.await??);
    }
    outcome.doctor_after = doctor::asked(deployment.doctors()).await?;
    outcome.ready = lights.ready(begun, ended);
    outcome.metrics = lights.metrics();
    for (member, mark) in deployment.members.iter().zip(marks) {
        let lines = log::warnings(&member.logged_since(mark)?);
        outcome.logged.push((member.name, lines));
    }
    if let Some(left) = stuck {
        outcome.stuck = Some(format!("{left:#}"));
        deployment.restart().await?;
        let again = tally::settled(deployment, &memory, effort.patience).await;
        outcome.after_restart = again.err().map(|left| format!("{left:#}"));
    }
    load.end().await;
    case.fault.tidy(deployment).await?;
    tally::count(deployment, &memory, &mut outcome).await?;
    Ok(outcome)
}

/// Some customers are Active before anything breaks. A deployment that the last case left standing still is started anew.
async fn warm(deployment: &mut Deployment, effort: Effort, outcome: &mut Outcome) -> Result<Load> {
    loop {
        let load = Load::start(deployment, effort.rate)?;
        let warm = until("customers before the fault", effort.patience, || async {
            let active = load.memory.active();
            ensure!(active >= effort.before, "{active} are Active");
            Ok(())
        });
        match warm.await {
            Ok(()) => return Ok(load),
            Err(error) if outcome.stood_still.is_some() => return Err(error),
            Err(error) => outcome.stood_still = Some(format!("{error:#}")),
        }
        load.end().await;
        deployment.restart().await?;
    }
}

/// Watches until everybody is Active and all lights are green, or nobody is patient any more.
async fn watch_the_end(
    memory: &Memory,
    lights: &Lights,
    fault: Fault,
    moments: Moments,
    effort: Effort,
    outcome: &mut Outcome,
) {
    let next_from = if fault.others_go_on() {
        moments.begun
    } else {
        moments.ended
    };
    let all_from = match fault {
        // Both go on from the moment when the clock is right or the last start is made.
        Fault::Clock(_) | Fault::CrashLoop => moments.ended,
        _ => next_from,
    };
    let mut complete = None;
    while moments.ended.elapsed() < effort.patience {
        outcome.next = memory.next_after(next_from);
        outcome.all = memory.all_before(all_from);
        if outcome.next.is_some() && outcome.all.is_some() {
            let since = *complete.get_or_insert_with(Instant::now);
            if lights.green() || since.elapsed() > LIGHTS {
                break;
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    outcome.slowest = memory.slowest_since(moments.begun);
}
