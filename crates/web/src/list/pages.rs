//! Links to the other pages of a list, and where the page stands in it.

use std::fmt::Display;

use askama::{Template, filters::HtmlSafe};
use customer::{list::Extent, raised::Count};

/// Links to the other pages of a list.
#[derive(Template)]
#[template(path = "parts/pages.html")]
pub struct Pages(pub Vec<PageLink>);

impl HtmlSafe for Pages {}

/// A link to another page of a list.
pub struct PageLink {
    class: &'static str,
    rel: &'static str,
    words: &'static str,
    address: String,
}

impl PageLink {
    #[cfg(test)]
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// To the page before this one.
    pub const fn newer(words: &'static str, address: String) -> Self {
        Self {
            class: "newer",
            rel: "prev",
            words,
            address,
        }
    }

    /// To the page with which the list begins.
    pub fn first(words: &'static str, address: String) -> Self {
        Self {
            rel: "first",
            ..Self::newer(words, address)
        }
    }

    /// To the page after this one.
    pub const fn older(words: &'static str, address: String) -> Self {
        Self {
            class: "older",
            rel: "next",
            words,
            address,
        }
    }
}

/// Where a page stands in its list: "1–50 of 1,234"; nothing when there is nothing on it.
pub fn place_in_list(extent: &Extent) -> Option<String> {
    if extent.here == 0 {
        return None;
    }
    let total = counted(extent.total);
    Some(if extent.before.more {
        format!(
            "{} after the first {}, of {total}",
            grouped(extent.here),
            grouped(extent.before.count)
        )
    } else {
        let first = extent.before.count.saturating_add(1);
        let last = extent.before.count.saturating_add(extent.here);
        format!("{}–{} of {total}", grouped(first), grouped(last))
    })
}

fn counted(count: Count) -> String {
    let more = if count.more { "more than " } else { "" };
    format!("{more}{}", grouped(count.count))
}

/// With commas between the thousands.
pub fn grouped(n: impl Display) -> String {
    let digits = n.to_string();
    let mut grouped = String::with_capacity(digits.len() * 2);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// So many of something: "1 prospect", "9,900 prospects".
pub fn so_many(n: impl Display, one: &str, many: &str) -> String {
    let count = grouped(n);
    format!("{count} {}", if count == "1" { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_says_where_it_stands() {
        let many = |count| Count { count, more: true };
        let said = |before, here, total| {
            place_in_list(&Extent {
                before,
                here,
                total,
            })
        };
        assert_eq!(said(Count::of(0), 0, Count::of(0)), None);
        for (before, here, total, words) in [
            (Count::of(0), 1, Count::of(1), "1–1 of 1"),
            (Count::of(0), 50, Count::of(1234), "1–50 of 1,234"),
            (Count::of(1200), 34, Count::of(1234), "1,201–1,234 of 1,234"),
            (
                Count::of(50),
                50,
                many(10_000),
                "51–100 of more than 10,000",
            ),
            (
                many(10_000),
                50,
                Count::of(1_000_000),
                "50 after the first 10,000, of 1,000,000",
            ),
        ] {
            assert_eq!(said(before, here, total).as_deref(), Some(words));
        }
    }
}
