//! The form above a list.

use askama::{Template, filters::HtmlSafe};

use crate::format::Choice;

/// The form above a list: what to search for, and what to filter by.
#[derive(Template)]
#[template(path = "parts/filters.html")]
pub struct Filters {
    pub path: &'static str,
    pub search: Search,
    pub fields: Vec<Field>,
    /// What is asked for less often: folded away until something of it is.
    pub more: Vec<Field>,
    /// Sent along, where the list has more than one order.
    pub sort: Option<&'static str>,
    /// Whether the numbers beside the choices change while the page is open.
    pub live: bool,
}

impl HtmlSafe for Filters {}

impl Filters {
    /// How many of the folded ones are set.
    fn more_set(&self) -> usize {
        self.more.iter().filter(|field| field.is_set()).count()
    }
}

/// Something of the form that is filled in or chosen.
#[derive(Template)]
#[template(path = "parts/filter.html")]
pub enum Field {
    /// One of some.
    Choice(Filter),
    /// A day of the calendar.
    Day(Day),
}

impl HtmlSafe for Field {}

impl Field {
    fn is_set(&self) -> bool {
        match self {
            Self::Choice(filter) => filter.choices.iter().any(Choice::is_set),
            Self::Day(day) => !day.value.is_empty(),
        }
    }
}

impl From<Filter> for Field {
    fn from(filter: Filter) -> Self {
        Self::Choice(filter)
    }
}

/// A day to filter by.
pub struct Day {
    /// What it is sent as.
    pub name: &'static str,
    pub label: &'static str,
    /// As it was typed.
    pub value: String,
    /// What is wrong with it.
    pub problem: Option<&'static str>,
}

/// The search box of a list.
pub struct Search {
    /// What it is sent as.
    pub name: &'static str,
    pub label: &'static str,
    /// Characters, at most.
    pub longest: usize,
    /// What was typed.
    pub value: String,
}

/// One thing to filter by.
pub struct Filter {
    /// What it is sent as.
    pub name: &'static str,
    pub label: &'static str,
    pub choices: Vec<Choice>,
}

impl Filter {
    /// With "All" before the choices.
    pub fn new(
        name: &'static str,
        label: &'static str,
        none_chosen: bool,
        choices: impl IntoIterator<Item = Choice>,
    ) -> Self {
        let all = Choice::new("", "All", none_chosen);
        Self {
            name,
            label,
            choices: std::iter::once(all).chain(choices).collect(),
        }
    }
}
