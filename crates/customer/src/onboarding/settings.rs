use std::time::Duration;

use crate::{kyc::Rules, levels::Levels, refresh::RefreshSchedule};

/// The bank's settings of onboarding.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Which Sumsub level a customer type goes through.
    pub levels: Levels,
    /// How callbacks are judged.
    pub rules: Rules,
    /// How long a verification link lives.
    pub link_ttl: Duration,
    /// How long after the link was mailed a prospect is reminded of it; with none nothing goes out by itself.
    pub reminders: Vec<Duration>,
    /// How often Sumsub is asked about whom no webhook came.
    pub refresh_schedule: RefreshSchedule,
    /// How long the rows of an imported file are kept.
    pub import_rows_kept: Duration,
    /// Whether operators may convert past KYC.
    pub allow_manual_conversion: bool,
    /// Personal data may be erased when a record has been closed for so many years.
    pub retention_years: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            levels: Levels::default(),
            rules: Rules {
                allow_sandbox: false,
            },
            link_ttl: Duration::from_secs(7 * 24 * 3600),
            reminders: [2, 5]
                .map(|days| Duration::from_secs(days * 24 * 3600))
                .to_vec(),
            import_rows_kept: Duration::from_secs(30 * 24 * 3600),
            refresh_schedule: RefreshSchedule::default(),
            allow_manual_conversion: true,
            retention_years: 5,
        }
    }
}
