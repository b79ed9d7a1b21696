//! The figures beside each other.

/// Customers, or users, a second.
pub(super) struct Figures {
    /// The bare client, hashed temporary passwords.
    pub(super) bare: f64,
    /// The bare client, plain temporary passwords.
    pub(super) plain: f64,
    /// Usher with one call for each login.
    pub(super) one_call_a_login: f64,
    /// Usher with `partialImport`.
    pub(super) imported: f64,
}

/// Prints them; whether every goal is met.
pub(super) fn print(figures: &Figures) -> bool {
    println!("| what | figure | ratio to the bare client | ratio to plain passwords | goal |");
    println!("|---|---:|---:|---:|---|");
    let mut met = true;
    for (what, rate, to_bare, to_plain) in [
        (
            "bare client: look, make with a hashed temporary password",
            figures.bare,
            None,
            None,
        ),
        (
            "bare client: look, make with a plain temporary password",
            figures.plain,
            None,
            None,
        ),
        (
            "Usher, GREEN to Active",
            figures.one_call_a_login,
            Some(0.7),
            Some(3.0),
        ),
        (
            "Usher, GREEN to Active, with partialImport",
            figures.imported,
            None,
            Some(10.0),
        ),
    ] {
        let goals: Vec<String> = [
            (to_bare, figures.bare, "bare"),
            (to_plain, figures.plain, "plain"),
        ]
        .into_iter()
        .filter_map(|(goal, of, name)| {
            let goal = goal?;
            let reached = rate / of >= goal;
            met &= reached;
            Some(format!(
                "{name} ≥ {goal}: {}",
                if reached { "met" } else { "MISSED" }
            ))
        })
        .collect();
        println!(
            "| {what} | {rate:.0}/s | {:.2} | {:.1} | {} |",
            rate / figures.bare,
            rate / figures.plain,
            goals.join(", ")
        );
    }
    met
}
