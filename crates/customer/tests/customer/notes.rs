//! Notes about a record: added once, never changed, found, erased with the person.

use customer::notes::LONGEST;
use kernel::{Error, Sought};
use uuid::Uuid;

use crate::common::{Log, admin, green, officer};

#[tokio::test]
async fn a_note_is_added_once_and_stays_as_it_was_written() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let who = officer();
    let id = log.prospect("ada@example.com").await;
    let [first, second] = [Uuid::now_v7(), Uuid::now_v7()];
    let written = "Rings back\r\non Monday <b>.  ";
    for _ in 0..2 {
        service.add_note(&who, id, first, written).await.unwrap();
    }
    // From two windows at once: one note.
    let twice = tokio::join!(
        service.add_note(&who, id, second, "Twice"),
        service.add_note(&who, id, second, "Twice"),
    );
    assert!(twice.0.is_ok() && twice.1.is_ok(), "{twice:?}");
    log.receives(&green(id, 1)).await;
    let refused = service.add_note(&who, id, first, "Something else").await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
    let refused = service.add_note(&officer(), id, first, written).await;
    assert!(
        matches!(refused, Err(Error::Refused(_))),
        "somebody else's: {refused:?}"
    );
    for wrong in ["", " \n", &"x".repeat(LONGEST + 1)] {
        let refused = service.add_note(&who, id, Uuid::now_v7(), wrong).await;
        assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    }
    let nobody = service
        .add_note(&who, Uuid::now_v7().into(), Uuid::now_v7(), "x")
        .await;
    assert!(matches!(nobody, Err(Error::NotFound(_))), "{nobody:?}");
    let of = service
        .notes_of(&who, &[id.into()], 10, None)
        .await
        .unwrap();
    let notes: Vec<_> = of[&Uuid::from(id)]
        .iter()
        .map(|note| (note.id, note.body.as_deref()))
        .collect();
    assert_eq!(
        notes,
        [
            (second, Some("Twice")),
            (first, Some("Rings back\non Monday <b>."))
        ]
    );
    let older = of[&Uuid::from(id)][0].cursor();
    let older = service
        .notes_of(&who, &[id.into()], 10, Some(older))
        .await
        .unwrap();
    assert_eq!(older[&Uuid::from(id)].len(), 1);
    // Not even a server changes one.
    let changed = sqlx::query("UPDATE notes SET body = 'another'")
        .execute(&log.pool)
        .await;
    assert!(changed.is_err(), "a note was changed");
    // What it says is in no event.
    let told: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM outbox_events WHERE payload ->> 'type' = 'ProspectNoteAdded'",
    )
    .fetch_one(&log.pool)
    .await
    .unwrap();
    assert_eq!(told, 2);
    assert_eq!(
        log.count("outbox_events WHERE payload::text LIKE '%Monday%'")
            .await,
        0
    );
}

#[tokio::test]
async fn a_note_is_found_and_goes_with_the_person() {
    let log = Log::open().await;
    let service = &log.onboarding;
    let id = log.prospect("ada@example.com").await;
    let other = log.prospect("monday@example.com").await;
    let note = "Prefers to be rung on Monday, ask for Mr Müller";
    service
        .add_note(&officer(), id, Uuid::now_v7(), note)
        .await
        .unwrap();
    let finds = async |typed: &str| {
        let found = service
            .find_people(&officer(), &Sought::parse(typed), 5)
            .await;
        let found = found.unwrap().into_iter();
        found.map(|it| (it.id, it.by_note)).collect::<Vec<_>>()
    };
    let [id, other] = [Uuid::from(id), Uuid::from(other)];
    assert_eq!(finds("mueller").await, [(id, true)]);
    // Who is called so comes first.
    assert_eq!(finds("monday").await, [(other, false), (id, true)]);
    assert_eq!(finds("mr muller prefers").await, [(id, true)]);
    assert_eq!(finds("tuesday").await, []);
    service
        .close_prospect(&admin(), id.into(), "gone")
        .await
        .unwrap();
    sqlx::query("UPDATE prospect_events SET recorded_at = recorded_at - interval '6 years' WHERE event_type = 'closed'")
        .execute(&log.pool)
        .await
        .unwrap();
    service
        .erase_personal_data(&admin(), id.into())
        .await
        .unwrap();
    assert_eq!(finds("mueller").await, []);
    assert_eq!(
        log.count("notes WHERE body IS NULL AND body_key IS NULL")
            .await,
        1
    );
    let refused = service
        .add_note(&officer(), id.into(), Uuid::now_v7(), "late")
        .await;
    assert!(matches!(refused, Err(Error::Refused(_))), "{refused:?}");
}
