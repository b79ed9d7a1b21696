//! "Resolve": taking an item from the list; and what somebody decides of two records that look like one person.

use access::Permission;
use axum::{extract::Query, http::Uri, response::Response};
use customer::duplicates::Decision;
use kernel::Error;

use super::{comparison::Comparison, page};
use crate::{
    admin::{
        AdminState,
        dialog::Asks,
        login,
        operation::{Beside, Operation, Performed, Sent, Subject, Words},
        overview,
    },
    error_page::PageError,
    layout::Viewer,
};

/// What is done to a raised item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RaisedOperation {
    /// Takes it from the list, with the reason.
    Resolve,
    /// The two records that it names are one person.
    SamePerson,
    /// They are two people: the pair is not raised again.
    DifferentPeople,
}

/// A raised item. "Back" and "Confirm" lead to where its dialog was opened.
pub struct RaisedItem {
    id: i64,
    from: String,
    /// The two records that it names, side by side, when that is what is decided.
    comparison: Option<Comparison>,
}

impl Operation for RaisedOperation {
    /// The item's number, and the slug.
    type Address = (i64, String);
    type Subject = RaisedItem;
    const ALL: &'static [Self] = &[Self::Resolve, Self::SamePerson, Self::DifferentPeople];

    fn named((_, slug): &Self::Address) -> Option<Self> {
        let mut all = Self::ALL.iter().copied();
        all.find(|operation| operation.words().slug == slug)
    }

    #[rustfmt::skip]
    fn words(self) -> Words {
        let words = |slug, button, consequence, done, asks| Words {
            slug, button, heading: button, consequence, done, asks,
            permission: Permission::CustomerUpdate,
            grave: false,
        };
        match self {
            Self::Resolve => words("resolve", "Resolve",
                "The item leaves the list. The reason stays with it.",
                "", Asks::Reason),
            Self::SamePerson => words("same-person", "Same person",
                "Nothing is closed yet: the decision is written down, and closing the newer record is offered next.",
                "It is written down that they are the same person. Close the newer record.", Asks::Why),
            Self::DifferentPeople => words("different-people", "Different people",
                "The pair leaves the list, and is not raised again.",
                "It is written down that they are different people.", Asks::Why),
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        (id, _): &Self::Address,
        sent: &Sent,
    ) -> Result<RaisedItem, PageError> {
        let mut comparison = None;
        if self != Self::Resolve
            && let Some(pair) = state.onboarding.raised_pair(&viewer.subject, *id).await?
        {
            let records = state.onboarding.prospects(&viewer.subject, &pair).await?;
            let pair = records.get(&pair[0]).zip(records.get(&pair[1]));
            comparison = pair.map(|(one, other)| Comparison::of(one, other));
        }
        Ok(RaisedItem {
            id: *id,
            from: login::local(Some(&sent.from)).to_owned(),
            comparison,
        })
    }

    async fn facts(
        self,
        _state: &AdminState,
        item: &RaisedItem,
    ) -> Result<Vec<(&'static str, String)>, PageError> {
        let facts = item.comparison.iter().flat_map(|it| &it.facts);
        Ok(facts.map(|fact| (fact.label, fact.line())).collect())
    }

    fn hidden(self, item: &RaisedItem, _sent: &Sent) -> Vec<(&'static str, String)> {
        vec![("from", item.from.clone())]
    }

    fn button_id(self, item: &RaisedItem) -> String {
        match self {
            Self::Resolve => format!("resolve-{}", item.id),
            _ => format!("act-{}-{}", self.words().slug, item.id),
        }
    }

    /// What is resolved has left the page: that says it. A decision is said there.
    fn done_address(self, item: &RaisedItem) -> String {
        let from = &item.from;
        match self {
            Self::Resolve => from.clone(),
            _ => {
                let joint = if from.contains('?') { '&' } else { '?' };
                format!("{from}{joint}done={}#done", self.words().slug)
            }
        }
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        item: &RaisedItem,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (onboarding, who, id) = (&state.onboarding, &viewer.subject, item.id);
        let decide = |decision| onboarding.decide_duplicate(who, id, decision, &sent.reason);
        match self {
            Self::Resolve => onboarding.resolve(who, id, &sent.value).await,
            Self::SamePerson => decide(Decision::SamePerson).await,
            Self::DifferentPeople => decide(Decision::DifferentPeople).await,
        }
        .map(Performed::from)
    }
}

impl Subject for RaisedItem {
    fn path(&self) -> String {
        self.from.clone()
    }

    /// On the list where it was opened, else on the first page.
    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        let list = self.from.parse::<Uri>().ok();
        let list = list.filter(|uri| uri.path() == page::PATH);
        match list.and_then(|uri| Query::try_from_uri(&uri).ok()) {
            Some(Query(query)) => page::render(state, viewer, query, beside).await,
            None => overview::page::render(state, viewer, beside).await,
        }
    }
}
