//! The buttons that a page offers.

use super::{Beside, Offered, Operation, Subject as _, Words};
use crate::{
    admin::dialog::{Offer, Offers},
    layout::Viewer,
};

/// The buttons of these operations, with what has just been said about one of them.
pub fn offers<O: Operation>(
    viewer: &Viewer,
    subject: &O::Subject,
    operations: &[O],
    offered: impl Fn(O) -> Offered,
    beside: &mut Beside,
) -> Offers {
    let path = subject.record_path();
    let button = |operation: &O| {
        let words = operation.words();
        let offer = words.offer(
            viewer,
            format!("{path}/{}", words.slug),
            offered(*operation),
        )?;
        Some(Offer {
            at_once: !operation.asks_first(subject),
            ..offer
        })
    };
    let slugs = operations.iter().map(|operation| operation.words().slug);
    Offers::new(operations.iter().filter_map(button).collect()).saying(beside.said_at(slugs))
}

impl Words {
    /// The button that leads to `address`, for who may do it, unless it is of no use.
    pub fn offer(&self, viewer: &Viewer, address: String, offered: Offered) -> Option<Offer> {
        let disabled = match offered {
            Offered::No => return None,
            Offered::Yes => None,
            Offered::Disabled(why) => Some(why),
        };
        viewer.may(self.permission).then(|| Offer {
            slug: self.slug.to_owned(),
            button: self.button,
            address,
            class: self.grave.then_some("grave"),
            about: None,
            disabled,
            at_once: false,
            from: None,
        })
    }
}
