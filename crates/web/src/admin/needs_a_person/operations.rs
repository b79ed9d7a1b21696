//! "Resolve": taking an item from the list.

use access::Permission;
use axum::response::Response;
use kernel::Error;

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

/// Takes an item from the list, with the reason.
#[derive(Debug, Clone, Copy)]
pub struct Resolve;

/// A raised item. Its dialog stands on the first page; "Back" and "Confirm" lead to where it was opened.
pub struct RaisedItem {
    id: i64,
    from: String,
}

impl Operation for Resolve {
    /// The item's number.
    type Address = i64;
    type Subject = RaisedItem;
    const ALL: &'static [Self] = &[Self];

    fn named(_: &i64) -> Option<Self> {
        Some(Self)
    }

    fn words(self) -> Words {
        Words {
            slug: "resolve",
            button: "Resolve",
            heading: "Resolve",
            consequence: "The item leaves the list. The reason stays with it.",
            done: "",
            asks: Asks::Reason,
            permission: Permission::CustomerUpdate,
            grave: false,
        }
    }

    async fn find(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        id: &i64,
        sent: &Sent,
    ) -> Result<RaisedItem, PageError> {
        Ok(RaisedItem {
            id: *id,
            from: login::local(Some(&sent.from)).to_owned(),
        })
    }

    fn hidden(self, item: &RaisedItem, _sent: &Sent) -> Vec<(&'static str, String)> {
        vec![("from", item.from.clone())]
    }

    fn button_id(self, item: &RaisedItem) -> String {
        format!("resolve-{}", item.id)
    }

    /// The item has left the page: that says it.
    fn done_address(self, item: &RaisedItem) -> String {
        item.from.clone()
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        item: &RaisedItem,
        sent: &Sent,
    ) -> Result<Performed, Error> {
        let (who, reason) = (&viewer.subject, &sent.value);
        let done = state.onboarding.resolve(who, item.id, reason).await;
        done.map(Performed::from)
    }
}

impl Subject for RaisedItem {
    fn path(&self) -> String {
        self.from.clone()
    }

    async fn render(
        self,
        state: &AdminState,
        viewer: &Viewer,
        beside: Beside,
    ) -> Result<Response, PageError> {
        overview::page::render(state, viewer, beside).await
    }
}
