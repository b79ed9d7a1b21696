use super::*;

#[test]
fn it_says_how_much_is_missing() {
    let words = Error::NotEnough { short: 1_205 }.to_string();
    assert!(words.contains("12.05 US dollars are missing"), "{words}");
}

#[test]
fn what_passes_by_itself_can_be_tried_again() {
    let ledger = |transient: bool| {
        Error::Outside(Outside {
            who: Outsider::Ledger,
            answered: !transient,
            transient,
            log: String::new(),
            cause: "away".into(),
        })
    };
    for passes in [ledger(true), sqlx::Error::PoolTimedOut.into()] {
        assert!(passes.is_transient(), "{passes:?}");
    }
    for stays in [
        ledger(false),
        Error::NO_RECORD,
        sqlx::Error::RowNotFound.into(),
        Field::REASON.wrong("too long").into(),
        Error::store(sqlx::Error::RowNotFound),
        Error::store_new(sqlx::Error::RowNotFound, "made already"),
    ] {
        assert!(!stays.is_transient(), "{stays:?}");
    }
}

#[test]
fn who_asked_somebody_outside_finds_their_own_error() {
    let error = Error::Outside(Outside {
        who: Outsider::Sumsub,
        answered: true,
        transient: false,
        log: String::new(),
        cause: Box::new(BadCursor),
    });
    assert_eq!(error.cause::<BadCursor>(), Some(&BadCursor));
    assert!(error.cause::<ReasonError>().is_none());
}
