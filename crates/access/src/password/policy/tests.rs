//! Which passwords are taken, case by case.

use super::*;

const LOGIN: &str = "Jane.Doerr@northwind.example";

#[test]
fn what_is_weak_is_refused_in_words() {
    use WeakPassword::*;
    let long = "a harbour ".repeat(13);
    for (password, expected) in [
        ("short", TooShort),
        ("zpr7!kd0Q2w", TooShort),
        (long.as_str(), TooLong),
        // Invisible, or a blank that is none.
        ("harbour\u{200b}lantern cloud", Invisible),
        ("harbour\u{feff}lantern cloud", Invisible),
        ("harbour\u{a0}lantern cloud", Invisible),
        ("harbour\u{3164}lantern cloud", Invisible),
        ("harbour\u{ad}lantern cloud", Invisible),
        ("harbour\u{200d}lantern cloud", Invisible),
        ("harbour\tlantern cloud", Invisible),
        ("harbour\0lantern cloud", Invisible),
        ("harbour\u{202e}lantern cloud", Invisible),
        (" harbour lantern cloud", BlankAtAnEnd),
        ("harbour lantern cloud ", BlankAtAnEnd),
        // The words around it.
        ("jane.doerr@northwind.example", ContainsLogin),
        ("Jane.Doerr and a lantern", ContainsLogin),
        ("JaneDoerr-lantern-cloud", ContainsLogin),
        ("Usher lantern cloud 81", ContainsProduct),
        ("u-s-h-e-r lantern cloud", ContainsProduct),
        // The same again and again, the alphabet, the keyboard.
        ("aaaaaaaaaaaaaaaa", Repetitive),
        ("éééééééééééé", Repetitive),
        ("lanternlantern", Repetitive),
        ("xk7xk7xk7xk7xk", Repetitive),
        ("abcdefghijklmnop", Repetitive),
        ("1234567890123", Repetitive),
        ("9876543210987", Repetitive),
        ("1234abcd5678", Repetitive),
        ("qwertyuiopasdf", Repetitive),
        ("ababababcdcdcd", Repetitive),
    ] {
        assert_eq!(judge(password, LOGIN), Err(expected), "{password:?}");
    }
}

#[test]
fn what_many_people_use_is_refused() {
    for password in [
        "password12345",
        "Password2026!",
        "P@ssw0rd1234",
        "passwordpassword1",
        "iloveyou1234",
        "letmein12345",
        "welcome12345",
        "administrator",
        "Northwind2026",
        "northwind1234",
        "customerportal",
        "qwerty123456",
        "1q2w3e4r5t6y",
        "superman2026",
        "monkey123456",
    ] {
        let judged = judge(password, LOGIN);
        assert!(judged.is_err(), "{password}: {judged:?}");
    }
    assert_eq!(judge("1q2w3e4r5t6y", LOGIN), Err(WeakPassword::Common));
}

#[test]
fn a_few_words_or_random_characters_are_taken_in_any_script() {
    for password in [
        "correct horse battery",
        "a long way to the harbour",
        "another four words",
        "four words in a row",
        "four words in row 5",
        "enjoy the long walk",
        "zpr7!kd0Q2wx",
        "k7wqm-p3xzt-v9bnd-4hjrf",
        "höhere Brücken im Nebel",
        "мост над тихой рекой",
        "می‌خواهم به دریا بروم",
        "橋と静かな川の朝の光と霧と灯",
    ] {
        assert_eq!(judge(password, LOGIN), Ok(()), "{password}");
    }
    // A short first part is inside too many good ones.
    assert_eq!(judge("enjoy the long walk", "jo@bank.example"), Ok(()));
}
