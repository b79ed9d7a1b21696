//! What of a typed text is seen. Copying from a web page, a mail or a PDF brings along what isn't.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character can stand in one line. What nobody sees can't: two texts would look alike and differ, or read
/// backwards. The joiners belong to words of Persian or Hindi.
#[must_use]
pub fn is_printable(c: char) -> bool {
    is_joiner(c)
        || !matches!(
            c.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
                | GeneralCategory::Unassigned
                | GeneralCategory::PrivateUse
        )
}

/// A line that holds no words, such as a number or an amount. Without whatever nobody sees, with plain blanks, and without
/// blanks around it. Line breaks and other control characters inside stay: they are for the caller to refuse.
#[must_use]
pub fn line(typed: &str) -> String {
    let seen: String = typed
        .chars()
        .filter(|c| !is_unseen(*c))
        .map(|c| match c.general_category() {
            GeneralCategory::SpaceSeparator => ' ',
            _ => c,
        })
        .collect();
    seen.trim().to_owned()
}

/// A [`line()`] that is an address, with its ASCII in the ordinary width: `＠` as `@`.
#[must_use]
pub fn address(typed: &str) -> String {
    line(typed)
        .chars()
        .map(|c| match c {
            // These stand in the order of ASCII.
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xff01 + 0x21).unwrap_or(c),
            c => c,
        })
        .collect()
}

/// Words in one line or several. Without what was copied unseen: zero-width blanks, byte-order marks, soft hyphens, marks of
/// direction. Joiners and what emoji are made of stay: they belong to words.
#[must_use]
pub fn text(typed: &str) -> String {
    let copied = |c: char| {
        is_unseen(c)
            && !is_joiner(c)
            && c.general_category() == GeneralCategory::Format
            && c < '\u{e0000}'
    };
    let seen: String = typed.chars().filter(|c| !copied(*c)).collect();
    seen.trim().to_owned()
}

fn is_joiner(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
}

/// Unicode's `Default_Ignorable_Code_Point` (`DerivedCoreProperties.txt`), as far as it is assigned.
pub(crate) fn is_unseen(c: char) -> bool {
    matches!(
        c,
        '\u{ad}'
            | '\u{34f}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{17b4}'
            | '\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}'
            | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_sees_goes() {
        for unseen in [
            '\u{200b}',
            '\u{200c}',
            '\u{200d}',
            '\u{200e}',
            '\u{200f}',
            '\u{202a}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{ad}',
            '\u{34f}',
            '\u{61c}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{e0020}',
        ] {
            let typed = format!("{unseen}ad{unseen}a{unseen}\u{a0}");
            assert_eq!(line(&typed), "ada", "{unseen:?}");
        }
        assert_eq!(line("\u{a0}\u{2003}12.5\u{202f}$\u{3000}"), "12.5 $");
        assert_eq!(
            address("\u{3000}ａｄａ＠x．example\u{200b}"),
            "ada@x.example"
        );
        assert_eq!(line("a\nb\0"), "a\nb\0");
        assert_eq!(address("x²½"), "x²½", "another number is another value");
    }

    #[test]
    fn words_keep_what_they_are_made_of() {
        let persian = "نامه\u{200c}ها";
        assert_eq!(text(persian), persian);
        assert_eq!(text("❤\u{fe0f} two\nlines"), "❤\u{fe0f} two\nlines");
        assert_eq!(
            text("\u{feff} W\u{ad}IR\u{200b}E\u{202e}-1\u{a0}"),
            "WIRE-1"
        );
    }
}
