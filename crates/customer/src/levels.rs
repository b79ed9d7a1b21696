//! Which Sumsub level a customer type goes through.

use std::collections::HashMap;

use crate::primitives::CustomerType;

/// The levels' names in Sumsub, by customer type: Individual → KYC, all others → KYB; each may be set.
#[derive(Debug, Clone)]
pub struct Levels {
    /// The level's name for individuals.
    pub kyc: String,
    /// For all other types.
    pub kyb: String,
    /// For single types, instead of the two.
    pub by_type: HashMap<CustomerType, String>,
}

impl Default for Levels {
    /// The names that Sumsub's dashboard begins with.
    fn default() -> Self {
        Levels {
            kyc: "basic-kyc-level".to_owned(),
            kyb: "basic-kyb-level".to_owned(),
            by_type: HashMap::new(),
        }
    }
}

impl Levels {
    /// The level's name for a customer type.
    #[must_use]
    pub fn level_for(&self, customer_type: CustomerType) -> &str {
        match (self.by_type.get(&customer_type), customer_type) {
            (Some(level), _) => level,
            (None, CustomerType::Individual) => &self.kyc,
            (None, _) => &self.kyb,
        }
    }
}
