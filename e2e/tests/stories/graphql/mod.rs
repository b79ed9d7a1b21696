//! The admin GraphQL API, as programs use it: the real binary, over HTTP, WebSocket and SSE.

mod fuzz;
mod manual;
mod matrix;
mod schema;

use e2e::{Chapter, Story};

pub fn chapter() -> Chapter {
    // What is drawn freezes and closes whatever customer it finds: nobody may be in the middle of a story then.
    Chapter::sharing(
        "graphql",
        vec![
            Story::new(
                "every_example_of_the_manual_does_what_it_says",
                manual::examples,
            ),
            Story::new(
                "every_operation_asks_for_its_permission_and_for_no_other",
                matrix::roles,
            ),
            Story::new("a_stranger_gets_nothing", matrix::strangers),
            Story::new("whatever_the_grammar_allows_is_never_our_fault", fuzz::fuzz),
        ],
    )
    .in_turn()
}
