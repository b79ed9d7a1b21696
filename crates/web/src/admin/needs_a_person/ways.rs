//! What resolves an item, as buttons: the operations of the record, of the callback or of the item itself, by the table of causes.

use access::Permission;
use customer::raised::{RaisedItem, RaisedRecord, Remedy};

use super::{operations::RaisedOperation, raised::Record};
use crate::{
    admin::{
        callbacks::operations::Reprocess,
        customers::operations::CustomerOperation,
        operation::{Operation as _, Words},
        prospects::operations::ProspectOperation,
        records::operations::RecordOperation,
    },
    layout::Viewer,
};

/// A button, or a link that looks like one.
pub struct Way {
    /// The id of the button.
    pub id: String,
    pub words: String,
    pub address: String,
    pub kind: Kind,
    /// It is what people mostly want, takes something away, or neither.
    pub class: &'static str,
}

/// What pressing it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It leads to a page.
    Link,
    /// It opens a dialog.
    Asks,
    /// It is done at once.
    AtOnce,
}

/// What resolves this item on the page at `from`, for who may do it; the first is the one that people mostly want. On the page of the
/// record its own operations are at hand already.
pub fn of(item: &RaisedItem, viewer: &Viewer, from: &str) -> Vec<Way> {
    let to_close = item
        .to_close()
        .and_then(|record| on_record(Remedy::Close, record, viewer))
        .map(|way| Way {
            words: format!(
                "{} {}",
                way.words,
                item.to_close().map_or("", |it| &it.public_id)
            ),
            ..way
        });
    let remedies = item.remedies();
    let offered = remedies
        .iter()
        .filter_map(|remedy| way(*remedy, item, viewer, from));
    let mut ways: Vec<Way> = to_close.into_iter().chain(offered).collect();
    for (number, way) in ways.iter_mut().enumerate() {
        way.id = format!("{}-{}", way.id, item.id);
        if number == 0 && way.class.is_empty() {
            way.class = "primary";
        }
    }
    ways
}

fn way(remedy: Remedy, item: &RaisedItem, viewer: &Viewer, from: &str) -> Option<Way> {
    match remedy {
        Remedy::OpenCallback => {
            let callback = item.callback?;
            Some(link(
                "callback",
                "Open callback",
                format!("/callbacks/{callback}"),
            ))
        }
        Remedy::NewProspect => viewer.may(Permission::CustomerCreate).then(|| {
            link(
                "new-prospect",
                "Create a prospect",
                "/prospects/new".to_owned(),
            )
        }),
        Remedy::Reprocess => {
            let address = format!("/callbacks/{}/reprocess", item.callback?);
            button(Reprocess.words(), address, Kind::Asks, viewer)
        }
        Remedy::DifferentPeople => on_item(RaisedOperation::DifferentPeople, item, viewer),
        Remedy::SamePerson => on_item(RaisedOperation::SamePerson, item, viewer),
        _ => {
            let about = item.about.as_ref()?;
            let here = Record::address_of(about) == from;
            (!here).then(|| on_record(remedy, about, viewer)).flatten()
        }
    }
}

fn on_item(operation: RaisedOperation, item: &RaisedItem, viewer: &Viewer) -> Option<Way> {
    let words = operation.words();
    button(
        words,
        format!("/raised/{}/{}", item.id, words.slug),
        Kind::Asks,
        viewer,
    )
}

/// An operation of the prospect or of the customer that it became.
fn on_record(remedy: Remedy, about: &RaisedRecord, viewer: &Viewer) -> Option<Way> {
    let words = if about.is_customer {
        use CustomerOperation::{Close, Deactivate, Record, Restore};
        match remedy {
            Remedy::Restore => Restore,
            Remedy::Deactivate => Deactivate,
            Remedy::Close => Close,
            Remedy::GenerateLink => Record(RecordOperation::GenerateLink),
            Remedy::Refresh => Record(RecordOperation::Refresh),
            _ => return None,
        }
        .words()
    } else {
        use ProspectOperation::{ChangeType, Close, Record, Reopen};
        match remedy {
            Remedy::Reopen => Reopen,
            Remedy::Close => Close,
            Remedy::ChangeType => ChangeType,
            Remedy::GenerateLink => Record(RecordOperation::GenerateLink),
            Remedy::Refresh => Record(RecordOperation::Refresh),
            _ => return None,
        }
        .words()
    };
    let kind = if remedy == Remedy::Refresh {
        Kind::AtOnce
    } else {
        Kind::Asks
    };
    let address = format!("{}/{}", Record::address_of(about), words.slug);
    button(words, address, kind, viewer)
}

fn link(id: &str, words: &str, address: String) -> Way {
    Way {
        id: format!("go-{id}"),
        words: words.to_owned(),
        address,
        kind: Kind::Link,
        class: "",
    }
}

fn button(words: Words, address: String, kind: Kind, viewer: &Viewer) -> Option<Way> {
    viewer.may(words.permission).then(|| Way {
        id: format!("act-{}", words.slug),
        words: words.button.to_owned(),
        address,
        kind,
        class: if words.grave { "grave" } else { "" },
    })
}
