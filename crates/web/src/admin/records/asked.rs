//! What each of the two lists makes of what is asked for: its filter, and the columns that nobody chose.

use customer::{
    list::{CustomerFilter, ProspectFilter},
    primitives::{Activity, CustomerType, Stage},
};

use super::{columns::Column, in_stage::InStage, query::Asked};

impl Asked<Stage, CustomerType> {
    /// What the list of prospects is narrowed down to.
    pub fn filter(&self) -> ProspectFilter {
        ProspectFilter {
            attention: self.attention,
            stage: self.state,
            customer_type: self.customer_type,
            search: self.searched(),
            created: self.created(),
            in_stage_since: self.in_stage.map(InStage::since),
            reason: self.declined_for(),
        }
    }

    /// The columns of the list of prospects that nobody chose. Of those that Sumsub declined the KYC status says nothing, but the
    /// reason does.
    pub fn usual_columns(&self) -> Vec<Column> {
        let since = self.state.is_some() || self.in_stage.is_some();
        let reason = self.state == Some(Stage::KycDeclined) || !self.reason.is_empty();
        let shown = |column: &Column| match column {
            Column::Since => since,
            Column::Reason => reason,
            Column::Verification => !reason,
            _ => true,
        };
        Column::OF_PROSPECTS.iter().copied().filter(shown).collect()
    }
}

impl Asked<Activity, CustomerType> {
    /// What the list of customers is narrowed down to.
    pub fn filter(&self) -> CustomerFilter {
        CustomerFilter {
            activity: self.state,
            customer_type: self.customer_type,
            search: self.searched(),
            created: self.created(),
            ..CustomerFilter::default()
        }
    }

    /// The columns of the list of customers that nobody chose.
    pub fn usual_columns(&self) -> Vec<Column> {
        Column::OF_CUSTOMERS.to_vec()
    }
}
