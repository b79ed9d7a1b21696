//! The examples of `docs/graphql.md`, run from its first to its last line as one program would: what they answer is what the
//! next ones are about.

use std::{collections::BTreeSet, sync::Arc};

use anyhow::{Context as _, Result, bail, ensure};
use e2e::{
    Callback, Usher,
    graphql::Api,
    until,
    wait::{LATER, SOON},
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::schema::{Schema, text};

const MANUAL: &str = include_str!("../../../../docs/graphql.md");

/// What stands in the manual.
#[derive(Debug)]
enum Part<'a> {
    /// A block ```` ```graphql ````, sent with the variables that it declares.
    Operation(&'a str),
    /// A comment `<!-- test: … -->`: what happens beside the API, or what the operation before it answers.
    Beside(&'a str),
}

pub async fn examples(usher: Arc<Usher>) -> Result<()> {
    let ready = usher.ready();
    let api = Api::new(&ready.admin_url, &ready.api_token)?;
    let mut story = Story {
        usher: &usher,
        api: &api,
        known: Map::new(),
        last: Value::Null,
        refused: None,
    };
    let mut used = BTreeSet::new();
    for part in parts(MANUAL)? {
        match part {
            Part::Operation(text) if text.trim_start().starts_with("subscription") => {
                // `foreign` and the crate's own tests run them.
                used.extend(words(text));
            }
            Part::Operation(text) => {
                used.extend(words(text));
                story.send(text).await.with_context(|| text.to_owned())?;
            }
            Part::Beside(what) => story
                .beside(what)
                .await
                .with_context(|| format!("<!-- test: {what} -->"))?,
        }
    }
    let schema = Schema::ask(&api).await?;
    for root in ["queryType", "mutationType", "subscriptionType"] {
        for field in schema.roots(root)? {
            let name = text(&field["name"]);
            ensure!(used.contains(name), "the manual has no example of {name}");
        }
    }
    Ok(())
}

fn parts(manual: &str) -> Result<Vec<Part<'_>>> {
    let mut parts = Vec::new();
    let mut rest = manual;
    loop {
        let operation = rest.find("```graphql\n");
        let beside = rest.find("<!-- test: ");
        match (operation, beside) {
            (None, None) => return Ok(parts),
            (Some(at), beside) if beside.is_none_or(|beside| at < beside) => {
                let inside = &rest[at + "```graphql\n".len()..];
                let (text, after) = inside.split_once("```").context("a block has no end")?;
                parts.push(Part::Operation(text));
                rest = after;
            }
            (_, Some(at)) => {
                let inside = &rest[at + "<!-- test: ".len()..];
                let (what, after) = inside.split_once(" -->").context("a comment has no end")?;
                parts.push(Part::Beside(what));
                rest = after;
            }
            _ => bail!("unreachable"),
        }
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
}

struct Story<'a> {
    usher: &'a Usher,
    api: &'a Api,
    /// The variables, by name: the last value of a field of that name.
    known: Map<String, Value>,
    last: Value,
    /// The code that the next operation is refused with.
    refused: Option<String>,
}

impl Story<'_> {
    async fn send(&mut self, operation: &str) -> Result<()> {
        let variables: Map<String, Value> = words_with_dollar(operation)
            .map(|name| {
                let value = self.known.get(name).cloned();
                let value = value.with_context(|| format!("nothing is known of ${name}"))?;
                Ok((name.to_owned(), value))
            })
            .collect::<Result<_>>()?;
        let answer = self.api.send(operation, variables.into()).await?;
        if let Some(code) = self.refused.take() {
            ensure!(answer.code() == Some(&code), "not {code}: {}", answer.body);
            return Ok(());
        }
        self.last = answer.data()?;
        let last = self.last.clone();
        self.learn(&last);
        Ok(())
    }

    fn learn(&mut self, found: &Value) {
        match found {
            // The first of a list.
            Value::Array(list) => list.iter().rev().for_each(|inner| self.learn(inner)),
            Value::Object(object) => {
                for (name, value) in object {
                    if !value.is_object() && !value.is_array() && !value.is_null() {
                        self.known.insert(name.clone(), value.clone());
                    }
                    self.learn(value);
                }
            }
            _ => {}
        }
    }

    /// `answers X`: the answer before has it somewhere. `refused CODE`: the next operation is. `NAME is OTHER`: a variable has
    /// another's value. All else happens beside the API.
    async fn beside(&mut self, what: &str) -> Result<()> {
        if let Some(wanted) = what.strip_prefix("answers ") {
            let text = self.last.to_string();
            ensure!(text.contains(wanted), "{text}");
            return Ok(());
        }
        if let Some(code) = what.strip_prefix("refused ") {
            self.refused = Some(code.to_owned());
            return Ok(());
        }
        if let Some((name, other)) = what.split_once(" is ")
            && let Some(value) = self.known.get(other).cloned()
        {
            self.known.insert(name.to_owned(), value);
            return Ok(());
        }
        let simulator = self.usher.simulator()?;
        match what {
            "the person opens the link" => {
                simulator.open(&self.link()?).await?;
            }
            "the person submits and Sumsub approves" => {
                simulator.press(&self.link()?, "Submit documents").await?;
                simulator.press(&self.link()?, "Approve").await?;
                self.comes_to(
                    "prospectId",
                    "SELECT stage FROM prospects WHERE id = $1",
                    "converted",
                )
                .await?;
            }
            "Sumsub rejects, then approves" => {
                simulator.press(&self.link()?, "Reject").await?;
                let verification = "SELECT verification FROM customers WHERE id = $1";
                self.comes_to("customerId", verification, "rejected")
                    .await?;
                // Sumsub's clock has whole seconds, and of two answers in one the RED counts.
                let second = chrono::Utc::now().timestamp();
                until("Sumsub's next second", SOON, || async move {
                    ensure!(chrono::Utc::now().timestamp() > second, "not yet");
                    Ok(())
                })
                .await?;
                simulator.press(&self.link()?, "Approve").await?;
                let approved = "SELECT (max(id) FILTER (WHERE body LIKE '%\"GREEN\"%')
                        > max(id) FILTER (WHERE body LIKE '%\"RED\"%'))::text
                    FROM callbacks WHERE prospect_id = $1 AND outcome IN ('applied', 'no_change')";
                self.comes_to("customerId", approved, "true").await?;
            }
            "provisioning is done" => {
                let left = "SELECT CASE WHEN count(*) = 0 THEN 'none so far'
                        ELSE (count(*) FILTER (WHERE state NOT IN ('done', 'cancelled')))::text END
                    FROM provisioning_steps WHERE customer_id = $1";
                self.comes_to("prospectId", left, "0").await?;
            }
            "a callback is nobody's" => {
                let callback = Callback::pending(Uuid::new_v4());
                self.usher.sumsub()?.deliver(&callback).await?;
                let left = "SELECT count(*)::text FROM callbacks WHERE outcome = 'received' AND $1 IS NOT NULL";
                self.comes_to("prospectId", left, "0").await?;
            }
            other => bail!("the test doesn't know how to do this: {other}"),
        }
        Ok(())
    }

    /// The newest verification link.
    fn link(&self) -> Result<String> {
        let link = self.known.get("url").and_then(Value::as_str);
        Ok(link.context("no link so far")?.to_owned())
    }

    /// Waits until `sql`, about the record that `name` is the id of, answers `wanted`.
    async fn comes_to(&self, name: &str, sql: &'static str, wanted: &str) -> Result<()> {
        let id = self.known.get(name).and_then(Value::as_str);
        let id: Uuid = id.with_context(|| format!("no {name} so far"))?.parse()?;
        let counts = self.usher.counts().await?;
        until(sql, LATER, || async {
            let found: Option<String> = sqlx::query_scalar(sql)
                .bind(id)
                .fetch_optional(&counts.pool)
                .await?;
            ensure!(found.as_deref() == Some(wanted), "{found:?}");
            Ok(())
        })
        .await
    }
}

/// The variables that an operation declares.
fn words_with_dollar(operation: &str) -> impl Iterator<Item = &str> {
    let declared = operation.split('{').next().unwrap_or_default();
    declared.split('$').skip(1).map(|after| {
        after
            .split(|c: char| !c.is_ascii_alphanumeric())
            .next()
            .unwrap_or_default()
    })
}
