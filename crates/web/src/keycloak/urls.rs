//! The addresses of a site that the identity provider has to know, to the letter.

use url::Url;

/// What is registered with the provider for one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidcUrls {
    /// Where people come back to with a code: the redirect URI.
    pub callback: Url,
    /// Where people come back to after signing out: the post-logout redirect URI.
    pub signed_out: Url,
    /// Where the provider says that a session has ended: the back-channel logout URL.
    pub back_channel: Url,
}

/// The addresses of the site that browsers find at `base`.
#[must_use]
pub fn oidc_urls(base: &Url) -> OidcUrls {
    let mut signed_out = below(base, "login");
    signed_out.set_query(Some("signed_out=1"));
    OidcUrls {
        callback: below(base, "login/callback"),
        signed_out,
        back_channel: below(base, "logout/back-channel"),
    }
}

/// The address at which a sign-in begins.
pub(super) fn begin_url(base: &Url) -> Url {
    below(base, "login/keycloak")
}

fn below(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    let folder = base.path().trim_end_matches('/');
    url.set_path(&format!("{folder}/{path}"));
    url.set_query(None);
    url.set_fragment(None);
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_the_same_addresses_with_and_without_a_slash_at_its_end() {
        for base in ["https://panel.bank.example", "https://panel.bank.example/"] {
            let urls = oidc_urls(&Url::parse(base).unwrap());
            assert_eq!(
                urls.callback.as_str(),
                "https://panel.bank.example/login/callback"
            );
            assert_eq!(
                urls.signed_out.as_str(),
                "https://panel.bank.example/login?signed_out=1"
            );
            assert_eq!(
                urls.back_channel.as_str(),
                "https://panel.bank.example/logout/back-channel"
            );
        }
    }
}
