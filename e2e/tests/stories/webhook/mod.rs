//! Sumsub's webhook: what is let in, what is answered, and what comes of it.

mod entrance;
mod judging;
mod load;
mod outage;

use anyhow::Result;
use e2e::{
    Admin, Chapter, Story, Usher,
    admin::{NewProspect, Prospect, fresh_email},
};

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "webhook",
        vec![
            Story::new(
                "without_the_right_digest_it_is_401_and_nothing_is_stored",
                entrance::digests,
            ),
            Story::new(
                "sha512_is_taken_and_sha1_is_not_by_default",
                entrance::algorithms,
            ),
            Story::new(
                "other_requests_are_400_405_413_and_unknown_types_200",
                entrance::other_requests,
            ),
            Story::new(
                "what_is_hard_to_read_is_kept_and_judged_as_far_as_it_goes",
                entrance::hard_to_read,
            ),
            Story::new(
                "one_callback_20_times_at_once_makes_one_customer",
                load::twenty_at_once,
            ),
            Story::new(
                "ten_customers_callbacks_shuffled_all_end_active",
                load::shuffled,
            ),
            Story::new("a_stale_callback_moves_nothing", judging::stale),
            Story::new(
                "a_green_that_is_not_whole_converts_nobody",
                judging::incomplete,
            ),
            Story::new(
                "a_callback_that_does_not_apply_is_recorded_with_its_reason",
                judging::not_applying,
            ),
            Story::new(
                "the_same_key_with_another_body_is_conflicting",
                judging::conflicting,
            ),
            Story::new(
                "a_long_backlog_of_strangers_is_worked_off_without_a_hitch",
                load::backlog,
            ),
            Story::new("dev_takes_sandbox_results", judging::sandbox),
            Story::new(
                "pending_on_hold_and_red_are_shown_and_green_still_converts",
                judging::red_then_green,
            ),
            Story::new(
                "a_hung_database_is_503_in_time_and_heals",
                outage::hung_database,
            ),
            Story::new(
                "a_database_that_is_away_is_503_and_the_next_start_takes_it",
                outage::database_away,
            ),
        ],
    )
}

/// A prospect, and the panel to look at it.
async fn prospect(usher: &Usher, who: &str) -> Result<(Admin, Prospect)> {
    let admin = usher.admin()?;
    let prospect = admin
        .create(&NewProspect::individual(&fresh_email(who)))
        .await?;
    Ok((admin, prospect))
}

/// An Usher of its own: what these stories do to the database would trouble the others.
async fn own_usher(name: &str) -> Result<(Usher, Prospect)> {
    let usher = Usher::start(name).await?;
    let (_, prospect) = prospect(&usher, "outage").await?;
    Ok((usher, prospect))
}
