//! The tabs of a customer's page. Each has an address, and reads what it shows.

/// A part of the page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Tab {
    /// What one looks at first, at the address of the customer.
    #[default]
    Overview,
    Money,
    Verification,
    Documents,
    History,
}

impl Tab {
    pub const ALL: [Self; 5] = [
        Self::Overview,
        Self::Money,
        Self::Verification,
        Self::Documents,
        Self::History,
    ];

    /// In addresses, behind the customer's; nothing for the first.
    const fn name(self) -> Option<&'static str> {
        match self {
            Self::Overview => None,
            Self::Money => Some("money"),
            Self::Verification => Some("verification"),
            Self::Documents => Some("documents"),
            Self::History => Some("history"),
        }
    }

    pub const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Money => "Money",
            Self::Verification => "Verification",
            Self::Documents => "Documents",
            Self::History => "History",
        }
    }

    /// Where it is, for the customer at `record`.
    pub fn path(self, record: &str) -> String {
        match self.name() {
            None => record.to_owned(),
            Some(name) => format!("{record}/{name}"),
        }
    }

    /// The one at this address, of the customer at `record`; the first when it is none of them.
    pub fn at(address: &str, record: &str) -> Self {
        let path = address.split(['?', '#']).next().unwrap_or_default();
        let mut all = Self::ALL.into_iter();
        all.find(|tab| tab.path(record) == path).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_to_one_tab() {
        let record = "/customers/100001";
        for tab in Tab::ALL {
            assert_eq!(Tab::at(&tab.path(record), record), tab);
            let said = format!("{}?done=close#done", tab.path(record));
            assert_eq!(Tab::at(&said, record), tab);
        }
        for other in [
            "",
            "/",
            "/customers/100002/money",
            "/customers/100001/close",
        ] {
            assert_eq!(Tab::at(other, record), Tab::Overview, "{other}");
        }
    }
}
