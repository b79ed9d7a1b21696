//! Wrong configurations, each with what must be said of it: by `usher doctor` all of it, by `usher serve` what it doesn't start
//! with, and by `usher migrate` what no migration can work with.

mod case;
mod database;
mod fake_postgres;
mod migrating;
mod outage;
mod outside;
mod pooler;
mod reading;
mod relations;
