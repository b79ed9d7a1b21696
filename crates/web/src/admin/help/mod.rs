//! `/help/{page}`: what a page is for, what one can do there, and by which keys. One table; a test asks for every page of the menu.

use askama::Template;
use axum::{Extension, extract::Path, http::StatusCode, response::Response};

use crate::{
    error_page::PageError,
    layout::{Layout, Section, Viewer, page},
};

/// Help for one page.
struct Help {
    /// As its address has it: the page's own, without the slash.
    slug: &'static str,
    title: &'static str,
    /// Where the page is; none where it is a record's or everywhere.
    page: Option<&'static str>,
    what_for: &'static str,
    can_do: &'static [&'static str],
}

/// What a page without help of its own links to.
const GENERAL: &str = "usher";

/// Keys that work on every page, with what they do.
const KEYS: [(&str, &str); 6] = [
    ("/ or Ctrl+K", "go to Find anyone"),
    ("?", "open the help for the page"),
    ("Tab, Shift+Tab", "go to the next or the previous thing"),
    ("Enter", "follow the link, press the button, send the form"),
    (
        "Esc",
        "close what is open: a dialog, a menu, the results of a search",
    ),
    ("↑ and ↓", "go through what a search found"),
];

#[rustfmt::skip]
const HELPS: &[Help] = &[
    Help { slug: GENERAL, title: "Usher", page: None,
        what_for: "Usher takes a person or a company from the first e-mail address to an active customer: it sends the verification link, hears from Sumsub, opens the account and the \
            login, and keeps who did what.",
        can_do: &[
            "Find anyone by name, e-mail address, Telegram, public ID, account or reference: the box stands on every page.",
            "Begin with Needs a person: there is what nobody but you can decide.",
            "A record says at its top what is next, with one button for it.",
            "Whatever you do is in the audit log, with your name and your reason.",
        ] },
    Help { slug: "overview", title: "Overview", page: Some("/"),
        what_for: "How it goes, and what waits: the newest that needs a person, the worklists, and figures over the last days.",
        can_do: &[
            "Follow a number to the list behind it.",
            "Choose 7, 30 or 90 days, and one customer type.",
            "Open a figure's table, or take it as a CSV file.",
        ] },
    Help { slug: "needs-a-person", title: "Needs a person", page: Some("/needs-a-person"),
        what_for: "What the rules leave to a person: a late rejection, a possible duplicate, something that Sumsub says of nobody known.",
        can_do: &[
            "Do what an item offers: most are resolved by it.",
            "Compare possible duplicates side by side, and say whether they are one person. It is remembered.",
            "Resolve an item with a reason when it is done elsewhere.",
            "See under Resolved what was decided, by whom, and why.",
        ] },
    Help { slug: "prospects", title: "Prospects", page: Some("/prospects"),
        what_for: "Everybody who is being onboarded. A prospect goes from New over Started and In review to Approved, and is a customer then; or to Declined, or Closed.",
        can_do: &[
            "Create a prospect with an e-mail address and a customer type; with the tick the verification link goes out at once.",
            "Import many from a CSV file: the preview shows each row's errors before anything is created.",
            "Assign a record to yourself or to a colleague.",
            "See only yours, nobody's or a colleague's records, or those that are snoozed, under More filters.",
            "Filter and sort the list; the address of the page keeps what you chose, so that you can share it.",
            "On a record: do what is next with the button at its top. What is rare or heavy stands under More.",
            "On a record: see why somebody was declined, whether they may try again, and send a retry link.",
            "Print the onboarding file: all that is on record, on one sheet.",
        ] },
    Help { slug: "customers", title: "Customers", page: Some("/customers"),
        what_for: "Everybody who became a customer: what provisioning gave them, their account, their money and proposals.",
        can_do: &[
            "See only yours, nobody's or a colleague's customers under More filters.",
            "See what provisioning did, and try again what failed.",
            "Record a deposit, start a withdrawal, propose credit. Who confirms is another person.",
            "Deactivate somebody for a while, restore who was rejected, close for good; each with a reason.",
            "Print the onboarding file.",
        ] },
    Help { slug: "deposits", title: "Deposits", page: Some("/deposits"),
        what_for: "The money that came in, by whom it was recorded, and where each deposit stands.",
        can_do: &["Filter by status, amount, customer and days.", "Revert a deposit that was a mistake: a counter-entry takes it back."] },
    Help { slug: "withdrawals", title: "Withdrawals", page: Some("/withdrawals"),
        what_for: "The money that goes out. Who starts a withdrawal doesn't confirm it: four eyes see it.",
        can_do: &["Confirm what waits: you see who, why, and the balance before and after.", "Cancel what is not to leave; revert what came back."] },
    Help { slug: "credit-proposals", title: "Credit proposals", page: Some("/credit-proposals"),
        what_for: "Credit that was proposed to customers: each accepts it first, then a second operator decides.",
        can_do: &["Filter by status, amount and customer.", "Approve or deny what the customer has accepted and you have not proposed yourself."] },
    Help { slug: "callbacks", title: "Callbacks", page: Some("/callbacks"),
        what_for: "Everything that Sumsub has sent, with what became of it and why: the proof behind each change of a stage.",
        can_do: &[
            "Filter by outcome, answer and type; open one to read it as it came.",
            "Reprocess what failed or was ignored once its cause is mended.",
            "Point at Approved or Declined to see Sumsub's own word.",
        ] },
    Help { slug: "provisioning", title: "Provisioning", page: Some("/provisioning"),
        what_for: "What is still to be done for somebody who was approved: the login, the account, the mail. Here stands only what waits or failed.",
        can_do: &[
            "Read what a step waits for, in plain words, and when it is tried again by itself.",
            "Retry one, or all that wait for the same thing.",
        ] },
    Help { slug: "ledger", title: "Ledger", page: Some("/ledger"),
        what_for: "The accounts with their balances, down to each entry and the document behind it. Documents and entries are compared all the time.",
        can_do: &["Open a customer type, an account, an entry.", "Follow an entry to its deposit or withdrawal."] },
    Help { slug: "access", title: "Access", page: Some("/access"),
        what_for: "Who works here, as what, and which programs have a token.",
        can_do: &[
            "Add an operator, change a role, disable whoever leaves.",
            "Reset a password, remove a lost second factor.",
            "Create a token for each program, and revoke it alone.",
        ] },
    Help { slug: "audit", title: "Audit log", page: Some("/audit"),
        what_for: "Who did or saw what, when, and whether it was allowed. Entries are sealed in a chain: nobody changes them unseen.",
        can_do: &["Filter by operator, action, decision and record.", "Follow an entry to what it is about; its own page has everybody whose data it showed."] },
    Help { slug: "my-account", title: "My account", page: Some("/me"),
        what_for: "Your own login, and how you are told times.",
        can_do: &[
            "Choose the time zone in which times are told and days are meant.",
            "Change your password, end your other sessions.",
            "Set up a second factor.",
        ] },
];

