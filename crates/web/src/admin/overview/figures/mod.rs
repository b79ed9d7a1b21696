//! The figures of the overview, from what the domain keeps.

mod funnels;
mod reasons;
mod times;

use access::ActorNames;
use customer::{primitives::CustomerType, statistics::Statistics};

use super::{
    asked::Asked,
    figure::{Bar, Figure, Table},
};
use crate::{admin::AdminState, error_page::PageError};

/// More bars say less; the table has all.
const BARS: usize = 10;

/// The figures of the overview, by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    Funnel,
    TimeInStage,
    Reasons,
    Provisioning,
    CustomerTypes,
    Operators,
}

impl Which {
    /// In the order in which they stand on the page.
    pub const ALL: [Which; 6] = [
        Which::Funnel,
        Which::TimeInStage,
        Which::Reasons,
        Which::Provisioning,
        Which::CustomerTypes,
        Which::Operators,
    ];

    /// Its name in addresses.
    pub fn id(self) -> &'static str {
        match self {
            Which::Funnel => "funnel",
            Which::TimeInStage => "time-in-stage",
            Which::Reasons => "reasons",
            Which::Provisioning => "provisioning-times",
            Which::CustomerTypes => "customer-types",
            Which::Operators => "operators",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Which::Funnel => "Funnel",
            Which::TimeInStage => "Time in stage",
            Which::Reasons => "Reasons",
            Which::Provisioning => "Provisioning times",
            Which::CustomerTypes => "By customer type",
            Which::Operators => "By operator",
        }
    }
}

/// What all figures of a page are made of.
pub struct Source<'a> {
    told: &'a Statistics,
    asked: Asked,
    of: Option<CustomerType>,
    names: ActorNames,
}

impl<'a> Source<'a> {
    /// With the names of those who created prospects.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(
        state: &AdminState,
        told: &'a Statistics,
        asked: Asked,
    ) -> Result<Self, PageError> {
        let of = asked.customer_type;
        let operators = told.funnel_by_operator(of).into_iter();
        Ok(Self {
            told,
            asked,
            of,
            names: state.names(operators.map(|(who, _)| who)).await?,
        })
    }

    /// One of the figures.
    pub fn figure(&self, which: Which) -> Figure {
        let (says, nothing, bars, table) = match which {
            Which::Funnel => self.funnel(),
            Which::TimeInStage => self.time_in_stage(),
            Which::Reasons => self.reasons(),
            Which::Provisioning => self.provisioning(),
            Which::CustomerTypes => self.customer_types(),
            Which::Operators => self.operators(),
        };
        Figure {
            id: which.id(),
            heading: which.heading(),
            says,
            nothing,
            bars,
            table,
            file: self.asked.address(&format!("/overview/{}.csv", which.id())),
        }
    }

    fn days(&self) -> String {
        format!("the last {}", self.told.period.label())
    }
}

/// What a figure says, what stands there when there is nothing, its bars and its table.
type Parts = (String, &'static str, Vec<Bar>, Table);
