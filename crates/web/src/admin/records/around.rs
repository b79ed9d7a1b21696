//! What stands around a list of prospects or customers: its columns, the operator's views, and what can be done with all of it.

use access::KeptLists;
use customer::list::Extent;

use super::{
    columns::Column,
    kept::{CUSTOMERS, PROSPECTS},
    query::Asked,
};
use crate::{
    admin::AdminState,
    error_page::PageError,
    layout::Viewer,
    list::{Tick, Tools, Views, place_in_list},
};

/// A column, and what it is called.
pub struct Shown {
    pub column: Column,
    pub label: &'static str,
}

/// What an operator keeps of a list, and what can be done with it.
pub struct Around {
    pub columns: Vec<Shown>,
    pub views: Views,
    pub tools: Tools,
}

/// A list, as what stands around it knows it.
pub struct Kind {
    pub list: &'static str,
    pub all: &'static [Column],
    pub label: fn(Column) -> &'static str,
}

impl Kind {
    pub const PROSPECTS: Self = Self {
        list: PROSPECTS,
        all: Column::OF_PROSPECTS,
        label: Column::of_prospects,
    };
    pub const CUSTOMERS: Self = Self {
        list: CUSTOMERS,
        all: Column::OF_CUSTOMERS,
        label: Column::of_customers,
    };
}

impl Around {
    /// What stands around the list as it is asked for; `usual` are its columns as long as nobody chose others.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of<S, T>(
        state: &AdminState,
        viewer: &Viewer,
        kind: Kind,
        (asked, usual): (&Asked<S, T>, Vec<Column>),
        extent: &Extent,
    ) -> Result<Self, PageError> {
        let kept = KeptLists::new(state.pool.clone());
        let subject = &viewer.subject;
        let (chosen, views) = tokio::try_join!(
            kept.columns(subject, kind.list),
            kept.views(subject, kind.list)
        )?;
        let columns = Column::chosen(kind.all, chosen.as_deref(), usual);
        let view = asked.view();
        let views = Views::of(asked.address.path(), views, &view);
        let choices = kind.all.iter().filter(|column| column.is_a_choice());
        let ticks = choices.map(|column| Tick {
            name: column.name(),
            label: (kind.label)(*column),
            chosen: columns.contains(column),
        });
        Ok(Self {
            tools: Tools {
                place: place_in_list(extent),
                list: kind.list,
                back: asked.here(),
                columns: ticks.collect(),
                here: views.here().map(|here| (here.id, here.name.clone())),
                view,
                searched: asked.searched().is_some(),
                file: (extent.here > 0).then(|| asked.file()),
            },
            views,
            columns: columns
                .into_iter()
                .map(|column| Shown {
                    column,
                    label: (kind.label)(column),
                })
                .collect(),
        })
    }
}
