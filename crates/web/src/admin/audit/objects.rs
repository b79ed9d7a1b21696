//! What the log's entries are about, as people know it, and the page on which one sees it.

use std::collections::{HashMap, HashSet};

use access::{ActorNames, ObjectKind, ObjectPage, Permission};
use uuid::Uuid;

use crate::{admin::AdminState, error_page::PageError, layout::Viewer};

/// What people call an object, and where they see it.
#[derive(Debug, PartialEq, Eq)]
pub struct LinkedObject {
    pub words: String,
    pub address: Option<String>,
}

/// What is known of the objects on a page, looked up for all of them together.
#[derive(Default)]
pub struct KnownObjects {
    /// By UUID: the number that people know a record by. A UUID is of one record only, but for a prospect and its customer.
    numbers: HashMap<Uuid, String>,
    /// By the proposal's UUID: its customer's public id.
    customers: HashMap<Uuid, String>,
}

impl KnownObjects {
    /// Looks up these, as far as the viewer may know them.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn look_up(
        state: &AdminState,
        viewer: &Viewer,
        stored: HashSet<String>,
    ) -> Result<Self, PageError> {
        let mut ids: HashMap<ObjectKind, HashSet<Uuid>> = HashMap::new();
        for object in &stored {
            if let Some((kind, Some(which))) = ObjectKind::read(object)
                && let Ok(id) = which.parse()
            {
                ids.entry(kind).or_default().insert(id);
            }
        }
        let mut wanted = |kinds: &[ObjectKind]| -> Vec<Uuid> {
            let found = kinds.iter().filter_map(|kind| ids.remove(kind));
            found.flatten().collect()
        };
        let mut known = Self::default();
        if viewer.may(Permission::CustomerRead) {
            let proposals = wanted(&[ObjectKind::CreditProposal]);
            let customers = state
                .credit
                .customers_of(&viewer.subject, &proposals)
                .await?;
            let mut people = wanted(&[ObjectKind::Prospect, ObjectKind::Customer]);
            people.extend(customers.values());
            known.numbers = state
                .onboarding
                .public_ids(&viewer.subject, &people)
                .await?;
            let with_numbers = customers.into_iter().filter_map(|(proposal, customer)| {
                Some((proposal, known.numbers.get(&customer)?.clone()))
            });
            known.customers = with_numbers.collect();
        }
        if viewer.may(Permission::DepositRead) {
            let documents = wanted(&[ObjectKind::Deposit, ObjectKind::Withdrawal]);
            let numbers = state.money.public_ids(&viewer.subject, &documents).await?;
            known.numbers.extend(numbers);
            let accounts = wanted(&[ObjectKind::DepositAccount]);
            let codes = state.deposits.codes_of(&viewer.subject, &accounts).await?;
            known.numbers.extend(codes);
        }
        Ok(known)
    }

    /// An object as the log stores it; one of another version as it is. `names` are those of operators and API tokens.
    pub fn link(&self, stored: &str, names: &ActorNames) -> LinkedObject {
        let Some((kind, which)) = ObjectKind::read(stored) else {
            return LinkedObject {
                words: stored.to_owned(),
                address: None,
            };
        };
        let id: Option<Uuid> = which.and_then(|which| which.parse().ok());
        let number = match (which, id) {
            (_, Some(id)) => self.numbers.get(&id).map(String::as_str),
            (Some(which), None) => which.parse::<i64>().is_ok().then_some(which),
            (None, None) => None,
        };
        let called = match kind {
            // What was taken away is counted, not numbered.
            ObjectKind::Download => number.map(|rows| match rows {
                "1" => "Download of 1 row".to_owned(),
                rows => format!("Download of {rows} rows"),
            }),
            ObjectKind::Operator | ObjectKind::ApiToken if id.is_some() => Some(names.name(stored)),
            _ => number.or(which).map(str::to_owned),
        };
        LinkedObject {
            words: match called {
                Some(called) if says(&called, kind.words()) => called,
                Some(called) => format!("{} {called}", kind.words()),
                None => kind.words().to_owned(),
            },
            address: match kind.page() {
                ObjectPage::Own(pages) => number.map(|number| format!("{pages}{number}")),
                ObjectPage::OfItsCustomer => id
                    .and_then(|id| self.customers.get(&id))
                    .map(|number| format!("/customers/{number}")),
                ObjectPage::Among(page) => Some(page.to_owned()),
                ObjectPage::None(_) => None,
            },
        }
    }
}

/// Whether a name begins with its kind already: "API token nightly".
fn says(called: &str, kind: &str) -> bool {
    let beginning = called.as_bytes().get(..kind.len());
    beginning.is_some_and(|beginning| beginning.eq_ignore_ascii_case(kind.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_lead_to_their_pages() {
        let (id, proposal) = (Uuid::now_v7(), Uuid::now_v7());
        let known = KnownObjects {
            numbers: HashMap::from([(id, "100001".to_owned())]),
            customers: HashMap::from([(proposal, "100002".to_owned())]),
        };
        for (object, words, address) in [
            (
                format!("customer:{id}").as_str(),
                "Customer 100001",
                Some("/customers/100001"),
            ),
            (
                &format!("deposit:{id}"),
                "Deposit 100001",
                Some("/ledger/deposits/100001"),
            ),
            (
                &format!("credit-proposal:{proposal}"),
                &format!("Credit proposal {proposal}"),
                Some("/customers/100002"),
            ),
            ("callback:7", "Callback 7", Some("/callbacks/7")),
            ("raised:7", "Raised item 7", Some("/needs-a-person")),
            (
                "provisioning:mail",
                "Provisioning mail",
                Some("/provisioning"),
            ),
            ("audit", "Audit log", Some("/audit")),
            ("list", "List", None),
            ("download:1", "Download of 1 row", None),
            ("download:1234", "Download of 1234 rows", None),
            ("prospect:new", "Prospect new", None),
            ("frob:7", "frob:7", None),
        ] {
            let expected = LinkedObject {
                words: words.to_owned(),
                address: address.map(str::to_owned),
            };
            assert_eq!(known.link(object, &ActorNames::default()), expected);
        }
    }
}
