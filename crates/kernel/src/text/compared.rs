//! What texts are compared by. Nothing of it is shown.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

use super::seen::is_unseen;

/// The text without regard to case, as e-mail addresses are compared. Letter by letter (Unicode's simple way), so that a
/// part of a text folds to a part of the folded text; whatever the language of the database or of this machine.
#[must_use]
pub fn case_folded(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).collect()
}

/// A text by what it says, such as a wire's reference: composed alike (NFKC), in any case, with one kind of dash and one blank
/// between words.
#[must_use]
pub fn folded(text: &str) -> String {
    let folded: String = text
        .nfkc()
        .filter(|c| !is_unseen(*c))
        .map(|c| match c {
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        })
        .flat_map(in_any_case)
        .collect();
    let composed: String = folded.nfkc().collect();
    composed.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A name or a number by its letters and digits alone: without blanks, hyphens, apostrophes, case, and without the accents of
/// Latin and Greek letters, which documents leave out. Other scripts keep their marks: there these make another letter.
#[must_use]
pub fn letters(text: &str) -> String {
    let mut letters = String::new();
    let mut base = Base::Left;
    for c in text.nfkd().flat_map(in_any_case) {
        if is_combining_mark(c) {
            if base == Base::WithItsMarks {
                letters.push(c);
            }
            continue;
        }
        base = Base::of(c);
        match base {
            Base::Left => {}
            Base::WithItsMarks => letters.push(c),
            Base::Bare => push_plain(&mut letters, c),
        }
    }
    letters.nfkc().collect()
}

/// As [`letters`], with the letters that passports spell out (ICAO 9303-3, section 6: `ü` as `UE`) spelled out.
#[must_use]
pub fn letters_spelled_out(text: &str) -> String {
    let mut spelled = String::new();
    for c in text.nfc().flat_map(char::to_lowercase) {
        match c {
            'ä' => spelled.push_str("ae"),
            'ö' | 'ø' => spelled.push_str("oe"),
            'ü' => spelled.push_str("ue"),
            'å' => spelled.push_str("aa"),
            c => spelled.push(c),
        }
    }
    letters(&spelled)
}

/// What becomes of a letter and of the marks behind it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Base {
    /// It is no letter or digit.
    Left,
    /// Accents on it don't tell people apart.
    Bare,
    WithItsMarks,
}

impl Base {
    fn of(c: char) -> Self {
        match c {
            // Spacing modifiers, used as apostrophes (U+02BC, U+02BB, U+A78C).
            '\u{2b0}'..='\u{2ff}' | '\u{a78b}' | '\u{a78c}' => Base::Left,
            c if is_unseen(c) || !c.is_alphanumeric() => Base::Left,
            // Latin, Greek.
            'a'..='z'
            | '\u{c0}'..='\u{2af}'
            | '\u{370}'..='\u{3ff}'
            | '\u{1e00}'..='\u{1fff}'
            | '\u{2c60}'..='\u{2c7f}'
            | '\u{a722}'..='\u{a7ff}'
            | '\u{ab30}'..='\u{ab6f}' => Base::Bare,
            _ => Base::WithItsMarks,
        }
    }
}

/// Letters that Unicode doesn't take apart, as passports write them (ICAO 9303-3, section 6).
fn push_plain(letters: &mut String, c: char) {
    match c {
        'æ' => letters.push_str("ae"),
        'œ' => letters.push_str("oe"),
        'þ' => letters.push_str("th"),
        'ø' => letters.push('o'),
        'đ' | 'ð' => letters.push('d'),
        'ł' => letters.push('l'),
        'ħ' => letters.push('h'),
        'ŧ' => letters.push('t'),
        'ŋ' => letters.push('n'),
        'ə' => letters.push('e'),
        c => letters.push(c),
    }
}

/// One case for all, letter by letter, so that no neighbour and no locale matters: `ß`, `ẞ` and `SS` are `ss`; `ς` is `σ`;
/// `ı`, which Turkish capitals don't tell from `i`, is `i`.
fn in_any_case(c: char) -> impl Iterator<Item = char> {
    c.to_lowercase()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_language_changes_a_letter_and_a_part_folds_to_a_part() {
        let folded = case_folded("ISTANBUL.I@BANK.EXAMPLE");
        assert_eq!(folded, "istanbul.i@bank.example");
        assert_eq!(case_folded("JÜRGEN@bank.example"), "jürgen@bank.example");
        assert!(case_folded("ΟΔΟΣ@bank.example").contains(&case_folded("ΟΔΟΣ")));
    }

    #[test]
    fn one_name_in_many_spellings() {
        for (one, other) in [
            ("José", "Jose\u{301}"),
            ("José", "JOSE"),
            ("O'Brien", "O’Brien"),
            ("O'Brien", "Oʼbrien"),
            ("O'Brien", "O´Brien"),
            ("O`Brien", "OBRIEN"),
            ("Anne-Marie", "Anne Marie"),
            ("Anne‑Marie", "annemarie"),
            ("Weiß", "WEISS"),
            ("Weiß", "WEIẞ"),
            ("Işık", "ISIK"),
            ("İpek", "ipek"),
            ("Łukasz", "Lukasz"),
            ("Søren", "Soren"),
            ("Đặng", "Dang"),
            ("Æthelþryð", "Aethelthryd"),
            ("ΓΙΩΡΓΟΣ", "Γιώργος"),
            ("Ｊｏｓé", "jose"),
            ("ﬁnn", "Finn"),
            ("\u{202b}Ada\u{200b}", "ada"),
        ] {
            assert_eq!(letters(one), letters(other), "{one} {other}");
        }
        assert_eq!(letters_spelled_out("Müller"), letters("Mueller"));
        assert_eq!(letters_spelled_out("Mu\u{308}ller"), letters("MUELLER"));
        assert_eq!(letters("' -"), "");
    }

    #[test]
    fn what_differs_stays_apart() {
        for (one, other) in [
            ("Michal", "Michael"),
            ("Müller", "Mueller"),
            ("ガ", "カ"),
            ("й", "и"),
            ("राम", "रम"),
            ("Анна", "Anna"),
            ("李", "季"),
        ] {
            assert_ne!(letters(one), letters(other), "{one} {other}");
        }
    }

    #[test]
    fn a_reference_in_any_case_and_width() {
        for same in ["wire-1 a", "Wire‑1\u{200b}\u{a0} A", "ＷＩＲＥ－1  a"] {
            assert_eq!(folded(same), "wire-1 a", "{same}");
        }
        assert_eq!(folded("STRASSE"), folded("straße"));
        assert_ne!(folded("A 1"), folded("A1"));
        assert_ne!(folded("é"), folded("e"));
    }
}
