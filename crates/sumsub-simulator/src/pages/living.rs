use super::answer::Problem;
use crate::{simulator::Simulator, store::Link};

/// The link, if it lives.
pub(super) async fn link(simulator: &Simulator, token: &str) -> Result<Link, Problem> {
    let found = match token.contains('\0') {
        true => None,
        false => Link::find(&simulator.inner.pool, token)
            .await
            .map_err(|error| Problem::database(simulator, &error))?,
    };
    match found {
        None => Err(Problem::not_found(
            simulator,
            "There is no such verification link.",
        )),
        Some(link) if link.has_ended() => Err(Problem::ended(simulator)),
        Some(link) => Ok(link),
    }
}
