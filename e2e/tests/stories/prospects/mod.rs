//! Prospects at the panel: what the create form takes, and how the list is used. Without JavaScript, as a program sees it.

mod create;
mod list;
mod refused;

use e2e::{Chapter, Story};

pub fn chapter() -> Chapter {
    Chapter::sharing(
        "prospects",
        vec![
            Story::new(
                "a_new_prospect_is_new_open_and_not_started",
                create::a_new_prospect,
            ),
            Story::new(
                "a_leading_at_is_taken_off_the_telegram_handle",
                create::at_is_taken_off,
            ),
            Story::new(
                "each_of_seven_customer_types_can_be_chosen",
                create::seven_types,
            ),
            Story::new(
                "a_bad_email_is_refused_beside_the_field",
                refused::bad_emails,
            ),
            Story::new(
                "a_bad_telegram_handle_is_refused_beside_the_field",
                refused::bad_handles,
            ),
            Story::new(
                "a_bad_customer_type_is_refused_beside_the_field",
                refused::bad_types,
            ),
            Story::new(
                "what_is_taken_is_said_and_links_to_who_has_it",
                refused::taken,
            ),
            Story::new(
                "the_confirm_step_trusts_nobody_either",
                create::confirm_is_checked,
            ),
            Story::new("html_is_shown_as_it_was_typed", refused::html_is_escaped),
            Story::new("a_double_submit_makes_one_prospect", create::double_submit),
            Story::new("two_at_once_with_one_email_make_one_prospect", create::race),
            Story::new("an_unknown_prospect_is_a_404_page", create::unknown),
            Story::new("the_list_filters_by_stage_and_type", list::filters),
            Story::new(
                "the_list_is_searched_by_a_part_of_an_email_and_by_public_id",
                list::search,
            ),
            Story::new(
                "the_list_sorts_by_creation_and_pages_by_cursor",
                list::pages,
            ),
        ],
    )
}
