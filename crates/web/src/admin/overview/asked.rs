//! Which days and which customer type the figures are about, as the address says it.

use customer::{primitives::CustomerType, statistics::Period};
use serde::Deserialize;

use crate::{error_page::PageError, list::ListAddress};

/// The address as it came.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct OverviewQuery {
    days: String,
    #[serde(rename = "type")]
    customer_type: String,
}

/// What it asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    pub period: Period,
    pub customer_type: Option<CustomerType>,
}

impl Default for Asked {
    fn default() -> Self {
        Self {
            period: Period::Month,
            customer_type: None,
        }
    }
}

impl OverviewQuery {
    /// What it asks for; what is left out or empty is a month, and all types.
    ///
    /// # Errors
    /// When there are no such figures.
    pub fn read(&self) -> Result<Asked, PageError> {
        let period = match self.days.as_str() {
            "" => Period::Month,
            days => days
                .parse()
                .ok()
                .and_then(Period::of_days)
                .ok_or(PageError::BadRequest(
                    "There are figures of the last 7, 30 and 90 days.",
                ))?,
        };
        let customer_type = match self.customer_type.as_str() {
            "" => None,
            name => Some(
                name.parse()
                    .map_err(|_| PageError::BadRequest("There is no such customer type."))?,
            ),
        };
        Ok(Asked {
            period,
            customer_type,
        })
    }
}

impl Asked {
    /// The same at another address.
    pub fn address(self, path: &str) -> String {
        let days = self.period.days().to_string();
        let customer_type = self.customer_type.map_or("", CustomerType::name);
        let filters = [("days", days), ("type", customer_type.to_owned())];
        ListAddress::new(path, filters).with(&[])
    }
}
