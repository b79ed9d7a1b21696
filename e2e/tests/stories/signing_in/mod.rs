//! Who can sign in at which site, and with what.

mod people;
mod sessions;

use e2e::{Chapter, Story};

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "signing_in",
        vec![
            Story::new(
                "sessions_are_http_only_same_site_and_named_for_panel_or_portal",
                sessions::cookies,
            ),
            Story::new(
                "a_form_on_another_site_or_port_is_refused",
                sessions::cross_site,
            ),
            Story::new(
                "a_portal_session_opens_no_panel_and_the_reverse",
                sessions::other_site,
            ),
            Story::new(
                "every_page_of_the_panel_asks_a_stranger_to_sign_in",
                people::strangers,
            ),
            Story::new(
                "signing_out_ends_the_session_on_the_server",
                sessions::sign_out,
            ),
            Story::new("a_login_gets_a_new_session_id", sessions::fixation),
            Story::new("too_many_tries_are_turned_away", people::throttled),
            Story::new("an_auditor_sees_and_creates_nothing", people::auditor),
            Story::new("an_onboarding_officer_creates", people::officer),
            Story::new(
                "a_bearer_token_opens_the_panel_and_a_wrong_one_does_not",
                people::bearer,
            ),
            Story::new(
                "the_sign_in_page_leads_nowhere_else",
                sessions::open_redirect,
            ),
        ],
    )
}
