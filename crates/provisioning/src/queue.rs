//! What is decided about customers' steps: wanted, wanted anew, no longer wanted, falling due.
//!
//! Whoever calls these holds the customers' row locks ([`crate::step_customer::lock`]).

use std::{collections::HashMap, sync::Arc, time::Duration};

use es_entity::AtomicOperation;
use uuid::Uuid;

use crate::{
    rows::{self, Move, select},
    steps::{self, Step, StepInfo, StepOf},
    transitions::StepEvent,
};

/// What a row says of its step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Template {
    pub(crate) info: StepInfo,
    /// Its place among a customer's steps, counted from 1.
    pub(crate) position: i32,
    pub(crate) recheck_every: Option<Duration>,
}

impl Template {
    /// The same, to be done after another step.
    pub(crate) fn after(mut self, step: &'static str) -> Self {
        self.info.after = Some(step);
        self
    }
}

/// One for each step, in the order in which people read them.
pub(crate) fn templates(steps: &[Arc<dyn Step>]) -> Vec<Template> {
    let infos = steps
        .iter()
        .map(|step| (*step.info(), step.recheck_every()));
    numbered(infos).collect()
}

/// That of the step of this name, for who has no steps at hand.
pub(crate) fn template_named(step: &str) -> Option<Template> {
    numbered(steps::INFOS.iter().map(|info| (*info, None))).find(|known| known.info.name == step)
}

fn numbered(
    infos: impl Iterator<Item = (StepInfo, Option<Duration>)>,
) -> impl Iterator<Item = Template> {
    (1..)
        .zip(infos)
        .map(|(position, (info, recheck_every))| Template {
            info,
            position,
            recheck_every,
        })
}

/// What the rows of this step say; none when it isn't among them.
pub(crate) fn template_of<'a>(templates: &'a [Template], step: &str) -> Option<&'a Template> {
    templates.iter().find(|known| known.info.name == step)
}

/// Writes down the steps that these customers have none of yet (standing ones come when they are wanted), and lets the first of them
/// fall due; answers who had none at all.
pub(crate) async fn begin(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    templates: &[Template],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let parts: Vec<&Template> = templates.iter().filter(|t| !t.info.standing).collect();
    let begun = rows::insert(op, customers, &parts, StepEvent::Begin, false).await?;
    let mut steps: HashMap<Uuid, usize> = HashMap::new();
    for customer in begun {
        *steps.entry(customer).or_default() += 1;
    }
    let begun: Vec<Uuid> = steps.keys().copied().collect();
    fall_due(op, &begun).await?;
    steps.retain(|_, count| *count == parts.len());
    Ok(steps.into_keys().collect())
}

/// Wants a step, or wants it anew: it is done once more after this, also when it runs at this moment. A customer who was never begun
/// with has nothing to be wanted. [`fall_due`] lets it be done.
pub(crate) async fn request(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    template: &Template,
) -> Result<(), sqlx::Error> {
    if customers.is_empty() {
        return Ok(());
    }
    // First what is missing: whoever makes such a row at the same time without the customers' locks (`recheck`) is waited for here.
    let begun_only = template.info.of == StepOf::Customers;
    let fresh = rows::insert(op, customers, &[template], StepEvent::Request, begun_only).await?;
    let known: Vec<Uuid> = customers
        .iter()
        .copied()
        .filter(|customer| !fresh.contains(customer))
        .collect();
    if known.is_empty() {
        return Ok(());
    }
    rows::set_predecessor(op, &known, template).await?;
    decide(op, &known, template.info.name, StepEvent::Request, None).await
}

/// Lets something be decided about one step of these customers, where it is there; `why` is for operators.
pub(crate) async fn decide(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
    step: &str,
    event: StepEvent,
    why: Option<&str>,
) -> Result<(), sqlx::Error> {
    if customers.is_empty() {
        return Ok(());
    }
    let moves = select::step_of(op, customers, step)
        .await?
        .into_iter()
        .map(|row| Move {
            error: why.map(str::to_owned),
            ..Move::of(row, event)
        })
        .collect();
    rows::apply(op, moves, None).await
}

/// Wants what was cancelled anew.
pub(crate) async fn restart(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
) -> Result<(), sqlx::Error> {
    let mut rows = select::all_of(op, customers, false).await?;
    rows.retain(|row| !steps::is_of_prospects(&row.step));
    rows::apply_to_all(op, rows, StepEvent::Restart).await
}

/// What isn't done is not to be done any more, for the reason given in words. Standing steps stay: they see to it.
pub(crate) async fn cancel(
    op: &mut impl AtomicOperation,
    reasons: &HashMap<Uuid, &'static str>,
) -> Result<(), sqlx::Error> {
    let customers: Vec<Uuid> = reasons.keys().copied().collect();
    let moves = select::all_of(op, &customers, true)
        .await?
        .into_iter()
        .map(|row| Move {
            error: reasons.get(&row.customer).map(|words| (*words).to_owned()),
            ..Move::of(row, StepEvent::Cancel)
        })
        .collect();
    rows::apply(op, moves, None).await
}

/// Lets fall due what waits for no other step (any more), and wakes the loops.
pub(crate) async fn fall_due(
    op: &mut impl AtomicOperation,
    customers: &[Uuid],
) -> Result<(), sqlx::Error> {
    let rows = select::unhindered(op, customers).await?;
    rows::apply_to_all(op, rows, StepEvent::FallDue).await
}
