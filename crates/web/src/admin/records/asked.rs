//! What each of the two lists makes of what is asked for: its filter, and the columns that nobody chose.

use customer::{
    list::{Assigned, CustomerFilter, ProspectFilter},
    primitives::{Activity, CustomerType, Stage},
};

use super::{columns::Column, in_stage::InStage, query::Asked};
use crate::{admin::AdminState, error_page::PageError, layout::Viewer};

impl<S, T> Asked<S, T> {
    async fn assigned_to(
        &self,
        state: &AdminState,
        viewer: &Viewer,
    ) -> Result<Option<Assigned>, PageError> {
        match self.assigned {
            Some(assigned) => assigned.of(state, viewer).await.map(Some),
            None => Ok(None),
        }
    }
}

impl Asked<Stage, CustomerType> {
    /// What the list of prospects is narrowed down to, for who looks.
    ///
    /// # Errors
    /// When there is no such colleague to filter by, or the database does not answer.
    pub async fn filter(
        &self,
        state: &AdminState,
        viewer: &Viewer,
    ) -> Result<ProspectFilter, PageError> {
        Ok(ProspectFilter {
            attention: self.attention,
            stage: self.state,
            customer_type: self.customer_type,
            search: self.searched(),
            created: self.created(),
            in_stage_since: self.in_stage.map(InStage::since),
            reason: self.declined_for(),
            assigned: self.assigned_to(state, viewer).await?,
            snoozed: self.snoozed,
        })
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
            Column::Assignee => false,
            _ => true,
        };
        Column::OF_PROSPECTS.iter().copied().filter(shown).collect()
    }
}

impl Asked<Activity, CustomerType> {
    /// What the list of customers is narrowed down to, for who looks.
    ///
    /// # Errors
    /// When there is no such colleague to filter by, or the database does not answer.
    pub async fn filter(
        &self,
        state: &AdminState,
        viewer: &Viewer,
    ) -> Result<CustomerFilter, PageError> {
        Ok(CustomerFilter {
            activity: self.state,
            customer_type: self.customer_type,
            search: self.searched(),
            created: self.created(),
            assigned: self.assigned_to(state, viewer).await?,
            ..CustomerFilter::default()
        })
    }

    /// The columns of the list of customers that nobody chose.
    pub fn usual_columns(&self) -> Vec<Column> {
        let all = Column::OF_CUSTOMERS.iter().copied();
        all.filter(|column| *column != Column::Assignee).collect()
    }
}