fn of(slug: &str) -> Option<&'static Help> {
    HELPS.iter().find(|help| help.slug == slug)
}

impl Section {
    /// As the address of its help has it.
    fn slug(self) -> &'static str {
        match self.path() {
            "/" => "overview",
            path => path.trim_start_matches('/'),
        }
    }
}

impl Layout {
    /// Where the help for this page is.
    pub(crate) fn help(&self) -> String {
        let slug = match self.section {
            Some(section) => section.slug(),
            None if self.is_my_account() => "my-account",
            None => GENERAL,
        };
        let known = of(slug).map_or(GENERAL, |help| help.slug);
        format!("/help/{known}")
    }
}

#[derive(Template)]
#[template(path = "admin/help/page.html")]
struct HelpPage {
    layout: Layout,
    help: &'static Help,
    all: Vec<&'static Help>,
}

/// The help for a page.
pub async fn show(
    Extension(viewer): Extension<Viewer>,
    Path(slug): Path<String>,
) -> Result<Response, PageError> {
    let help = of(&slug).ok_or(PageError::NotFound("help"))?;
    let template = HelpPage {
        layout: Layout::new(format!("Help: {}", help.title)).viewed_by(Some(viewer)),
        help,
        all: HELPS
            .iter()
            .filter(|other| other.slug != help.slug)
            .collect(),
    };
    page(StatusCode::OK, &template)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_the_menu_has_its_help() {
        for section in Section::ALL {
            let help = of(section.slug());
            assert!(help.is_some(), "no help for {}", section.path());
            let page = help.and_then(|help| help.page);
            assert!(
                page.is_none_or(|page| page == section.path()),
                "{} is elsewhere",
                section.path()
            );
        }
        assert!(of("my-account").is_some() && of(GENERAL).is_some());
    }

    #[test]
    fn each_help_stands_once_and_says_something() {
        for (place, help) in HELPS.iter().enumerate() {
            let first = HELPS.iter().position(|other| other.slug == help.slug);
            assert_eq!(first, Some(place), "{} stands twice", help.slug);
            assert!(help.what_for.ends_with('.') && !help.can_do.is_empty());
            assert!(
                help.can_do.iter().all(|line| line.ends_with('.')),
                "{}",
                help.slug
            );
        }
    }
}
