//! Both doors on a real database, by their routers.

mod common;
mod doors;
mod pages;
mod portal;
