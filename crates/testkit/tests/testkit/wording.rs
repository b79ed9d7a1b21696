//! What people read says one thing one way: "e-mail", and not Sumsub's words for its answers.

use super::files::{Source, repository};

/// Texts whose spelling is fixed elsewhere: the names of fields by which people and programs find them, and others' own words.
const FIXED: [&str; 6] = [
    "Email",
    // Columns of a file.
    "email, customer type",
    "email,telegram,customer type",
    "Search by email or public ID",
    // A user's attribute in Keycloak.
    "the attribute email,",
    // A scope of OpenID Connect.
    "profile email",
];

/// Where others speak: mail servers, Sumsub.
const OTHERS: [&str; 3] = [
    "crates/mail/src/reply/",
    "crates/sumsub-simulator/src/rest/",
    "crates/oidc/src/testing/",
];

/// The texts of a source that people read, with the lines on which they begin.
fn read_by_people(source: &Source) -> Vec<(usize, String)> {
    let is_ours = (source.path.starts_with("crates/") || source.path.starts_with("docs/"))
        && !source.path.contains("/tests/")
        && !source.path.contains("/tests.rs")
        && !OTHERS.iter().any(|path| source.path.starts_with(path));
    match source.path.rsplit('.').next() {
        Some("html") if is_ours => in_template(&source.text),
        Some("rs") if is_ours => in_program(&source.text),
        _ => Vec::new(),
    }
}

/// What stands between the tags, and in the attributes that are read.
fn in_template(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let line = without(&without(line, "{{", "}}", " "), "{%", "%}", "\u{1}");
        for attribute in ["title=\"", "placeholder=\"", "aria-label=\"", "alt=\""] {
            for piece in line.split(attribute).skip(1) {
                found.extend(
                    piece
                        .split('"')
                        .next()
                        .map(|said| (number, said.to_owned())),
                );
            }
        }
        let between = without(&line, "<", ">", "\u{1}");
        found.extend(
            between
                .split('\u{1}')
                .map(|said| (number, said.trim().to_owned())),
        );
    }
    found
}

/// String literals that are sentences: they have a blank, and are no SQL.
fn in_program(text: &str) -> Vec<(usize, String)> {
    let text = text.split("#[cfg(test)]").next().unwrap_or_default();
    let mut found = Vec::new();
    let (mut number, mut letters) = (1, text.chars().peekable());
    let mut literal: Option<(usize, String)> = None;
    let mut before = ' ';
    while let Some(letter) = letters.next() {
        if letter == '\n' {
            number += 1;
        }
        match &mut literal {
            None if letter == '/' && letters.peek() == Some(&'/') => {
                // A comment.
                while letters.peek().is_some_and(|next| *next != '\n') {
                    letters.next();
                }
            }
            None if letter == '"' && before != '\'' => literal = Some((number, String::new())),
            Some((_, said)) if letter == '\\' => {
                if let Some(next) = letters.next() {
                    number += usize::from(next == '\n');
                    said.push(next);
                }
            }
            Some(_) if letter == '"' => found.extend(literal.take()),
            Some((_, said)) => said.push(letter),
            None => {}
        }
        before = letter;
    }
    let sql = [
        "SELECT",
        "INSERT",
        "UPDATE",
        "WHERE",
        "FROM",
        "JOIN",
        " AND ",
        " OR ",
        " AS ",
        "customer_type,",
    ];
    found.retain(|(_, said)| said.contains(' ') && !sql.iter().any(|word| said.contains(word)));
    for (_, said) in &mut found {
        *said = without(said, "{", "}", "_");
    }
    found
}

/// The text with what stands from `open` to `close` replaced.
fn without(text: &str, open: &str, close: &str, by: &str) -> String {
    let mut pieces = text.split(open);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        kept.push_str(by);
        kept.push_str(piece.split_once(close).map_or("", |(_, rest)| rest));
    }
    kept
}

/// Whether one of the words stands in a text alone.
fn says(text: &str, words: &[&str]) -> bool {
    text.split(|letter: char| !(letter.is_alphanumeric() || "-_@./$'\"".contains(letter)))
        .any(|word| words.contains(&word.trim_matches(['.', '\'', '"'])))
}

#[test]
fn an_e_mail_is_written_one_way() {
    let words = [
        "email", "Email", "emails", "Emails", "EMail", "eMail", "E-Mail", "e-Mail", "E-mails:",
    ];
    let mut found = Vec::new();
    let mut texts = 0;
    for source in &repository().0 {
        for (number, said) in read_by_people(source) {
            texts += 1;
            let fixed = FIXED
                .iter()
                .any(|fixed| said == *fixed || fixed.contains(' ') && said.contains(fixed));
            if says(&said, &words) && !fixed {
                found.push(format!("{}:{number}: {said}", source.path));
            }
        }
    }
    assert!(texts > 2_000, "only {texts} texts were read");
    assert!(found.is_empty(), "write \"e-mail\":\n{}", found.join("\n"));
}

#[test]
fn a_field_called_email_is_the_only_short_form_in_a_template() {
    for source in &repository().0 {
        for (number, said) in read_by_people(source) {
            let line = source.text.lines().nth(number - 1).unwrap_or_default();
            assert!(
                said != "Email"
                    || line.contains("<label for=\"email\">Email</label>")
                    || source.path.ends_with(".rs"),
                "{}:{number}: only the label of a field is called so, not: {line}",
                source.path
            );
        }
    }
}
