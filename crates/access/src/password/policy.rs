//! What a password has to be that a person chooses, for the panel or the portal. The source is NIST SP 800-63B-4, 3.1.1.2: long enough, none
//! of the common ones, none of the words around it, no repetition; and no rule about capitals, digits and signs.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization as _;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};
use zxcvbn::{Score, feedback::Warning, zxcvbn};

/// The fewest characters of a password that a person chooses.
pub const SHORTEST: usize = 12;
/// The most characters of a password that a person chooses.
pub const LONGEST: usize = 128;
/// A shorter part of an address ("jo") is inside too many good passwords to be a rule.
const TELLING: usize = 3;
/// The same with dots and dashes left out, where words run together.
const TELLING_TOGETHER: usize = 5;
/// Fewer different characters than this are a repetition, whatever their order.
const FEWEST_DIFFERENT: usize = 5;
/// So many characters have to be left when runs such as `aaaa` and `1234` are counted as their first two.
const LEFT_OF_RUNS: usize = 8;
/// What stands in rows on a keyboard.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
/// The product's name.
const PRODUCT: &str = "usher";
/// Words that are on everybody's mind here, for the estimate.
const AROUND: [&str; 7] = [
    PRODUCT, "bank", "customer", "portal", "panel", "operator", "sumsub",
];

/// Why a password is not taken, in words to stand beside the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WeakPassword {
    /// It has fewer than [`SHORTEST`] characters.
    #[error(
        "This password is too short: use at least {SHORTEST} characters. A few words in a row are good."
    )]
    TooShort,
    /// It has more than [`LONGEST`] characters.
    #[error("This password is too long: use at most {LONGEST} characters.")]
    TooLong,
    /// It holds something that nobody sees, so nobody can type it again.
    #[error(
        "This password has a character in it that can't be seen, such as a zero-width space or a tab: type it instead of copying it."
    )]
    Invisible,
    /// A blank where nobody sees it.
    #[error("This password begins or ends with a blank, which nobody sees: leave it out.")]
    BlankAtAnEnd,
    /// It holds the login itself.
    #[error(
        "This password contains your e-mail address or its first part: choose something that others can't guess."
    )]
    ContainsLogin,
    /// It holds the product's name.
    #[error(
        "This password contains the name of this site: choose something that others can't guess."
    )]
    ContainsProduct,
    /// The same again and again, or what follows in the alphabet or on the keyboard.
    #[error(
        "This password repeats itself or follows the alphabet or the keyboard: choose a few words that don't belong together."
    )]
    Repetitive,
    /// On the list of common ones, or close to one that is.
    #[error(
        "This password is one that many people use, or close to one: choose a few words that don't belong together."
    )]
    Common,
    /// Found in too few guesses.
    #[error("This password is easy to guess: add a word or two that don't belong to the others.")]
    Guessable,
}

/// Whether a person with this login (an e-mail address) may choose this password.
///
/// # Errors
/// The first thing that is wrong with it.
pub fn judge(password: &str, login: &str) -> Result<(), WeakPassword> {
    match password.chars().count() {
        length if length < SHORTEST => return Err(WeakPassword::TooShort),
        length if length > LONGEST => return Err(WeakPassword::TooLong),
        _ => {}
    }
    if has_invisible(password) {
        return Err(WeakPassword::Invisible);
    }
    if password.trim() != password {
        return Err(WeakPassword::BlankAtAnEnd);
    }
    let plain: String = password.nfkc().collect::<String>().to_lowercase();
    let login = login.trim().to_lowercase();
    if contains_login(&plain, &login) {
        return Err(WeakPassword::ContainsLogin);
    }
    if together(&plain).contains(PRODUCT) {
        return Err(WeakPassword::ContainsProduct);
    }
    if is_repetitive(&plain) {
        return Err(WeakPassword::Repetitive);
    }
    let parts = login.split(|c: char| !c.is_alphanumeric());
    let around: Vec<&str> = parts
        .filter(|part| part.chars().count() >= TELLING)
        .chain(AROUND)
        .collect();
    let estimate = zxcvbn(&plain, &around);
    if estimate.score() >= Score::Three {
        return Ok(());
    }
    Err(match estimate.feedback().and_then(|said| said.warning()) {
        Some(
            Warning::ThisIsATop10Password
            | Warning::ThisIsATop100Password
            | Warning::ThisIsACommonPassword
            | Warning::ThisIsSimilarToACommonlyUsedPassword,
        ) => WeakPassword::Common,
        _ => WeakPassword::Guessable,
    })
}

/// Whether there is something that isn't seen. Letters that need a joiner between them, as in Persian and Hindi, keep it.
fn has_invisible(password: &str) -> bool {
    let typed: Vec<char> = password.chars().collect();
    let joins = |at: usize| {
        let joined = |c: Option<&char>| c.is_some_and(|c| !c.is_ascii() && !is_invisible(*c));
        at > 0 && joined(typed.get(at - 1)) && joined(typed.get(at + 1))
    };
    (0..typed.len()).any(|at| match typed[at] {
        '\u{200c}' | '\u{200d}' => !joins(at),
        c => is_invisible(c),
    })
}

/// What isn't seen, or looks like a plain blank and is none.
fn is_invisible(c: char) -> bool {
    match c {
        ' ' => false,
        // Fillers, the braille blank and variation selectors count as letters or marks.
        '\u{34f}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{ffa0}'
        | '\u{fffc}'
        | '\u{fffd}'
        | '\u{e0100}'..='\u{e01ef}' => true,
        c => {
            c.is_whitespace()
                || matches!(
                    c.general_category(),
                    GeneralCategory::Control
                        | GeneralCategory::Format
                        | GeneralCategory::LineSeparator
                        | GeneralCategory::ParagraphSeparator
                        | GeneralCategory::SpaceSeparator
                        | GeneralCategory::Unassigned
                        | GeneralCategory::PrivateUse
                )
        }
    }
}

fn contains_login(password: &str, login: &str) -> bool {
    let local = login.split('@').next().unwrap_or(login);
    if local.chars().count() >= TELLING && password.contains(local) {
        return true;
    }
    let local = together(local);
    local.chars().count() >= TELLING_TOGETHER && together(password).contains(&local)
}

/// The letters and digits alone.
fn together(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn is_repetitive(password: &str) -> bool {
    let typed: Vec<char> = password.chars().collect();
    let different: HashSet<char> = typed.iter().copied().collect();
    if different.len() < FEWEST_DIFFERENT {
        return true;
    }
    let repeats = |period: usize| (period..typed.len()).all(|at| typed[at] == typed[at - period]);
    if (1..=typed.len() / 2).any(repeats) {
        return true;
    }
    let goes_on = |at: usize| {
        let step = step(typed[at - 1], typed[at]);
        step.is_some() && step == self::step(typed[at - 2], typed[at - 1])
    };
    let left = 2 + (2..typed.len()).filter(|at| !goes_on(*at)).count();
    left < LEFT_OF_RUNS
}

/// Whether the one follows the other: 0 for the same, 1 and -1 in the alphabet or among digits, 2 and -2 on the keyboard.
fn step(one: char, next: char) -> Option<i64> {
    let distance = i64::from(u32::from(next)) - i64::from(u32::from(one));
    if distance.abs() <= 1 {
        return Some(distance);
    }
    KEYS.iter().find_map(|row| {
        let (one, next) = (row.find(one)?, row.find(next)?);
        match (one + 1 == next, next + 1 == one) {
            (true, _) => Some(2),
            (_, true) => Some(-2),
            _ => None,
        }
    })
}

#[cfg(test)]
mod tests;
