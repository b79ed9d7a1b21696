//! What a list of money is asked for, as its address says it.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, Utc};
use kernel::{Amount, Cursor, Sought, Whose};
use serde::Deserialize;

use super::Which;
use crate::{
    admin::{AdminState, operation::Done},
    error_page::PageError,
    format::Choice,
    layout::Viewer,
    list::{self, ListAddress},
};

/// So many customers who are called so are looked at.
pub const CUSTOMERS: usize = 200;

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct MoneyQuery {
    q: Option<String>,
    status: Option<String>,
    least: Option<String>,
    most: Option<String>,
    from: Option<String>,
    until: Option<String>,
    after: Option<String>,
    #[serde(flatten)]
    pub done: Done,
}

/// What the list is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct Narrowed {
    /// The stored name of where it stands, or nothing.
    pub status: String,
    pub least: Option<Amount>,
    pub most: Option<Amount>,
    pub from: Option<DateTime<Utc>>,
    pub before: Option<DateTime<Utc>>,
    pub whose: Option<Whose>,
}

/// One thing that is typed to filter by.
pub struct Typed {
    pub name: &'static str,
    pub label: &'static str,
    /// As browsers call such a field.
    pub kind: &'static str,
    pub mode: &'static str,
    pub value: String,
    /// Why it can't be taken.
    pub problem: Option<String>,
}

/// What is asked for, understood.
pub struct Asked {
    pub narrowed: Narrowed,
    pub after: Option<Cursor>,
    /// The list with its filters, without its page.
    pub address: ListAddress,
    /// The same as a file.
    pub file: String,
    pub search: String,
    pub fields: Vec<Typed>,
    pub statuses: Vec<Choice>,
    /// More customers are called so than are looked at.
    pub too_many_customers: bool,
}

impl Asked {
    /// Reads the address, and asks who is called as it says.
    ///
    /// # Errors
    /// When it names a status or place that does not exist; when the database does not answer.
    pub async fn read(
        which: Which,
        query: MoneyQuery,
        state: &AdminState,
        viewer: &Viewer,
    ) -> Result<Self, PageError> {
        let mut asked = Self::parsed(which, query)?;
        let typed = asked.search.trim();
        if !typed.is_empty() && asked.is_clear() {
            let at_most = i64::try_from(CUSTOMERS).unwrap_or(i64::MAX);
            // The number of an account is its customer's.
            let sought =
                ledger::public_id_in(typed).map_or_else(|| typed.to_owned(), str::to_owned);
            let customers = state
                .onboarding
                .customers_called(&viewer.subject, &Sought::parse(&sought), at_most)
                .await?;
            asked.too_many_customers = customers.len() >= CUSTOMERS;
            asked.narrowed.whose = Some(Whose {
                customers,
                text: typed.to_owned(),
            });
        }
        Ok(asked)
    }

