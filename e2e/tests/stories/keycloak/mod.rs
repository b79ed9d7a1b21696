//! `identity.provider = "keycloak"`: people at Keycloak's own pages, programs with its tokens, and who gets in no longer.

mod ended;
mod late_red;
mod operators_tools;
mod people;
mod programs;
mod rotation;
mod scene;
mod taken;
mod walkthrough;

use e2e::{Chapter, Story};

/// Two that work, and two that wait for their minute to go by.
const AT_ONCE: usize = 4;

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "keycloak",
        vec![
            Story::new(
                "a_role_taken_away_works_within_a_minute",
                ended::role_taken_away,
            ),
            Story::new(
                "a_programs_token_is_taken_only_when_all_of_it_is_right",
                programs::tokens,
            ),
            Story::new(
                "the_walkthrough_at_keycloaks_own_pages",
                walkthrough::walkthrough,
            ),
            Story::new("nobody_gets_in_at_the_others_site", people::other_site),
            Story::new(
                "an_operator_without_a_role_or_disabled_gets_in_nowhere",
                people::no_role,
            ),
            Story::new(
                "a_login_that_is_no_customers_sees_nothing_of_the_portal",
                people::no_customer,
            ),
            Story::new(
                "a_session_ended_in_keycloak_ends_ours",
                ended::session_ended,
            ),
            Story::new(
                "a_late_red_shuts_out_at_the_portal_and_at_keycloak",
                late_red::late_red,
            ),
            Story::new("a_taken_address_needs_a_person_and_says_so", taken::taken),
            Story::new("new_keys_work_without_a_restart", rotation::new_keys),
            Story::new(
                "setup_is_fine_the_second_time_and_doctor_names_what_is_wrong",
                operators_tools::setup_and_doctor,
            ),
        ],
    )
    .side_by_side(AT_ONCE)
}
