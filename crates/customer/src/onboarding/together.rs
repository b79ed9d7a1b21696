//! Prospects that are created at the same moment share a transaction. Who isn't plainly to be created goes the way of `create.rs`, one by
//! one, and hears there what is wrong.

use std::collections::{HashMap, HashSet};

use access::Subject;
use es_entity::AtomicOperation as _;
use kernel::Error;
use uuid::Uuid;

use super::{Onboarding, create::new};
use crate::{
    contact_claims,
    input::CheckedInput,
    link_mail::LinkMailKind,
    primitives::{ProspectId, PublicId},
    prospect::Prospect,
};

/// A prospect that somebody may create, and has asked for.
#[derive(Clone)]
pub(crate) struct Asked {
    pub(super) id: ProspectId,
    pub(super) checked: CheckedInput,
    pub(super) by: Subject,
    pub(super) sends_link: bool,
}

/// What became of one: there it is, or to be tried by itself.
pub(crate) type Created = Option<Prospect>;

impl Onboarding {
    /// Creates a prospect together with those that wait at the same moment; none: it has to be tried by itself.
    pub(super) async fn create_with_neighbours(&self, asked: Asked) -> Created {
        let service = self.clone();
        let all = |all: Vec<Asked>| async move { service.create_all(all).await };
        self.neighbours.do_it(asked, all).await.flatten()
    }

    /// What became of each, in their order.
    async fn create_all(&self, all: Vec<Asked>) -> Result<Vec<Created>, Error> {
        let mut op = self.outbox.begin_op().await?;
        let ids: Vec<Uuid> = all.iter().map(|asked| asked.id.into()).collect();
        let mut forms = HashSet::new();
        let mut all = all;
        // The same form sent twice: the second one is answered with what the first one made.
        all.retain(|asked| forms.insert(asked.id));
        let contacts = all.iter().map(|asked| {
            let CheckedInput {
                email,
                telegram_handle,
                ..
            } = &asked.checked;
            (Uuid::from(asked.id), email, telegram_handle.as_ref())
        });
        let granted: HashSet<Uuid> = contact_claims::claim_all(&mut op, contacts).await?;
        if granted.is_empty() {
            return Ok(Vec::new());
        }
        let numbers = sqlx::query_scalar!(
            r#"SELECT nextval('public_id_seq') AS "number!" FROM generate_series(1, $1::bigint)"#,
            i64::try_from(granted.len()).unwrap_or(i64::MAX),
        )
        .fetch_all(op.as_executor())
        .await?;
        let may = all
            .into_iter()
            .filter(|asked| granted.contains(&asked.id.into()));
        let (mut news, mut mails) = (Vec::new(), HashMap::new());
        for (asked, number) in may.zip(numbers) {
            if asked.sends_link {
                mails.insert(asked.id, asked.by.clone());
            }
            let public_id = PublicId(number.to_string());
            news.push(new(asked.id, public_id, asked.checked, &asked.by));
        }
        let made = self.prospects.create_all_in_op(&mut op, news).await;
        let made = made.map_err(Error::store)?;
        for prospect in &made {
            if let Some(by) = mails.get(&prospect.id) {
                self.request_link_mail(&mut op, prospect, LinkMailKind::First, by)
                    .await?;
            }
        }
        op.commit().await?;
        let mut made: HashMap<Uuid, Prospect> = made
            .into_iter()
            .map(|prospect| (prospect.id.into(), prospect))
            .collect();
        Ok(ids.iter().map(|id| made.remove(id)).collect())
    }
}
