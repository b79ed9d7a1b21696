//! `/customers/{public id}` and its tabs: one customer, with what provisioning does, its money, and what operators do to it.

use askama::Template;
use axum::{
    Extension, Router,
    extract::{Path, Query, State},
    http::HeaderMap,
    response::Response,
    routing::{MethodRouter, get},
};
use uuid::Uuid;

use super::{
    operations::CustomerOperation,
    summary::Summary,
    tab::Tab,
    tabs::{DocumentsTab, HistoryTab, MoneyTab, OverviewTab, VerificationTab},
};
use crate::{
    admin::{
        AdminState,
        credit::operations::CreditOperation,
        deposits::operations::MoneyOperation,
        dialog::{Dialog, Said},
        for_me,
        needs_a_person::raised::Items,
        next_one,
        operation::{Beside, Done, Subject},
    },
    error_page::PageError,
    layout::{Layout, Section, Viewer, page},
};

pub use super::record::CustomerRecord;

#[derive(Template)]
#[template(path = "admin/customers/page.html")]
struct CustomerPage {
    layout: Layout,
    said: Option<Said>,
    id: Uuid,
    public_id: String,
    summary: Summary,
    body: Body,
    dialog: Option<Dialog>,
}

/// What a tab shows.
enum Body {
    Overview(Box<OverviewTab>),
    Money(Box<MoneyTab>),
    Verification(Box<VerificationTab>),
    Documents(DocumentsTab),
    History(HistoryTab),
}

/// The tabs, each at its own address.
pub fn tabs() -> Router<AdminState> {
    Router::new()
        .route("/customers/{public_id}", at(Tab::Overview))
        .route("/customers/{public_id}/money", at(Tab::Money))
        .route("/customers/{public_id}/verification", at(Tab::Verification))
        .route("/customers/{public_id}/documents", at(Tab::Documents))
        .route("/customers/{public_id}/history", at(Tab::History))
}

/// The page of one customer at a tab, with what has just been done to it.
fn at(tab: Tab) -> MethodRouter<AdminState> {
    let show = move |State(state): State<AdminState>,
                     Extension(viewer): Extension<Viewer>,
                     Path(public_id): Path<String>,
                     Query(done): Query<Done>,
                     headers: HeaderMap| async move {
        shown(tab, (&state, &viewer), &public_id, &done, &headers).await
    };
    get(show)
}

async fn shown(
    tab: Tab,
    (state, viewer): (&AdminState, &Viewer),
    public_id: &str,
    done: &Done,
    headers: &HeaderMap,
) -> Result<Response, PageError> {
    let record = CustomerRecord::find(state, viewer, public_id).await?;
    let record = CustomerRecord { tab, ..record };
    for_me::seen(state, viewer, headers, record.customer.id.into()).await;
    let said = done
        .said::<CustomerOperation>()
        .or_else(|| done.said::<MoneyOperation>())
        .or_else(|| done.said::<CreditOperation>());
    let mut beside = Beside::saying(said);
    let from = record.from().unwrap_or_default();
    next_one::offer(state, viewer, done, &from, &mut beside).await;
    record.render(state, viewer, beside).await
}

impl Subject for CustomerRecord {
    fn path(&self) -> String {
        self.tab.path(&self.own_path())
    }

    fn record_path(&self) -> String {
        self.own_path()
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        mut beside: Beside,
    ) -> Result<Response, PageError> {
        let beside = &mut beside;
        let (id, public_id) = (
            Uuid::from(self.customer.id),
            self.customer.public_id.to_string(),
        );
        let onboarding = &state.onboarding;
        let raised = onboarding.raised_about_many(&viewer.subject, &[id]).await?;
        let title = self.prospect.name().or_else(|| self.customer.email());
        let title = title.unwrap_or_else(|| format!("Customer {public_id}"));
        let title = match self.tab {
            Tab::Overview => title,
            tab => format!("{title}: {}", tab.label()),
        };
        let cause = raised.first().map(|item| item.cause.clone());
        let summary = Summary::of(state, viewer, &self, cause.as_deref(), beside).await?;
        let body = match self.tab {
            Tab::Overview => {
                let raised = Items::of(raised, viewer, self.own_path());
                let tab = OverviewTab::of(state, viewer, &self, raised, beside).await?;
                Body::Overview(Box::new(tab))
            }
            Tab::Money => {
                let tab = MoneyTab::of(state, viewer, &self, beside).await?;
                Body::Money(Box::new(tab))
            }
            Tab::Verification => {
                let tab = VerificationTab::of(state, viewer, &self, beside).await?;
                Body::Verification(Box::new(tab))
            }
            Tab::Documents => Body::Documents(DocumentsTab::of(state, viewer, &self)),
            Tab::History => Body::History(HistoryTab::of(state, viewer, &self).await?),
        };
        let template = CustomerPage {
            layout: Layout::panel(title, Section::Customers, viewer),
            id,
            public_id,
            summary,
            body,
            said: beside.rest(),
            dialog: beside.dialog.take(),
        };
        page(beside.status, &template)
    }
}
