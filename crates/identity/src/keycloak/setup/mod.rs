//! Brings a Keycloak to what Usher needs, again and again without harm: what is as it should be is left alone.

mod api;
mod clients;
mod realms;
mod wanted;

use access::Role;
use url::Url;

use self::{api::AdminApi, clients::Client};
use super::{KeycloakConfig, PANEL_CLIENT, PORTAL_CLIENT, PROVISIONING_CLIENT};

/// An administrator of the `master` realm, who may make realms.
#[derive(Clone)]
pub struct Administrator {
    /// The user name.
    pub user: String,
    /// The password; never in a log.
    pub password: String,
}

/// The addresses of one of our two sites (panel, portal) that Keycloak sends browsers to, or calls itself. Each is matched exactly.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientUrls {
    /// Its first page.
    pub home: Url,
    /// Where a sign-in comes back to.
    pub callback: Url,
    /// Where a sign-out comes back to.
    pub signed_out: Url,
    /// What Keycloak calls when a session ends there.
    pub back_channel: Url,
}

/// Where panel and portal are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Urls {
    /// The panel, for the internal realm.
    pub panel: ClientUrls,
    /// The portal, for the customer realm.
    pub portal: ClientUrls,
}

/// An operator that `usher dev` seeds.
#[derive(Clone)]
pub struct StaffMember {
    /// What they sign in with.
    pub email: String,
    /// Set at each setup.
    pub password: String,
    /// Their role, given when they are made.
    pub role: Role,
}

/// The secrets of our clients: ours are set in Keycloak; where there is none, Keycloak's own is kept or made.
#[derive(Clone, Default)]
pub struct Secrets {
    /// Of the panel's client.
    pub panel: Option<String>,
    /// Of the portal's client.
    pub portal: Option<String>,
    /// Of the service account that manages the logins.
    pub provisioning: Option<String>,
}

/// What came of a setup.
#[derive(Clone)]
pub struct Prepared {
    /// One line for each thing that was looked at, beginning with *made*, *changed* or *fine*.
    pub report: Vec<String>,
    /// The panel's secret, as Keycloak has it now.
    pub panel_secret: String,
    /// The portal's secret, as Keycloak has it now.
    pub portal_secret: String,
    /// The service account's secret, as Keycloak has it now.
    pub provisioning_secret: String,
}

/// Why a Keycloak could not be made ready. What was done before stays, and the next setup goes on.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// No answer at all.
    #[error(
        "Keycloak can't be reached at {url} ({problem}): start it, or correct identity.keycloak.url"
    )]
    Away {
        /// The address that was tried.
        url: String,
        /// What the connection said.
        problem: String,
    },
    /// The administrator's name or password is wrong.
    #[error(
        "Keycloak refuses the administrator {user}: check the user name and the password (of the master realm)"
    )]
    Administrator {
        /// The name that was tried.
        user: String,
    },
    /// Keycloak refused something.
    #[error("Keycloak refuses to {what} ({status} {answer}): see its log")]
    Refused {
        /// What was asked, in words.
        what: String,
        /// The HTTP status.
        status: u16,
        /// What Keycloak said to it.
        answer: String,
    },
    /// An answer that makes no sense.
    #[error("Keycloak's answer about {what} can't be read: is {url} a Keycloak 26?")]
    Unreadable {
        /// What was asked.
        what: String,
        /// The address that was asked.
        url: String,
    },
}

/// Makes realms, roles, clients, the user profile and the service accounts what Usher needs; gives every service account
/// the roles that it uses and takes all others of the realm's management away. `secrets` count, those in `config` don't.
///
/// # Errors
/// See [`SetupError`].
pub async fn set_up(
    config: &KeycloakConfig,
    administrator: &Administrator,
    secrets: &Secrets,
    urls: &Urls,
    staff: &[StaffMember],
) -> Result<Prepared, SetupError> {
    let mut api = AdminApi::sign_in(config, administrator).await?;
    let internal = config.internal_realm.as_str();
    let customers = config.customer_realm.as_str();

    realms::ensure(&mut api, internal, wanted::internal_realm(internal)).await?;
    for role in Role::ALL {
        realms::ensure_role(&mut api, internal, role).await?;
    }
    clients::ensure_audience_scope(&mut api, internal).await?;
    let panel = Client {
        realm: internal,
        id: PANEL_CLIENT,
        wanted: wanted::panel_client(&urls.panel),
        secret: secrets.panel.as_deref(),
        rights: Some(RIGHTS_OF_PANEL),
        mapper: None,
    };
    let panel_secret = clients::ensure(&mut api, &panel).await?;

    realms::ensure(&mut api, customers, wanted::customer_realm(customers)).await?;
    realms::ensure_profile(&mut api, customers).await?;
    let portal = Client {
        realm: customers,
        id: PORTAL_CLIENT,
        wanted: wanted::portal_client(&urls.portal),
        secret: secrets.portal.as_deref(),
        rights: None,
        mapper: Some(wanted::customer_id_mapper()),
    };
    let portal_secret = clients::ensure(&mut api, &portal).await?;
    let provisioning = Client {
        realm: customers,
        id: PROVISIONING_CLIENT,
        wanted: wanted::provisioning_client(),
        secret: secrets.provisioning.as_deref(),
        rights: Some(rights_for_provisioning(config.partial_import)),
        mapper: None,
    };
    let provisioning_secret = clients::ensure(&mut api, &provisioning).await?;

    for member in staff {
        realms::ensure_staff(&mut api, internal, member).await?;
    }
    Ok(Prepared {
        report: api.into_report(),
        panel_secret,
        portal_secret,
        provisioning_secret,
    })
}

/// The roles of `realm-management` that the panel uses: who has which role; and, for `usher doctor`, which roles there are.
pub(super) const RIGHTS_OF_PANEL: &[&str] = &["view-realm", "view-users"];

/// The roles of `realm-management` that provisioning uses. `partialImport` wants one with which its holder may change
/// everything in the realm, its keys and clients too: off unless asked for.
pub(super) fn rights_for_provisioning(partial_import: bool) -> &'static [&'static str] {
    if partial_import {
        &["manage-realm", "manage-users"]
    } else {
        &["manage-users"]
    }
}
