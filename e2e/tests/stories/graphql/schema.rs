//! The schema, as it tells about itself, and operations made out of it.

use anyhow::{Context as _, Result};
use e2e::graphql::Api;
use serde_json::{Map, Value, json};
use uuid::Uuid;

const ASK: &str = "{ __schema {
    queryType { name } mutationType { name } subscriptionType { name }
    types { kind name
        fields { name args { ...value } type { ...type } }
        inputFields { ...value }
        enumValues { name }
        possibleTypes { name } }
} }
fragment value on __InputValue { name defaultValue type { ...type } }
fragment type on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }";

/// All types of the schema, by name.
pub struct Schema {
    all: Value,
}

/// An operation with its variables.
#[derive(Debug)]
pub struct Operation {
    pub text: String,
    pub variables: Value,
}

/// What a type is in the end, and how it is wrapped: `[UUID!]!`.
pub struct Wrapped<'a> {
    pub kind: &'a str,
    pub name: &'a str,
    pub required: bool,
    pub list: bool,
    pub text: String,
}

impl Schema {
    /// Asks for it.
    pub async fn ask(api: &Api) -> Result<Self> {
        let data = api.data(ASK, Value::Null).await?;
        Ok(Self {
            all: data["__schema"].clone(),
        })
    }

    /// The fields of the root of `queryType`, `mutationType` or `subscriptionType`.
    pub fn roots(&self, kind: &str) -> Result<Vec<&Value>> {
        let name = self.all[kind]["name"].as_str().context("no such root")?;
        Ok(self.fields(name))
    }

    /// The fields of an object; none of anything else.
    pub fn fields(&self, name: &str) -> Vec<&Value> {
        self.named(name)
            .and_then(|found| found["fields"].as_array())
            .map(|fields| fields.iter().collect())
            .unwrap_or_default()
    }

    /// The values of an enum, the fields of an input, the members of a union.
    pub fn parts(&self, name: &str, part: &str) -> Vec<&Value> {
        self.named(name)
            .and_then(|found| found[part].as_array())
            .map(|parts| parts.iter().collect())
            .unwrap_or_default()
    }

    fn named(&self, name: &str) -> Option<&Value> {
        self.all["types"]
            .as_array()?
            .iter()
            .find(|found| found["name"] == name)
    }

    /// A call of a root's field with the arguments that it needs: well-formed, and about nothing that exists.
    pub fn about_nothing(&self, kind: &str, field: &Value) -> Result<Operation> {
        let mut declared = Vec::new();
        let mut given = Vec::new();
        let mut variables = Map::new();
        for argument in field["args"].as_array().context("no arguments")? {
            let wrapped = unwrap(&argument["type"]);
            if !wrapped.required {
                continue;
            }
            let name = text(&argument["name"]);
            declared.push(format!("${name}: {}", wrapped.text));
            given.push(format!("{name}: ${name}"));
            variables.insert(name.to_owned(), self.plain(name, &argument["type"]));
        }
        let brackets = |list: Vec<String>| {
            if list.is_empty() {
                String::new()
            } else {
                format!("({})", list.join(", "))
            }
        };
        let name = text(&field["name"]);
        let selection = match unwrap(&field["type"]).kind {
            "SCALAR" | "ENUM" => "",
            _ => "{ __typename }",
        };
        Ok(Operation {
            text: format!(
                "{kind} {} {{ {name} {} {selection} }}",
                brackets(declared),
                brackets(given)
            ),
            variables: variables.into(),
        })
    }

    /// A value that fits.
    fn plain(&self, name: &str, of: &Value) -> Value {
        let wrapped = unwrap(of);
        let one = match (wrapped.kind, wrapped.name, name) {
            ("ENUM", kind, _) => self.parts(kind, "enumValues")[0]["name"].clone(),
            ("INPUT_OBJECT", kind, _) => self
                .parts(kind, "inputFields")
                .into_iter()
                .filter(|field| unwrap(&field["type"]).required)
                .map(|field| {
                    let name = text(&field["name"]);
                    (name.to_owned(), self.plain(name, &field["type"]))
                })
                .collect::<Map<_, _>>()
                .into(),
            (_, "UUID", _) => json!(Uuid::new_v4()),
            (_, "Int" | "UsdCents" | "Float", _) => json!(1),
            (_, "Boolean", _) => json!(true),
            (_, _, "email") => json!(format!("{}@example.test", Uuid::new_v4().simple())),
            (_, _, "telegramHandle") => {
                json!(format!("u{}", &Uuid::new_v4().simple().to_string()[..12]))
            }
            _ => json!("999999999"),
        };
        if wrapped.list { json!([one]) } else { one }
    }
}

/// A string of the schema.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// What is inside.
pub fn unwrap(of: &Value) -> Wrapped<'_> {
    match text(&of["kind"]) {
        "NON_NULL" => {
            let inner = unwrap(&of["ofType"]);
            Wrapped {
                text: format!("{}!", inner.text),
                required: true,
                ..inner
            }
        }
        "LIST" => {
            let inner = unwrap(&of["ofType"]);
            Wrapped {
                text: format!("[{}]", inner.text),
                required: false,
                list: true,
                ..inner
            }
        }
        kind => Wrapped {
            kind,
            name: text(&of["name"]),
            required: false,
            list: false,
            text: text(&of["name"]).to_owned(),
        },
    }
}
