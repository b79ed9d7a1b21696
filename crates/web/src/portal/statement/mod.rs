//! The statement for a period: a page made for printing, and the same as CSV.

mod csv;
mod days;

use askama::Template;
use axum::{
    BoxError,
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use futures::{StreamExt as _, stream};
use ledger::{DepositAccount, ENTRIES_AT_MOST, Layers, Period, Which, account_id};
use uuid::Uuid;

use self::days::{Days, Problems, TypedDays};
use super::{
    PortalState,
    entries::{EntryRow, no_ledger},
    inside::Inside,
};
use crate::{
    csv_file,
    error_page::PageError,
    format::money,
    layout::{Layout, Place, page as show},
};

/// More than that is nothing to read or print; the file has no such bound.
const MOST_ENTRIES: usize = 10_000;
const TOO_MANY: &str =
    "There are more than 10,000 entries in these days. Choose fewer, or download them as CSV.";

/// What is shown and printed.
struct Statement {
    account: String,
    holder: Option<String>,
    days: Days,
    opening: i64,
    closing: i64,
    reserved: i64,
    money_in: i64,
    money_out: i64,
    entries: Vec<EntryRow>,
}

impl Statement {
    fn opening(&self) -> String {
        money(self.opening)
    }

    fn closing(&self) -> String {
        money(self.closing)
    }

    fn money_in(&self) -> String {
        money(self.money_in)
    }

    fn money_out(&self) -> String {
        money(self.money_out)
    }

    fn reserved(&self) -> Option<String> {
        (self.reserved > 0).then(|| money(self.reserved))
    }
}

#[derive(Template)]
#[template(path = "portal/statement/page.html")]
struct StatementPage {
    layout: Layout,
    typed: TypedDays,
    problems: Problems,
    today: String,
    statement: Option<Statement>,
    made_at: String,
    contact: String,
    has_account: bool,
}

/// What came of what was typed.
enum StatementAnswer {
    Statement(Box<Statement>),
    /// There is no account yet.
    NoAccount,
    Problems(Problems),
}

pub async fn page(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Query(typed): Query<TypedDays>,
) -> Result<Response, PageError> {
    let typed = typed.or_this_month(clock::now().date_naive());
    let answer = state.statement(customer, &typed).await?;
    state.statement_page(typed, answer)
}

/// The statement as a file, as long as it may be; the page with the form when it can't be had.
pub async fn file(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Query(typed): Query<TypedDays>,
) -> Result<Response, PageError> {
    let today = clock::now().date_naive();
    let typed = typed.or_this_month(today);
    let days = match typed.days(today) {
        Ok(days) => days,
        Err(problems) => return state.statement_page(typed, StatementAnswer::Problems(problems)),
    };
    let Some(DepositAccount { code, .. }) = state.own_account(customer).await? else {
        return state.statement_page(typed, StatementAnswer::NoAccount);
    };
    let (from, to) = days.bounds();
    let period = state
        .public
        .deposits
        .period_of(account_id(customer), from, to)
        .await
        .map_err(|error| no_ledger(&error, customer))?;
    let head = csv::head(days, period.opening.settled).map_err(PageError::Internal)?;
    // Account numbers and dates: plain ASCII without quotes.
    let name = format!("{code}_{}_{}.csv", days.from, days.to);
    let begin = Some((period.after, period.opening.settled));
    let entries = stream::try_unfold(begin, move |place| {
        let (state, period) = (state.clone(), period);
        async move {
            let Some((after, balance)) = place else {
                return Ok(None);
            };
            state
                .part_of_file(customer, days, period, (after, balance))
                .await
                .map(Some)
        }
    });
    csv_file::in_parts(&name, stream::iter([Ok(head)]).chain(entries))
}

/// How far a file has come: the place of its last entry, and the balance after it; none at its end.
type Reached = Option<(i32, i64)>;

impl PortalState {
    fn statement_page(
        &self,
        typed: TypedDays,
        answer: StatementAnswer,
    ) -> Result<Response, PageError> {
        let now = clock::now();
        let has_account = !matches!(answer, StatementAnswer::NoAccount);
        let (status, statement, problems) = match answer {
            StatementAnswer::Statement(statement) => {
                (StatusCode::OK, Some(*statement), Problems::default())
            }
            StatementAnswer::NoAccount => (StatusCode::OK, None, Problems::default()),
            StatementAnswer::Problems(problems) => {
                (StatusCode::UNPROCESSABLE_ENTITY, None, problems)
            }
        };
        // What a browser calls a printed page's file.
        let title = statement.as_ref().map_or_else(
            || "Statement".to_owned(),
            |statement| {
                format!(
                    "Statement {} {} to {}",
                    statement.account, statement.days.from, statement.days.to
                )
            },
        );
        let template = StatementPage {
            layout: Layout::portal(title, Place::Statement),
            typed,
            problems,
            today: now.format("%Y-%m-%d").to_string(),
            statement,
            made_at: now.format("%Y-%m-%d %H:%M UTC").to_string(),
            contact: self.public.config.contact_email.clone(),
            has_account,
        };
        show(status, &template)
    }

    /// The entries of a file behind a place; behind the last one, its end.
    async fn part_of_file(
        &self,
        customer: Uuid,
        days: Days,
        period: Period,
        (after, balance): (i32, i64),
    ) -> Result<(Vec<u8>, Reached), BoxError> {
        let account = account_id(customer);
        let which = Which::Oldest {
            after,
            through: period.through,
        };
        let deposits = &self.public.deposits;
        let page = deposits
            .entries_of(account, Layers::Settled, which, ENTRIES_AT_MOST)
            .await?;
        let moved = page
            .rows
            .iter()
            .try_fold(balance, |sum, entry| sum.checked_add(entry.cents));
        let balance = moved.ok_or("the entries do not add up")?;
        let entries = self.described(page.rows).await;
        let entries = entries.map_err(|error| BoxError::from(format!("{error:?}")))?;
        let mut part = csv::lines(&entries)?;
        if let Some(next) = page.next {
            return Ok((part, Some((next, balance))));
        }
        if balance != period.closing.settled {
            tracing::error!(%account, "the entries of a statement do not add up to its balance");
            return Err("the entries do not add up".into());
        }
        part.extend(csv::end(days, balance)?);
        Ok((part, None))
    }

    async fn statement(
        &self,
        customer: Uuid,
        typed: &TypedDays,
    ) -> Result<StatementAnswer, PageError> {
        let days = match typed.days(clock::now().date_naive()) {
            Ok(days) => days,
            Err(problems) => return Ok(StatementAnswer::Problems(problems)),
        };
        let Some(DepositAccount { code: account, .. }) = self.own_account(customer).await? else {
            return Ok(StatementAnswer::NoAccount);
        };
        let (from, to) = days.bounds();
        let found = self
            .public
            .deposits
            .statement_of(account_id(customer), from, to, MOST_ENTRIES)
            .await
            .map_err(|error| no_ledger(&error, customer))?;
        let Some(found) = found else {
            return Ok(StatementAnswer::Problems(Problems {
                to: Some(TOO_MANY),
                ..Problems::default()
            }));
        };
        Ok(StatementAnswer::Statement(Box::new(Statement {
            account,
            holder: self.public.onboarding.own_name(customer.into()).await?,
            days,
            opening: found.opening.settled,
            closing: found.closing.settled,
            reserved: found.closing.pending,
            money_in: found.money_in,
            money_out: found.money_out,
            entries: self.described(found.entries).await?,
        })))
    }
}
