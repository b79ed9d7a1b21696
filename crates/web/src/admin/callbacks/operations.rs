//! "Reprocess": judging a callback again.

use access::Permission;
use kernel::Error;

use super::page::CallbackPage;
use crate::{
    admin::{
        AdminState,
        dialog::Asks,
        operation::{Offered, Operation, Performed, Sent, Words},
    },
    error_page::PageError,
    layout::Viewer,
};

/// Judges a callback again.
#[derive(Debug, Clone, Copy)]
pub struct Reprocess;

impl Operation for Reprocess {
    /// The callback's number.
    type Address = String;
    type Subject = CallbackPage;
    const ALL: &'static [Self] = &[Self];

    fn named(_: &String) -> Option<Self> {
        Some(Self)
    }

    fn words(self) -> Words {
        Words {
            slug: "reprocess",
            button: "Reprocess",
            heading: "Reprocess callback",
            consequence: "It is judged again, as things stand now. What it says can move the prospect or the customer.",
            done: "It is judged again; reload the page to see what came of it.",
            asks: Asks::Nothing,
            permission: Permission::CustomerUpdate,
            grave: false,
        }
    }

    async fn find(
        self,
        state: &AdminState,
        viewer: &Viewer,
        id: &String,
        _sent: &Sent,
    ) -> Result<CallbackPage, PageError> {
        CallbackPage::find(state, viewer, id).await
    }

    async fn offered(
        self,
        _state: &AdminState,
        _viewer: &Viewer,
        callback: &CallbackPage,
    ) -> Result<Offered, PageError> {
        Ok(callback.reprocessable())
    }

    fn button_id(self, _callback: &CallbackPage) -> String {
        self.words().slug.to_owned()
    }

    async fn perform(
        self,
        state: &AdminState,
        viewer: &Viewer,
        callback: &CallbackPage,
        _sent: &Sent,
    ) -> Result<Performed, Error> {
        let id = callback.id();
        let done = state.onboarding.reprocess(&viewer.subject, id).await;
        done.map(Performed::from)
    }
}
