//! Which characters of typed texts are shown as they are.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Whether a character can stand in one line. What nobody sees can't: two texts would look alike and differ, or read
/// backwards. The joiners belong to words of Persian or Hindi.
#[must_use]
pub fn is_printable(c: char) -> bool {
    matches!(c, '\u{200c}' | '\u{200d}')
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
