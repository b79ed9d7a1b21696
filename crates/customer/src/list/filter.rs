//! What the lists are narrowed down to.

use access::{AuditAction, AuditObject, ObjectKind};
use chrono::{DateTime, Utc};
use kernel::Cursor;
use sqlx::{Postgres, QueryBuilder};

use super::{
    Assigned, Attention, CustomerRow, ProspectRow, Snoozed,
    query::{Narrowed, Order},
    rows::{StoredCustomer, StoredProspect},
    search::SearchPatterns,
};
use crate::primitives::{Activity, CustomerType, Stage};

/// What the list of prospects is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct ProspectFilter {
    /// Only those who wait for this.
    pub attention: Option<Attention>,
    /// Only those at this stage.
    pub stage: Option<Stage>,
    /// Only those of this customer type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, words of the name,
    /// or the public id; whole ones in any form that people copy.
    pub search: Option<String>,
    /// Only those that were created then.
    pub created: Created,
    /// Only those that stand at their stage since then, or longer.
    pub in_stage_since: Option<DateTime<Utc>>,
    /// Only those whom Sumsub declined with this label, as long as the answer stands.
    pub reason: Option<String>,
    /// Only those that are theirs.
    pub assigned: Option<Assigned>,
    /// Only those that are snoozed, or all but those.
    pub snoozed: Option<Snoozed>,
}

/// What the list of customers is narrowed down to.
#[derive(Debug, Clone, Default)]
pub struct CustomerFilter {
    /// Only those with this activity.
    pub activity: Option<Activity>,
    /// Only those who have access ([`Activity::has_access`]).
    pub has_access: bool,
    /// Only those of this customer type.
    pub customer_type: Option<CustomerType>,
    /// A part of the e-mail or of the Telegram handle (of one or two characters: its beginning), in any case, words of the name,
    /// or the public id; whole ones in any form that people copy.
    pub search: Option<String>,
    /// Only those that were converted then.
    pub created: Created,
    /// Only those that are theirs.
    pub assigned: Option<Assigned>,
}

/// A time between two moments; an end that is missing is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Created {
    /// Not before this.
    pub from: Option<DateTime<Utc>>,
    /// Before this moment.
    pub before: Option<DateTime<Utc>>,
}

impl Created {
    fn narrow(self, query: &mut QueryBuilder<'static, Postgres>, created_at: &str) {
        if let Some(from) = self.from {
            query.push(" AND ").push(created_at);
            query.push(" >= ").push_bind(from);
        }
        if let Some(before) = self.before {
            query.push(" AND ").push(created_at);
            query.push(" < ").push_bind(before);
        }
    }
}

impl ProspectFilter {
    /// Whether it asks for nothing but stage and type: how many there are of these is kept.
    pub(super) fn is_counted(&self) -> bool {
        self.attention.is_none()
            && SearchPatterns::parse(self.search.as_ref()).exact.is_none()
            && self.created == Created::default()
            && self.in_stage_since.is_none()
            && self.reason.is_none()
            && self.assigned.is_none()
            && self.snoozed.is_none()
    }
}

impl CustomerFilter {
    /// Whether it asks for nothing but activity and type: how many there are of these is kept.
    pub(super) fn is_counted(&self) -> bool {
        SearchPatterns::parse(self.search.as_ref()).exact.is_none()
            && self.created == Created::default()
            && self.assigned.is_none()
    }
}

impl Narrowed for ProspectFilter {
    type Stored = StoredProspect;
    type Row = ProspectRow;

    const DOWNLOAD: AuditAction = AuditAction::ProspectDownload;
    const COLUMNS: &'static str = "id, public_id, name, email, customer_type, created_at, stage, kyc_status, stage_since, assignee, \
         CASE WHEN kyc_status = 'declined'
             THEN ARRAY(SELECT l.label FROM prospect_reject_labels AS l WHERE l.prospect_id = prospects.id ORDER BY l.label)
             ELSE '{}' END AS reasons";
    const TABLE: &'static str = "prospects";

    fn order(&self) -> Order {
        if self.reason.is_some() {
            // Those with a label stand in the list's order beside it.
            Order {
                created_at: "prospect_created_at",
                id: "prospect_id",
            }
        } else {
            Order::OF_THE_TABLE
        }
    }

