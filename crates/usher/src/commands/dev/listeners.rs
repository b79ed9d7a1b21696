//! Where `usher dev` listens.

use std::net::{Ipv4Addr, SocketAddr};

use url::Url;

use crate::{cli::DevArgs, failure::Failure, listeners::BoundListener};

/// The four listeners, bound before anything else is done.
pub struct Listeners {
    pub admin: BoundListener,
    pub public: BoundListener,
    pub ops: BoundListener,
    pub tools: BoundListener,
}

impl Listeners {
    /// Takes the ports that the flags name.
    ///
    /// # Errors
    /// When one is in use.
    pub async fn bind(args: &DevArgs) -> Result<Self, Failure> {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        Ok(Self {
            admin: BoundListener::bind("admin", local(args.admin_port), "--admin-port PORT")
                .await?,
            public: BoundListener::bind("public", local(args.public_port), "--public-port PORT")
                .await?,
            ops: BoundListener::bind("ops", local(args.ops_port), "--ops-port PORT").await?,
            tools: BoundListener::bind("dev tools", local(args.dev_port), "--dev-port PORT")
                .await?,
        })
    }
}

/// Where everything is.
pub struct Urls {
    pub admin: Url,
    pub public: Url,
    pub ops: Url,
    pub tools: Url,
    pub sumsub: Url,
    pub webhook: Url,
}

impl Urls {
    /// Of these listeners.
    ///
    /// # Errors
    /// Never for an address that could be bound.
    pub fn of(listeners: &Listeners) -> Result<Self, Failure> {
        let below = |url: &Url, path: &str| {
            url.join(path)
                .map_err(|error| Failure::other(format!("{path} is no path: {error}.")))
        };
        let (public, tools) = (listeners.public.url()?, listeners.tools.url()?);
        Ok(Self {
            admin: listeners.admin.url()?,
            ops: listeners.ops.url()?,
            sumsub: below(&tools, "/sumsub")?,
            webhook: below(&public, "/webhook/sumsub")?,
            public,
            tools,
        })
    }
}
