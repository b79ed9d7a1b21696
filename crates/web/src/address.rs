//! E-mail addresses inside of texts that may be too long for one line.

use std::fmt::{self, Display, Formatter, Write as _};

use askama::filters::HtmlSafe;

/// A text in which addresses are marked: they may break anywhere, as nothing else does (`.address` in `assets/css/ground.css`).
///
/// Nothing stands inside of an address itself, such as `<wbr>`: screen readers would read its parts as words.
#[derive(Debug, Clone, Copy)]
pub struct Breakable<'a>(&'a str);

impl HtmlSafe for Breakable<'_> {}

/// For a template, which writes it as it is.
#[must_use]
pub fn breakable(text: &str) -> Breakable<'_> {
    Breakable(text)
}

impl Display for Breakable<'_> {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        for word in self.0.split_inclusive(char::is_whitespace) {
            let is_address = word.contains('@');
            if is_address {
                out.write_str("<span class=\"address\">")?;
            }
            for letter in word.chars() {
                match letter {
                    '&' => out.write_str("&#38;")?,
                    '<' => out.write_str("&#60;")?,
                    '>' => out.write_str("&#62;")?,
                    '"' => out.write_str("&#34;")?,
                    '\'' => out.write_str("&#39;")?,
                    other => out.write_char(other)?,
                }
            }
            if is_address {
                out.write_str("</span>")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_marked_and_everything_is_escaped() {
        assert_eq!(
            breakable("o'neil@bank.example (100004)").to_string(),
            "<span class=\"address\">o&#39;neil@bank.example </span>(100004)"
        );
        assert_eq!(breakable("<b>&\"").to_string(), "&#60;b&#62;&#38;&#34;");
        assert_eq!(breakable("").to_string(), "");
    }
}
