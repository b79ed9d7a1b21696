//! Sumsub, played on one's own machine: for `usher dev` and tests, never for `usher serve`.
//!
//! It answers the REST calls that [`sumsub::Client`] makes, checking token, clock and signature as Sumsub does; it
//! shows a page behind each verification link where one plays the applicant and Sumsub's reviewer; and it
//! sends the signed webhooks, with Sumsub's retries on a shorter clock. Switches make it send twice, late, out of
//! order, never, from the sandbox, or wrongly signed, and make REST calls fail. REST always tells how things stand,
//! whatever became of the webhooks.
//!
//! # The forms
//!
//! Everything on the pages is a plain form, so tests need no browser: `POST` it urlencoded to the link's address plus
//! the path below. The answer is 303 to the page; to that of another link when `back` holds its token. 404 and 410: no
//! such link, or it has ended; 409: the applicant was deleted; 422: what was typed cannot be. An `Origin`, when there is
//! one, has to be the simulator's own. Opening a link (`GET`, not `HEAD`) or sending any of its forms creates the applicant.
//!
//! | path | fields | what happens |
//! |---|---|---|
//! | `/submit` | | `applicantPending`; after a finished review a new attempt |
//! | `/approve`, `/hold` | | `applicantReviewed` with `GREEN`; `applicantOnHold`. Whatever came before: a late RED is an approved applicant's `/reject` |
//! | `/reject` | `reject_type` (`RETRY`, `FINAL`), `label` (many), `other_labels`, `moderation_comment`, `client_comment` | `applicantReviewed` with `RED` |
//! | `/answer` | `review_answer` (`YELLOW`) | `applicantReviewed` with that answer |
//! | `/reset` | | `applicantReset`: status `init`, a new attempt |
//! | `/deactivate`, `/activate` | | `applicantDeactivated`, `applicantActivated` |
//! | `/delete` | | `applicantDeleted`: REST answers 404 from now on |
//! | `/open` | | after `/delete` a new applicant, with another id; opening a newer link does the same |
//! | `/level` | `level` | `applicantLevelChanged`: status `init`, a new attempt |
//! | `/personal-info` | of a person `first_name`, `middle_name`, `last_name`, `dob`, `nationality`; of a company `company_name`, `registration_number`, `incorporated_on`; of both `country`, `address`. What is missing is emptied | `applicantPersonalInfoChanged` |
//! | `/owners` | `owner_first_name`, `owner_last_name`, `owner_type` (`ubo`, `shareholder`, `director`, `representative`), `owner_share` | a beneficial owner of this company: an applicant of its own with a link of its own, whose webhooks carry `applicantMemberOf` |
//! | `/made-up` | | a webhook of a type that nobody knows |
//! | `/send` | `type` (`applicantReviewed`), `answer`, `retry_or_final`, `labels`, `comment`, `private_comment`, `review_status`, `level_name`, `offset_seconds` (negative: in the past), `created_at_ms` (these words), `applicant_id`, `external_user_id`, `correlation_id`, `sandbox` (`true`, `false`), `omit` (many: names of fields) | a webhook that says so; the applicant stays as it is |
//!
//! Under the base URL: `POST /switches` with `twice`, `shuffled`, `dropped`, `sandbox`, `wrong_signature` (any text: on),
//! `late_seconds`, `algorithm` ([`SignedWith`]), `rest_failure` ([`RestFailure`]), `rest_calls`, `retry_after_seconds`; what is
//! missing is off. `GET` and `PUT /switches` are the same as JSON ([`Switches`]). `GET /webhooks` lists every webhook as
//! JSON, the newest first; `POST /webhooks/{id}/send` sends one again, rightly signed, with the algorithm of now.

mod callback;
mod config;
mod events;
mod ids;
mod origin;
mod pages;
mod play;
mod rest;
mod sender;
mod simulator;
mod start;
mod store;
mod switches;

pub use config::{Level, SimulatorConfig};
pub use origin::is_from_own_page;
pub use simulator::{Simulator, SimulatorError};
pub use switches::{RestFailure, SignedWith, Switches};
