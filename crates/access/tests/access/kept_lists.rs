//! What operators keep of the panel's lists.

use access::{KeptLists, ListViewError, MOST_VIEWS, Role, Subject};
use uuid::Uuid;

fn somebody() -> Subject {
    Subject::Operator {
        id: Uuid::now_v7().into(),
        role: Role::Auditor,
    }
}

fn program() -> Subject {
    Subject::ApiToken {
        id: Uuid::now_v7().into(),
        role: Role::Admin,
    }
}

#[tokio::test]
async fn each_operator_keeps_columns_of_its_own() {
    // As a server may.
    let kept = KeptLists::new(testkit::database().await.as_server().await.pool);
    let (one, other) = (somebody(), somebody());
    let columns = |names: &[&str]| {
        names
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(kept.columns(&one, "prospects").await.unwrap(), None);
    for chosen in [
        columns(&["name"]),
        columns(&[]),
        columns(&["name", "reason"]),
    ] {
        kept.choose_columns(&one, "prospects", Some(&chosen))
            .await
            .unwrap();
        assert_eq!(kept.columns(&one, "prospects").await.unwrap(), Some(chosen));
    }
    assert_eq!(kept.columns(&one, "customers").await.unwrap(), None);
    assert_eq!(kept.columns(&other, "prospects").await.unwrap(), None);
    kept.choose_columns(&one, "prospects", None).await.unwrap();
    assert_eq!(kept.columns(&one, "prospects").await.unwrap(), None);
    kept.choose_columns(&program(), "prospects", Some(&columns(&["name"])))
        .await
        .unwrap();
    assert_eq!(kept.columns(&program(), "prospects").await.unwrap(), None);
}

#[tokio::test]
async fn a_view_is_saved_replaced_renamed_and_deleted_by_whose_it_is() {
    let kept = KeptLists::new(testkit::database().await.as_server().await.pool);
    let (one, other) = (somebody(), somebody());
    kept.save_view(&one, "prospects", " Waiting\u{200b} long ", "in_stage=7d")
        .await
        .unwrap();
    kept.save_view(&one, "prospects", "Also banks", "type=bank")
        .await
        .unwrap();
    kept.save_view(&one, "prospects", "Also banks", "type=bank&sort=asc")
        .await
        .unwrap();
    let views = kept.views(&one, "prospects").await.unwrap();
    let said: Vec<_> = views
        .iter()
        .map(|view| (&*view.name, &*view.query))
        .collect();
    assert_eq!(
        said,
        [
            ("Also banks", "type=bank&sort=asc"),
            ("Waiting long", "in_stage=7d")
        ]
    );
    assert!(kept.views(&one, "customers").await.unwrap().is_empty());
    assert!(kept.views(&other, "prospects").await.unwrap().is_empty());

    let banks = views[0].id;
    let taken = kept.rename_view(&one, banks, "Waiting long").await;
    assert!(matches!(taken, Err(ListViewError::Taken)));
    for none in ["", " \u{200b} ", &"x".repeat(61)] {
        assert!(matches!(
            kept.rename_view(&one, banks, none).await,
            Err(ListViewError::Name)
        ));
        assert!(matches!(
            kept.save_view(&one, "prospects", none, "q").await,
            Err(ListViewError::Name)
        ));
    }
    // Somebody else's are nobody else's business.
    kept.rename_view(&other, banks, "mine").await.unwrap();
    kept.delete_view(&other, banks).await.unwrap();
    kept.rename_view(&one, banks, "Banks").await.unwrap();
    let views = kept.views(&one, "prospects").await.unwrap();
    assert_eq!((&*views[0].name, views[0].id), ("Banks", banks));
    kept.delete_view(&one, banks).await.unwrap();
    kept.delete_view(&one, banks).await.unwrap();
    assert_eq!(kept.views(&one, "prospects").await.unwrap().len(), 1);

    for n in 1..MOST_VIEWS {
        kept.save_view(&one, "prospects", &n.to_string(), "type=bank")
            .await
            .unwrap();
    }
    let more = kept.save_view(&one, "prospects", "more", "type=bank").await;
    assert!(matches!(more, Err(ListViewError::TooMany)));
    // One that there is may change all the same.
    kept.save_view(&one, "prospects", "1", "type=individual")
        .await
        .unwrap();
}
