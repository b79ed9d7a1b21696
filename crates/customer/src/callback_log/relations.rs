//! Who belongs to whom: which applicant is a member (beneficial owner, director, …) of which company, and whose an
//! inspection is. Learned from callbacks, in whatever order they come.

use std::collections::{BTreeMap, BTreeSet};

use es_entity::AtomicOperation;

const INSPECTION: &str = "inspection:";

// What a callback waits for, as `callbacks.waits_for` holds it: whose an applicant is (its id alone), whose an inspection
// is, and to which companies an applicant belongs.
fn inspection(id: &str) -> String {
    format!("{INSPECTION}{id}")
}

fn member(id: &str) -> String {
    format!("member:{id}")
}

/// What is known, and what this batch has learned.
#[derive(Default)]
pub(super) struct Relations {
    companies: BTreeMap<String, BTreeSet<String>>,
    inspections: BTreeMap<String, String>,
    new_members: BTreeSet<(String, String)>,
    new_inspections: BTreeSet<(String, String)>,
}

impl Relations {
    /// Locks the ids and all that they lead to, so that nobody learns something about them at the same moment, and reads
    /// what is known.
    pub(super) async fn lock(
        op: &mut impl AtomicOperation,
        applicants: &BTreeSet<String>,
        inspections: &BTreeSet<String>,
    ) -> Result<Self, sqlx::Error> {
        let mut relations = Relations::default();
        let mut locked = BTreeSet::new();
        let mut wanted: BTreeSet<String> = inspections.iter().map(|id| inspection(id)).collect();
        wanted.extend(applicants.iter().cloned());
        while !wanted.is_empty() {
            let ids: Vec<String> = wanted.iter().cloned().collect();
            sqlx::query!(
                r#"
                SELECT pg_advisory_xact_lock(hashtextextended(id, 7602)) AS "locked: ()"
                FROM (SELECT id FROM UNNEST($1::text[]) AS wanted (id) ORDER BY hashtextextended(id, 7602)) AS wanted
                "#,
                &ids
            )
            .fetch_all(op.as_executor())
            .await?;
            locked.extend(wanted);
            wanted = relations.read(op, &ids).await?;
            wanted.retain(|id| !locked.contains(id));
        }
        Ok(relations)
    }

    /// Answers the applicants that these lead to.
    async fn read(
        &mut self,
        op: &mut impl AtomicOperation,
        ids: &[String],
    ) -> Result<BTreeSet<String>, sqlx::Error> {
        let inspections: Vec<&str> = ids
            .iter()
            .filter_map(|id| id.strip_prefix(INSPECTION))
            .collect();
        let rows = sqlx::query!(
            r#"
            SELECT member_applicant_id AS "one!", company_applicant_id AS "leads_to!", FALSE AS "inspection!"
            FROM applicant_members WHERE member_applicant_id = ANY($1)
            UNION ALL
            SELECT inspection_id, applicant_id, TRUE FROM inspections WHERE inspection_id = ANY($2)
            "#,
            ids,
            &inspections as &[&str],
        )
        .fetch_all(op.as_executor())
        .await?;
        let mut found = BTreeSet::new();
        for row in rows {
            found.insert(row.leads_to.clone());
            if row.inspection {
                self.inspections.insert(row.one, row.leads_to);
            } else {
                self.companies
                    .entry(row.one)
                    .or_default()
                    .insert(row.leads_to);
            }
        }
        Ok(found)
    }

    /// Notes what a callback tells. Answers what is new by it.
    pub(super) fn learn(
        &mut self,
        applicant: &str,
        companies: &[String],
        of_inspection: Option<&str>,
    ) -> Vec<String> {
        let mut learned = Vec::new();
        for company in companies.iter().filter(|company| *company != applicant) {
            let known = self.companies.entry(applicant.to_owned()).or_default();
            if known.insert(company.clone()) {
                self.new_members
                    .insert((applicant.to_owned(), company.clone()));
                learned.push(member(applicant));
            }
        }
        if let Some(id) = of_inspection
            && !self.inspections.contains_key(id)
        {
            self.inspections.insert(id.to_owned(), applicant.to_owned());
            self.new_inspections
                .insert((id.to_owned(), applicant.to_owned()));
            learned.push(inspection(id));
        }
        learned
    }

    /// The applicant that an inspection is of.
    pub(super) fn inspected(&self, id: &str) -> Option<&str> {
        self.inspections.get(id).map(String::as_str)
    }

    /// All companies that these applicants are members of, also by companies between; not they themselves.
    pub(super) fn companies_of<'a>(
        &'a self,
        applicants: impl Iterator<Item = &'a str>,
    ) -> BTreeSet<&'a str> {
        let mut found = BTreeSet::new();
        let mut next: Vec<&str> = applicants.collect();
        while let Some(applicant) = next.pop() {
            for company in self.companies.get(applicant).into_iter().flatten() {
                if found.insert(company.as_str()) {
                    next.push(company);
                }
            }
        }
        found
    }

    pub(super) fn is_member(&self, applicant: &str) -> bool {
        self.companies
            .get(applicant)
            .is_some_and(|of| !of.is_empty())
    }

    /// What a callback waits for that leads to these applicants: whose the `unknown` are, and to whom `all` belong.
    pub(super) fn waiting_for(
        &self,
        unknown: &[&str],
        all: &[&str],
        inspections: &[String],
    ) -> Vec<String> {
        let unseen = inspections
            .iter()
            .filter(|id| !self.inspections.contains_key(*id));
        let mut waits_for: Vec<String> = unknown.iter().map(|id| (*id).to_owned()).collect();
        waits_for.extend(all.iter().map(|id| member(id)));
        waits_for.extend(unseen.map(|id| inspection(id)));
        waits_for
    }

    pub(super) async fn write(&self, op: &mut impl AtomicOperation) -> Result<(), sqlx::Error> {
        if !self.new_members.is_empty() {
            let (members, companies): (Vec<String>, Vec<String>) =
                self.new_members.iter().cloned().unzip();
            sqlx::query!(
                "INSERT INTO applicant_members (member_applicant_id, company_applicant_id)
                 SELECT * FROM UNNEST($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
                &members,
                &companies
            )
            .execute(op.as_executor())
            .await?;
        }
        if !self.new_inspections.is_empty() {
            let (ids, applicants): (Vec<String>, Vec<String>) =
                self.new_inspections.iter().cloned().unzip();
            sqlx::query!(
                "INSERT INTO inspections (inspection_id, applicant_id)
                 SELECT * FROM UNNEST($1::text[], $2::text[]) ON CONFLICT DO NOTHING",
                &ids,
                &applicants
            )
            .execute(op.as_executor())
            .await?;
        }
        Ok(())
    }
}
