//! The declaration of a document, event-sourced: `es-entity` wants an entity, its events and its repository as types of their own
//! for each table.

/// Declares a document. `Event { … }` lists what happens to it after it was made: the event, how the document stands then (a
/// status of the same name), and the function that records it. The declared type needs a function `outbox_event`, which says
/// what is published with each event.
macro_rules! document {
    (
        $(#[$doc:meta])*
        $Document:ident, named $name:tt, a $Kind:ident with $Id:ident in $Repo:ident ($repo:ident), made as $New:ident

        $(#[$event_doc:meta])*
        $Event:ident {
            $(#[$made_doc:meta])*
            Initialized => $Status:ident::$made_status:ident,
            $($(#[$then_doc:meta])* $Then:ident by $record:ident,)+
        }
    ) => {
        $(#[$event_doc])*
        /// The reference stands outside the event stream (`Forgettable`): it may name people. `by` names subjects as the audit
        /// log does.
        #[derive(es_entity::EsEvent, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(tag = "type", rename_all = "snake_case")]
        #[es_event(id = $Id)]
        pub enum $Event {
            $(#[$made_doc])*
            Initialized {
                /// Its UUID in our database.
                id: $Id,
                /// Its short number.
                public_id: PublicId,
                /// The customer whose account it is on.
                customer_id: CustomerId,
                /// The customer's account in the ledger.
                account_id: Uuid,
                /// The amount, in whole US cents.
                amount: Amount,
                /// Known by what; forgotten from the start when nothing was typed.
                reference: Forgettable<String>,
                /// Who recorded or started it.
                by: String,
            },
            $(
                $(#[$then_doc])*
                $Then {
                    /// Whoever did it, as the audit log names subjects.
                    by: String,
                },
            )+
        }

        $(#[$doc])*
        #[derive(EsEntity)]
        pub struct $Document {
            /// Its UUID in our database.
            pub id: $Id,
            /// Its short number.
            pub public_id: PublicId,
            /// The customer whose account it is on.
            pub customer_id: CustomerId,
            /// The customer's account in the ledger.
            pub account_id: Uuid,
            /// The amount, in whole US cents.
            pub amount: Amount,
            /// Where it stands.
            pub status: $Status,
            /// Who recorded or started it, as the audit log names subjects.
            pub made_by: String,
            reference: Forgettable<String>,
            events: EntityEvents<$Event>,
        }

        impl $Document {
            /// When it was recorded or started.
            #[must_use]
            pub fn created_at(&self) -> DateTime<Utc> {
                self.events
                    .entity_first_persisted_at()
                    .unwrap_or_else(Utc::now)
            }

            /// Known by what; none when nothing was typed, and once it is erased.
            #[must_use]
            pub fn reference(&self) -> Option<String> {
                self.reference.value().map(|value| value.clone())
            }

            /// Everything that happened, oldest first, with the time of each.
            pub fn history(&self) -> impl Iterator<Item = (DateTime<Utc>, &$Event)> {
                self.events
                    .iter_persisted()
                    .map(|event| (event.recorded_at, &event.event))
            }

            $(
                pub(crate) fn $record(&mut self, by: String) {
                    self.status = $Status::$Then;
                    self.events.push($Event::$Then { by });
                }
            )+
        }

        impl TryFromEvents<$Event> for $Document {
            fn try_from_events(events: EntityEvents<$Event>) -> Result<Self, EntityHydrationError> {
                let mut hydrator = $Document::hydrator();
                for event in events.iter_all() {
                    match event {
                        $Event::Initialized {
                            id,
                            public_id,
                            customer_id,
                            account_id,
                            amount,
                            reference,
                            by,
                        } => {
                            hydrator
                                .id(*id)
                                .public_id(public_id.clone())
                                .customer_id(*customer_id)
                                .account_id(*account_id)
                                .amount(*amount)
                                .reference(reference.clone())
                                .made_by(by.clone())
                                .status($Status::$made_status);
                        }
                        $(
                            $Event::$Then { .. } => {
                                hydrator.status($Status::$Then);
                            }
                        )+
                    }
                }
                hydrator.build(events)
            }
        }

        impl Document for $Document {
            type Id = $Id;
            type Status = $Status;
            const KIND: DocumentKind = DocumentKind::$Kind;

            fn row(&self) -> Row<$Id, $Status> {
                Row {
                    id: self.id,
                    public_id: self.public_id.clone(),
                    customer_id: self.customer_id,
                    account_id: self.account_id,
                    amount: self.amount,
                    reference: self.reference(),
                    status: self.status,
                    created_at: self.created_at(),
                }
            }

            fn maker(&self) -> (&str, DateTime<Utc>) {
                (&self.made_by, self.created_at())
            }
        }

        pub type $New = NewDocument<$Id>;

        impl NewDocument<$Id> {
            fn status_at_start(&self) -> String {
                $Status::$made_status.name().to_owned()
            }
        }

        impl IntoEvents<$Event> for NewDocument<$Id> {
            type IdSource = FromCaller;

            fn into_events(
                self,
                builder: EntityEventsBuilder<$Event, FromCaller>,
            ) -> EntityEvents<$Event> {
                builder.initial_events(
                    self.id,
                    [$Event::Initialized {
                        id: self.id,
                        public_id: self.public_id,
                        customer_id: self.customer_id,
                        account_id: self.account_id,
                        amount: self.amount,
                        reference: self
                            .reference
                            .map_or_else(Forgettable::forgotten, Forgettable::new),
                        by: self.by,
                    }],
                )
            }
        }

        /// The documents of this kind in the database. Whatever is persisted is published with it.
        #[derive(EsRepo, Clone)]
        #[es_repo(
            entity = $name,
            id(source = caller),
            columns(
                public_id(ty = "String", create(accessor = "public_id.0.clone()"), update(persist = false)),
                customer_id(ty = "CustomerId", update(persist = false), find_by = false, list_by = false),
                account_id(ty = "Uuid", update(persist = false), find_by = false, list_by = false),
                amount(ty = "i64", create(accessor = "amount.cents()"), update(persist = false), find_by = false, list_by = false),
                reference(ty = "Option<String>", create(accessor = "reference.clone()"), update(persist = false), find_by = false, list_by = false),
                reference_key(ty = "Option<String>", create(accessor = "reference_key()"), update(persist = false), find_by = false, list_by = false),
                status(ty = "String", create(accessor = "status_at_start()"), update(accessor = "status.name().to_owned()"), find_by = false, list_by = false),
            ),
            forgettable,
            post_persist_hook = "publish",
            persist_event_context = false
        )]
        pub(crate) struct $Repo {
            #[expect(dead_code, reason = "es-entity's functions that open their own connection name it; nobody calls them")]
            pool: PgPool,
            outbox: Outbox,
        }

        impl $Repo {
            pub(crate) fn new(pool: PgPool, outbox: Outbox) -> Self {
                Self { pool, outbox }
            }

            async fn publish(
                &self,
                op: &mut impl AtomicOperation,
                document: &$Document,
                new_events: LastPersisted<'_, $Event>,
            ) -> Result<(), RepoFault> {
                let events: Vec<_> = new_events
                    .map(|event| document.outbox_event(&event.event))
                    .collect();
                self.outbox.publish_all(op, events).await?;
                Ok(())
            }
        }

        impl Stored for $Document {
            async fn find_in_op(
                of: &Deposits,
                op: &mut impl AtomicOperation,
                id: $Id,
            ) -> Result<Option<Self>, Error> {
                let found = of.$repo.maybe_find_by_id_in_op(op, id).await;
                found.map_err(Error::store)
            }

            async fn find_all(of: &Deposits, ids: &[$Id]) -> Result<HashMap<$Id, Self>, Error> {
                if ids.is_empty() {
                    return Ok(HashMap::new());
                }
                let mut reading = of.pool.reading().await?;
                let found = of.$repo.find_all_in_op(&mut reading, ids).await;
                reading.end(found.map_err(Error::store)).await
            }

            async fn create_in_op(
                of: &Deposits,
                op: &mut impl AtomicOperation,
                new: NewDocument<$Id>,
            ) -> Result<Self, Error> {
                let made = of.$repo.create_in_op(op, new).await;
                made.map_err(|error| Error::store_new(error, rules::OTHER_FORM))
            }

            async fn update_in_op(
                &mut self,
                of: &Deposits,
                op: &mut impl AtomicOperation,
            ) -> Result<(), Error> {
                let updated = of.$repo.update_in_op(op, self).await;
                updated.map(drop).map_err(Error::store)
            }
        }
    };
}

pub(crate) use document;

/// What [`document!`] takes to be there.
pub(crate) mod prelude {
    pub(crate) use std::collections::HashMap;

    pub(crate) use chrono::{DateTime, Utc};
    pub(crate) use customer::primitives::{CustomerId, PublicId};
    pub(crate) use es_entity::*;
    pub(crate) use kernel::{Amount, Error};
    pub(crate) use outbox::Outbox;
    pub(crate) use sqlx::PgPool;
    pub(crate) use uuid::Uuid;

    pub(crate) use crate::{
        Deposits,
        document::{Document, DocumentKind, NewDocument, Stored},
        lists::Row,
        rules,
    };
}
