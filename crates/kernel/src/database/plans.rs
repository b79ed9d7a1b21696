//! How statements are planned: what a session is told, and which statement needs a plan of its own.

/// What is set in a session that plans a statement once for all its parameters. Without `jit`: to compile a short statement takes
/// longer than to run it, and a plan that reads a whole table although it should not is dear enough to be compiled.
pub const PLANNED_ONCE: Settings = by_index("force_generic_plan");
/// What is set in one that plans it each time.
pub(super) const PLANNED_EACH_TIME: Settings = by_index("force_custom_plan");

/// What is set in a session, by PostgreSQL's names.
pub type Settings = [(&'static str, &'static str); 3];

const fn by_index(plans: &'static str) -> Settings {
    [
        ("plan_cache_mode", plans),
        ("enable_seqscan", "off"),
        ("jit", "off"),
    ]
}

/// The statements that set them: `SET`, or `SET LOCAL` for one transaction.
pub(super) fn setting(set: &str, settings: &[(&str, &str)]) -> String {
    let settings = settings
        .iter()
        .map(|(name, value)| format!("{set} {name} = {value}"));
    settings.collect::<Vec<_>>().join("; ")
}

/// Whether one plan for all parameters would be ruinous: no index helps a condition that is left out when its parameter is null.
pub(super) fn depends_on_parameters(sql: &str) -> bool {
    sql.match_indices(" IS NULL OR").any(|(at, _)| {
        let before = sql[..at].rsplit(|c: char| c.is_whitespace() || c == '(');
        before.take(1).any(|word| word.starts_with('$'))
    })
}