    fn join(&self, query: &mut QueryBuilder<'static, Postgres>) {
        if let Some(reason) = &self.reason {
            query.push(" JOIN prospect_reject_labels ON prospect_id = id AND label = ");
            query.push_bind(reason.clone());
        }
    }

    fn narrow(&self, query: &mut QueryBuilder<'static, Postgres>) {
        if let Some(stage) = self.stage {
            query.push(" AND stage = ").push_bind(stage.name());
        }
        if let Some(customer_type) = self.customer_type {
            query
                .push(" AND customer_type = ")
                .push_bind(customer_type.name());
        }
        query.push(match self.attention {
            None => "",
            Some(Attention::DeclinedWithRetry) => {
                " AND stage = 'kyc_declined' AND reject_type = 'RETRY'"
            }
            Some(Attention::LinkEnded) => {
                " AND stage IN ('new', 'kyc_started') AND link_ends_at < now()"
            }
            Some(Attention::Unanswered) => {
                " AND id = ANY (ARRAY (SELECT prospect_id FROM refreshes WHERE failures > 0))"
            }
        });
        self.created.narrow(query, self.order().created_at);
        if let Some(since) = self.in_stage_since {
            query.push(" AND stage_since <= ").push_bind(since);
            // The index has them by stage and type (one by the time alone would tempt those who look for the oldest of a stage).
            if self.stage.is_none() {
                let all: Vec<&str> = Stage::ALL.iter().map(|stage| stage.name()).collect();
                query.push(" AND stage = ANY (").push_bind(all).push(")");
            }
            if self.customer_type.is_none() {
                let all = CustomerType::ALL.iter().map(|of| of.name());
                query.push(" AND customer_type = ANY (");
                query.push_bind(all.collect::<Vec<&str>>()).push(")");
            }
            // Nobody stands longer at a stage than there is a record: so the list is read from there on.
            query.push(" AND ").push(self.order().created_at);
            query.push(" <= ").push_bind(since);
        }
        if let Some(assigned) = self.assigned {
            assigned.narrow(query);
        }
        if let Some(snoozed) = self.snoozed {
            snoozed.narrow(query);
        }
        search(query, self.search.as_ref());
    }

    fn place(row: &ProspectRow) -> Cursor {
        row.cursor()
    }

    fn object(row: &ProspectRow) -> AuditObject {
        ObjectKind::Prospect.id(row.id)
    }
}

impl Narrowed for CustomerFilter {
    type Stored = StoredCustomer;
    type Row = CustomerRow;

    const DOWNLOAD: AuditAction = AuditAction::CustomerDownload;
    const COLUMNS: &'static str = "id, public_id, name, email, customer_type, created_at, level, verification, activity, assignee";
    const TABLE: &'static str = "customers";

    fn narrow(&self, query: &mut QueryBuilder<'static, Postgres>) {
        if let Some(activity) = self.activity {
            query.push(" AND activity = ").push_bind(activity.name());
        }
        if let Some(customer_type) = self.customer_type {
            query
                .push(" AND customer_type = ")
                .push_bind(customer_type.name());
        }
        if self.has_access {
            query.push(" AND activity IN ('pending', 'active')");
        }
        if let Some(assigned) = self.assigned {
            assigned.narrow(query);
        }
        self.created.narrow(query, self.order().created_at);
        search(query, self.search.as_ref());
    }

    fn place(row: &CustomerRow) -> Cursor {
        row.cursor()
    }

    fn object(row: &CustomerRow) -> AuditObject {
        ObjectKind::Customer.id(row.id)
    }
}

fn search(query: &mut QueryBuilder<'static, Postgres>, typed: Option<&String>) {
    let SearchPatterns {
        exact: Some(exact),
        email,
        telegram,
        names,
    } = SearchPatterns::parse(typed)
    else {
        return;
    };
    query.push(" AND (public_id = ").push_bind(exact);
    query
        .push(" OR lower(email COLLATE \"C\") LIKE ")
        .push_bind(email);
    query.push(" OR telegram_handle LIKE ").push_bind(telegram);
    query.push(" OR (");
    for (nth, name) in names.iter().enumerate() {
        // Of fewer words the first stands for the others, too.
        if nth == 0 || *name != names[0] {
            query.push(if nth == 0 { "" } else { " AND " });
            query.push("name_key LIKE ").push_bind(name.clone());
        }
    }
    query.push("))");
}