    fn parsed(which: Which, query: MoneyQuery) -> Result<Self, PageError> {
        let search = kernel::text::line(&list::text(query.q));
        let status = list::text(query.status);
        let all = which.statuses();
        if !status.is_empty() && all.iter().all(|(name, _)| *name != status) {
            return Err(PageError::BadRequest(
                "There is no such status to filter by.",
            ));
        }
        let (least_field, least) = amount("least", "Amount from", query.least);
        let (most_field, most) = amount("most", "Amount to", query.most);
        let (from_field, from) = day("from", "Created from", query.from);
        let (until_field, until) = day("until", "Created to", query.until);
        let fields = vec![least_field, most_field, from_field, until_field];
        let typed = fields.iter().map(|field| (field.name, field.value.clone()));
        let filters: Vec<(&'static str, String)> =
            [("q", search.trim().to_owned()), ("status", status.clone())]
                .into_iter()
                .chain(typed)
                .collect();
        let path = which.section().path();
        let any = Choice::new("", "All", status.is_empty());
        let one = |(name, label): &(&'static str, &'static str)| {
            Choice::new(*name, *label, *name == status)
        };
        Ok(Self {
            statuses: std::iter::once(any).chain(all.iter().map(one)).collect(),
            file: ListAddress::new(format!("{path}.csv"), filters.clone()).with(&[]),
            address: ListAddress::new(path, filters),
            after: list::place(query.after.as_deref())?,
            narrowed: Narrowed {
                status,
                least,
                most,
                from: from.map(begins),
                before: until
                    .and_then(|day| day.checked_add_days(Days::new(1)))
                    .map(begins),
                whose: None,
            },
            search,
            fields,
            too_many_customers: false,
        })
    }

    /// This page of the list.
    pub fn here(&self) -> String {
        let place = self.after.map_or_else(String::new, |it| it.to_string());
        self.address.with(&[("after", &place)])
    }

    /// Whether all that was typed can be taken.
    pub fn is_clear(&self) -> bool {
        self.fields.iter().all(|field| field.problem.is_none())
    }
}

/// The days are UTC's.
fn begins(day: NaiveDate) -> DateTime<Utc> {
    day.and_time(NaiveTime::MIN).and_utc()
}

fn amount(
    name: &'static str,
    label: &'static str,
    typed: Option<String>,
) -> (Typed, Option<Amount>) {
    let value = list::text(typed).trim().to_owned();
    let read = (!value.is_empty()).then(|| value.parse::<Amount>());
    let problem = read
        .as_ref()
        .and_then(|read| read.as_ref().err())
        .map(ToString::to_string);
    let field = Typed {
        name,
        label,
        kind: "text",
        mode: "decimal",
        value,
        problem,
    };
    (field, read.and_then(Result::ok))
}

fn day(
    name: &'static str,
    label: &'static str,
    typed: Option<String>,
) -> (Typed, Option<NaiveDate>) {
    let value = list::text(typed).trim().to_owned();
    let read = value.parse::<NaiveDate>().ok();
    // Outside of these years PostgreSQL would refuse it.
    let read = read.filter(|day| (1..=9998).contains(&chrono::Datelike::year(day)));
    let problem = (!value.is_empty() && read.is_none())
        .then(|| "This is no day: write it as 2026-03-31.".to_owned());
    let field = Typed {
        name,
        label,
        kind: "date",
        mode: "numeric",
        value,
        problem,
    };
    (field, read)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(query: &str) -> Result<Asked, PageError> {
        let uri = format!("/withdrawals?{query}").parse().unwrap();
        let query = axum::extract::Query::<MoneyQuery>::try_from_uri(&uri).unwrap();
        Asked::parsed(Which::Withdrawals, query.0)
    }

    #[test]
    fn the_file_and_the_pages_keep_what_was_asked_for() {
        let it =
            asked("q=+a%26b+&status=pending_confirmation&least=$1,000&until=2026-03-31").unwrap();
        assert!(it.is_clear());
        let kept = "q=a%26b&status=pending_confirmation&least=%241%2C000&until=2026-03-31";
        assert_eq!(it.address.with(&[]), format!("/withdrawals?{kept}"));
        assert_eq!(it.file, format!("/withdrawals.csv?{kept}"));
        assert_eq!(it.narrowed.least.map(Amount::cents), Some(100_000));
        let before = it.narrowed.before.map(|at| at.to_rfc3339());
        assert_eq!(before.as_deref(), Some("2026-04-01T00:00:00+00:00"));
        for bad in ["status=approved", "after=x"] {
            assert!(asked(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_typed_wrong_is_said_beside_its_field() {
        let it = asked("least=ten&from=1.4.&most=5").unwrap();
        let wrong = it.fields.iter().filter(|field| field.problem.is_some());
        assert_eq!(
            wrong.map(|field| field.name).collect::<Vec<_>>(),
            ["least", "from"]
        );
        assert!(!it.is_clear());
    }
}
