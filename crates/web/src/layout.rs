//! What every page has around it.

mod section;

use access::{Permission, Role, Subject};
use askama::Template;
use axum::{
    http::StatusCode,
    response::{Html, IntoResponse as _, Response},
};
use customer::raised::Count;

use crate::{assets, error_page::PageError};
pub(crate) use section::MenuGroup;
pub use section::Section;

/// The title of `/me`.
pub(crate) const MY_ACCOUNT: &str = "My account";

/// The title of `/for-me`.
pub(crate) const FOR_ME: &str = "For me";

/// Who looks at a page of the panel.
#[derive(Debug, Clone)]
pub struct Viewer {
    /// Whom the domain services ask about.
    pub subject: Subject,
    /// What the corner of the page says; for an operator the e-mail address.
    pub name: String,
    /// The role as of this request.
    pub role: Role,
    /// How many items wait for a person, for who may see them.
    pub waiting: Option<Count>,
    /// How much came in for the operator that is new, for who may see it; a program has no bell.
    pub for_me: Option<Count>,
    /// How far changes were known before the page was made; none of what doesn't look at records.
    pub told: Option<String>,
}

impl Viewer {
    /// Who is in; what stands around a page is looked up for pages alone.
    #[must_use]
    pub fn new(subject: Subject, name: String, role: Role) -> Self {
        Self {
            subject,
            name,
            role,
            waiting: None,
            for_me: None,
            told: None,
        }
    }

    /// Whether to show what needs this permission. The services check it again.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        self.subject.may(permission)
    }

    /// Refuses a page that needs this permission.
    ///
    /// # Errors
    /// When the role lacks it.
    pub fn needs(&self, permission: Permission) -> Result<(), PageError> {
        if self.may(permission) {
            Ok(())
        } else {
            Err(PageError::Forbidden(permission.as_str()))
        }
    }

    /// The role as people say it.
    #[must_use]
    pub fn role_words(&self) -> &'static str {
        self.role.label()
    }
}

/// The part of the portal that a page belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// The first page: `/`.
    Account,
    /// What came and went on the account: `/entries`.
    Entries,
    /// The account's statement: `/statement`.
    Statement,
    /// `/proposals` and below.
    Proposals,
    /// Password and sessions: `/security`.
    Security,
}

impl Place {
    pub(crate) const ALL: [Place; 5] = [
        Place::Account,
        Place::Entries,
        Place::Statement,
        Place::Proposals,
        Place::Security,
    ];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Place::Account => "/",
            Place::Entries => "/entries",
            Place::Statement => "/statement",
            Place::Proposals => "/proposals",
            Place::Security => "/security",
        }
    }

    pub(crate) fn label(self) -> &'static str {
        match self {
            Place::Account => "Account",
            Place::Entries => "Entries",
            Place::Statement => "Statement",
            Place::Proposals => "Proposals",
            Place::Security => "Security",
        }
    }
}

/// What the templates around a page need.
#[derive(Debug, Clone)]
pub struct Layout {
    pub(crate) title: String,
    pub(crate) section: Option<Section>,
    pub(crate) viewer: Option<Viewer>,
    pub(crate) signed_in: bool,
    pub(crate) place: Option<Place>,
    /// What stands in the search of everything.
    pub(crate) searched: String,
}

impl Layout {
    /// A page with this title, seen by nobody in particular.
    #[must_use]
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            section: None,
            viewer: None,
            signed_in: false,
            place: None,
            searched: String::new(),
        }
    }

    /// A page of the portal for who is signed in.
    #[must_use]
    pub fn portal(title: impl Into<String>, place: Place) -> Self {
        Self {
            place: Some(place),
            ..Self::new(title).signed_in()
        }
    }

    /// A page of the panel.
    #[must_use]
    pub fn panel(title: impl Into<String>, section: Section, viewer: &Viewer) -> Self {
        Self {
            section: Some(section),
            ..Self::new(title).viewed_by(Some(viewer.clone()))
        }
    }

    /// A page of the panel that is the operator's own: in the menu no section is.
    #[must_use]
    pub fn own(title: impl Into<String>, viewer: &Viewer) -> Self {
        Self::new(title).viewed_by(Some(viewer.clone()))
    }

    /// Seen by this operator, or by a stranger.
    #[must_use]
    pub fn viewed_by(mut self, viewer: Option<Viewer>) -> Self {
        self.viewer = viewer;
        self
    }

    /// With this in the search of everything.
    #[must_use]
    pub fn searching(mut self, typed: String) -> Self {
        self.searched = typed;
        self
    }

    /// Seen by a customer who is signed in: shows "Sign out".
    #[must_use]
    pub fn signed_in(mut self) -> Self {
        self.signed_in = true;
        self
    }

    pub(crate) fn css(&self) -> &'static str {
        assets::css()
    }

    pub(crate) fn js(&self) -> &'static str {
        assets::js()
    }

    pub(crate) fn icon(&self) -> &'static str {
        assets::icon()
    }

    /// Whether the page is the operator's own: in the menu no section is.
    pub(crate) fn is_my_account(&self) -> bool {
        self.section.is_none() && self.title == MY_ACCOUNT
    }

    /// Whether the page is what the bell leads to.
    pub(crate) fn is_for_me(&self) -> bool {
        self.section.is_none() && self.title == FOR_ME
    }

    pub(crate) fn places(&self) -> &'static [Place] {
        match self.place {
            Some(_) => &Place::ALL,
            None => &[],
        }
    }

    pub(crate) fn is_here(&self, place: &Place) -> bool {
        self.place == Some(*place)
    }

    /// The menu, in its groups: the word above each, where it has one.
    pub(crate) fn menu(&self, viewer: &Viewer) -> Vec<MenuGroup> {
        MenuGroup::all(|section| viewer.may(section.permission()))
    }

    /// Whether there is anything that the viewer could find.
    pub(crate) fn may_search(&self, viewer: &Viewer) -> bool {
        viewer.may(Permission::CustomerRead) || viewer.may(Permission::DepositRead)
    }

    /// How far changes were known before the page was made: its stream of changes begins there, or the page looks once more.
    pub(crate) fn told(&self) -> Option<&str> {
        self.viewer.as_ref()?.told.as_deref()
    }

    /// What stands beside a section: how many items wait there.
    pub(crate) fn count(&self, section: &Section, viewer: &Viewer) -> Option<Count> {
        viewer.waiting.filter(|_| *section == Section::NeedsAPerson)
    }

    pub(crate) fn is_current(&self, section: &Section) -> bool {
        self.section == Some(*section)
    }
}

/// A rendered page with its status.
///
/// # Errors
/// When the template fails.
pub fn page<T: Template>(status: StatusCode, template: &T) -> Result<Response, PageError> {
    Ok((status, Html(template.render()?)).into_response())
}
