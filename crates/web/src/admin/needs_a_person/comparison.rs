//! Two records that look like one person, side by side.

use askama::{Template, filters::HtmlSafe};
use customer::{primitives::Stage, prospect::Prospect};

use crate::zone::Zone;

/// What both records say of the person or company.
#[derive(Template)]
#[template(path = "admin/needs_a_person/comparison.html")]
pub struct Comparison {
    pub heads: [(String, String); 2],
    pub facts: Vec<Fact>,
}

impl HtmlSafe for Comparison {}

/// One fact, as each record has it.
pub struct Fact {
    pub label: &'static str,
    pub values: [String; 2],
}

impl Fact {
    fn differs(&self) -> bool {
        self.values[0] != self.values[1]
    }

    /// Both in one line, for a dialog.
    pub fn line(&self) -> String {
        let [one, other] = &self.values;
        if self.differs() {
            format!("{one} · {other} (differs)")
        } else {
            one.clone()
        }
    }
}

impl Comparison {
    /// The two, the item's own record first.
    pub fn of(one: &Prospect, other: &Prospect) -> Self {
        let head = |it: &Prospect| {
            let kind = if it.kyc.stage == Stage::Converted {
                "customers"
            } else {
                "prospects"
            };
            (
                format!("/{kind}/{}", it.public_id),
                it.public_id.to_string(),
            )
        };
        let facts = facts(one).into_iter().zip(facts(other));
        Self {
            heads: [head(one), head(other)],
            facts: facts
                .map(|((label, one), (_, other))| Fact {
                    label,
                    values: [one, other].map(|it| it.unwrap_or_else(|| "–".to_owned())),
                })
                .filter(|fact| fact.values.iter().any(|value| value != "–"))
                .collect(),
        }
    }
}

fn facts(prospect: &Prospect) -> [(&'static str, Option<String>); 9] {
    let data = prospect.personal_data().unwrap_or_default();
    let company = data.company.clone().unwrap_or_default();
    [
        ("Name", data.full_name()),
        ("Birth date", data.birth_date),
        ("Country", data.country.or(company.country)),
        ("Registration number", company.registration_number),
        ("E-mail", prospect.email()),
        ("Stage", Some(prospect.kyc.stage.label().to_owned())),
        (
            "Customer type",
            Some(prospect.customer_type.label().to_owned()),
        ),
        (
            "Created",
            Some(Zone::of_viewer().exact(prospect.created_at())),
        ),
        ("Applicant", prospect.kyc.applicant_id.clone()),
    ]
}
