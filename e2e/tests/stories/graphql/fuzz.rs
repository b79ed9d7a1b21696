//! Operations drawn from the schema's grammar, with values that fit and values that don't: none may be answered with a 5xx
//! or with `INTERNAL`.

use std::{
    env,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use e2e::{Usher, graphql::Api};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::schema::{Schema, text, unwrap};

/// How many operations a run of the tests draws; `USHER_FUZZ_SECONDS` draws for so long instead.
const OPERATIONS: usize = 400;

pub async fn fuzz(usher: Arc<Usher>) -> Result<()> {
    let api = Api::new(&usher.ready().admin_url, &usher.ready().api_token)?;
    let schema = Schema::ask(&api).await?;
    let seed = env::var("USHER_E2E_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or_else(rand::random);
    println!("operations drawn with USHER_E2E_SEED={seed}");
    let time = env::var("USHER_FUZZ_SECONDS")
        .ok()
        .and_then(|seconds| seconds.parse().ok())
        .map(Duration::from_secs);
    let mut draw = Draw {
        schema: &schema,
        random: StdRng::seed_from_u64(seed),
        known: Vec::new(),
    };
    let start = Instant::now();
    let mut codes = std::collections::BTreeMap::<String, usize>::new();
    let mut drawn = 0;
    while time.map_or(drawn < OPERATIONS, |time| start.elapsed() < time) {
        let (query, variables) = draw.operation()?;
        let answer = api.send(&query, variables.clone()).await?;
        let code = answer.code().unwrap_or("none").to_owned();
        ensure!(
            !answer.status.is_server_error() && code != "INTERNAL",
            "{} {}\nfor {query}\nwith {variables}",
            answer.status,
            answer.body
        );
        draw.learn(&answer.body);
        *codes.entry(code).or_default() += 1;
        drawn += 1;
    }
    println!(
        "{drawn} operations in {:?}; first error's code: {codes:?}",
        start.elapsed()
    );
    ensure!(
        codes.get("none").copied().unwrap_or(0) * 5 > drawn,
        "most of what is drawn should work, or nothing is looked at: {codes:?}"
    );
    Ok(())
}

struct Draw<'a> {
    schema: &'a Schema,
    random: StdRng,
    /// Ids and cursors that were answered: used again.
    known: Vec<String>,
}

impl Draw<'_> {
    fn operation(&mut self) -> Result<(String, Value)> {
        let (kind, root) = if self.random.random_bool(0.4) {
            ("mutation", "mutationType")
        } else {
            ("query", "queryType")
        };
        let schema = self.schema;
        let fields = schema.roots(root)?;
        let field = fields[self.random.random_range(0..fields.len())];
        let mut declared = Vec::new();
        let mut variables = Map::new();
        let call = self.call(field, &mut declared, &mut variables, 0);
        let declared = if declared.is_empty() {
            String::new()
        } else {
            format!("({})", declared.join(", "))
        };
        Ok((format!("{kind} {declared} {{ {call} }}"), variables.into()))
    }

    fn call(
        &mut self,
        field: &Value,
        declared: &mut Vec<String>,
        variables: &mut Map<String, Value>,
        depth: usize,
    ) -> String {
        let mut given = Vec::new();
        for argument in field["args"].as_array().into_iter().flatten() {
            let wrapped = unwrap(&argument["type"]);
            if !wrapped.required && self.random.random_bool(0.5) {
                continue;
            }
            let variable = format!("v{}", declared.len());
            declared.push(format!("${variable}: {}", wrapped.text));
            given.push(format!("{}: ${variable}", text(&argument["name"])));
            let value = self.value(text(&argument["name"]), &argument["type"]);
            variables.insert(variable, value);
        }
        let arguments = if given.is_empty() {
            String::new()
        } else {
            format!("({})", given.join(", "))
        };
        let selection = self.selection(&field["type"], declared, variables, depth + 1);
        format!("{}{arguments} {selection}", text(&field["name"]))
    }

    fn selection(
        &mut self,
        of: &Value,
        declared: &mut Vec<String>,
        variables: &mut Map<String, Value>,
        depth: usize,
    ) -> String {
        let wrapped = unwrap(of);
        let schema = self.schema;
        match wrapped.kind {
            "OBJECT" => {
                let mut chosen = vec!["__typename".to_owned()];
                for field in schema.fields(wrapped.name) {
                    let leaf = matches!(unwrap(&field["type"]).kind, "SCALAR" | "ENUM");
                    if self.random.random_bool(if leaf { 0.7 } else { 0.5 }) && (leaf || depth < 6)
                    {
                        let call = self.call(field, declared, variables, depth);
                        chosen.push(format!("a{}: {call}", chosen.len()));
                    }
                }
                format!("{{ {} }}", chosen.join(" "))
            }
            "UNION" => {
                let members = schema.parts(wrapped.name, "possibleTypes");
                let mut chosen = vec!["__typename".to_owned()];
                for member in members {
                    let named = json!({"kind": "OBJECT", "name": member["name"]});
                    let selection = self.selection(&named, declared, variables, depth + 1);
                    chosen.push(format!("... on {} {selection}", text(&member["name"])));
                }
                // Two members may ask for different fields under one name.
                chosen.truncate(2);
                format!("{{ {} }}", chosen.join(" "))
            }
            _ => String::new(),
        }
    }

    fn value(&mut self, name: &str, of: &Value) -> Value {
        let wrapped = unwrap(of);
        if self.random.random_bool(0.05) {
            return self.nonsense();
        }
        let one = match (wrapped.kind, wrapped.name) {
            ("ENUM", kind) => {
                let values = self.schema.parts(kind, "enumValues");
                values[self.random.random_range(0..values.len())]["name"].clone()
            }
            ("INPUT_OBJECT", kind) => {
                let schema = self.schema;
                let mut object = Map::new();
                for field in schema.parts(kind, "inputFields") {
                    if unwrap(&field["type"]).required || self.random.random_bool(0.5) {
                        let name = text(&field["name"]);
                        let value = self.value(name, &field["type"]);
                        object.insert(name.to_owned(), value);
                    }
                }
                object.into()
            }
            (_, "UUID") => match self.known() {
                Some(known) => json!(known),
                None => json!(Uuid::new_v4()),
            },
            (_, "Int") => match self.random.random_range(0..8) {
                0 => json!(0),
                1 => json!(i32::MAX),
                2 => json!(i32::MIN),
                3 => json!(i64::MAX),
                _ => json!(self.random.random_range(1..20)),
            },
            (_, "Boolean") => json!(self.random.random_bool(0.5)),
            (_, "UsdCents") => json!(self.random.random_range(-5..100_000)),
            _ => self.words(name),
        };
        if wrapped.list { json!([one]) } else { one }
    }

    fn known(&mut self) -> Option<String> {
        if self.known.is_empty() || self.random.random_bool(0.2) {
            return None;
        }
        let place = self.random.random_range(0..self.known.len());
        Some(self.known[place].clone())
    }

    fn words(&mut self, name: &str) -> Value {
        if name == "email" && self.random.random_bool(0.7) {
            return json!(format!("{}@example.test", Uuid::new_v4().simple()));
        }
        match self.random.random_range(0..9) {
            0 => json!(""),
            1 => json!("x".repeat(self.random.random_range(1..3000))),
            2 => json!("nul \u{0} and \u{202e} and \u{1f980}"),
            3 => json!("' OR 1=1; --"),
            4 => json!("<script>alert(1)</script>"),
            5 => json!("2026-11-25T17:00:00Z"),
            6 => json!(self.random.random_range(0..2_000_000).to_string()),
            _ => match self.known() {
                Some(known) => json!(known),
                None => json!("some words"),
            },
        }
    }

    fn nonsense(&mut self) -> Value {
        match self.random.random_range(0..7) {
            0 => Value::Null,
            1 => json!(f64::MAX),
            2 => json!([[[]]]),
            3 => json!({"a": {"b": []}}),
            4 => json!(-1),
            5 => json!(true),
            _ => json!("\u{0}"),
        }
    }

    /// Remembers ids, public ids and cursors.
    fn learn(&mut self, found: &Value) {
        match found {
            Value::String(text)
                if text.parse::<Uuid>().is_ok()
                    || (text.len() < 12 && text.chars().all(|c| c.is_ascii_digit())) =>
            {
                if self.known.len() < 200 {
                    self.known.push(text.clone());
                } else {
                    let place = self.random.random_range(0..200);
                    self.known[place].clone_from(text);
                }
            }
            Value::Array(list) => list.iter().for_each(|inner| self.learn(inner)),
            Value::Object(object) => object.values().for_each(|inner| self.learn(inner)),
            _ => {}
        }
    }
}
