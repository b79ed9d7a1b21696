//! The rows of schema `dev_sumsub`.

mod applicant;
mod link;
mod listed;
mod switches;
mod webhook;

pub(crate) use applicant::Applicant;
pub(crate) use link::Link;
pub(crate) use listed::{Listed, Owner};
pub(crate) use webhook::{NewWebhook, Webhook};
