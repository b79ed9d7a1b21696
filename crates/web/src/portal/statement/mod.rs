//! The statement for a period: a page made for printing, and the same as CSV.

mod csv;
mod days;

use askama::Template;
use axum::{
    extract::{Query, State},
    http::StatusCode,
    response::Response,
};
use ledger::{DepositAccount, account_id};
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

/// More than that is nothing to read or print.
const MOST_ENTRIES: usize = 10_000;
const TOO_MANY: &str = "There are more than 10,000 entries in these days. Choose fewer.";

/// What is printed, and what the file holds.
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

/// The statement as a file; the page with the form when it can't be had.
pub async fn file(
    State(state): State<PortalState>,
    Inside(customer): Inside,
    Query(typed): Query<TypedDays>,
) -> Result<Response, PageError> {
    let typed = typed.or_this_month(clock::now().date_naive());
    let statement = match state.statement(customer, &typed).await? {
        StatementAnswer::Statement(statement) => statement,
        answer => return state.statement_page(typed, answer),
    };
    // Account numbers and dates: plain ASCII without quotes.
    let name = format!(
        "{}_{}_{}.csv",
        statement.account, statement.days.from, statement.days.to
    );
    let file = csv::write(&statement).map_err(PageError::Internal)?;
    csv_file::attachment(&name, file)
}

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
