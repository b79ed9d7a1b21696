//! Where the database is: what `database.url` and `database.direct_url` may say beyond what sqlx reads.

use std::{env, net::IpAddr};

use sqlx::postgres::{PgConnectOptions, PgSslMode};

/// Who wants to know what kind of server a host is, in the words of libpq:
/// <https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS>.
const TARGET: &str = "target_session_attrs";

/// One host or several; each has the options that lead to it.
#[derive(Clone)]
pub struct Address {
    hosts: Vec<PgConnectOptions>,
    any: bool,
}

impl Address {
    /// Reads a URL such as `postgres://user:password@one:5432,two:5432/usher?target_session_attrs=read-write`.
    ///
    /// TLS to a host that isn't this machine is verified unless the URL (or PGSSLMODE) says otherwise.
    ///
    /// # Errors
    /// When it is none. The words never hold the text: a password may be in it.
    pub fn parse(url: &str) -> Result<Self, &'static str> {
        const NONE: &str = "is no PostgreSQL URL";
        let (scheme, rest) = url.split_once("://").ok_or(NONE)?;
        if !["postgres", "postgresql"].contains(&scheme) {
            return Err(NONE);
        }
        let (authority, tail) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
        let (who, hosts) = match authority.rsplit_once('@') {
            Some((who, hosts)) => (format!("{who}@"), hosts),
            None => (String::new(), authority),
        };
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let mut any = false;
        let mut mode_is_said = env::var_os("PGSSLMODE").is_some();
        let mut kept = Vec::new();
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            match (key, value) {
                (TARGET, "any") => any = true,
                (TARGET, "read-write" | "primary") => {}
                (TARGET, _) => {
                    return Err("has a target_session_attrs that is neither read-write nor any");
                }
                ("host" | "hostaddr" | "port", list) if list.contains(',') => {
                    return Err("names several hosts behind the question mark, not before it");
                }
                ("sslmode" | "ssl-mode", _) => {
                    mode_is_said = true;
                    kept.push(pair);
                }
                _ => kept.push(pair),
            }
        }
        let kept = kept.join("&");
        let many = hosts.contains(',');
        let hosts = hosts.split(',').map(|host| {
            if many && host.is_empty() {
                return Err(NONE);
            }
            let url = format!("{scheme}://{who}{host}{path}?{kept}");
            let options: PgConnectOptions = url.parse().map_err(|_| NONE)?;
            let verified = !mode_is_said && !is_here(&options);
            Ok(if verified {
                options.ssl_mode(PgSslMode::VerifyFull)
            } else {
                options
            })
        });
        Ok(Self {
            hosts: hosts.collect::<Result<_, _>>()?,
            any,
        })
    }

    /// What leads to each of the hosts, in order.
    #[must_use]
    pub fn hosts(&self) -> &[PgConnectOptions] {
        &self.hosts
    }

    /// Whether a server that takes no changes will do, too.
    #[must_use]
    pub fn takes_any(&self) -> bool {
        self.any
    }
}

/// Whether what it leads to is on this machine.
#[must_use]
pub fn is_here(options: &PgConnectOptions) -> bool {
    let host = options.get_host().trim_matches(['[', ']']);
    options.get_socket().is_some()
        || host.starts_with('/')
        || host == "localhost"
        || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// What it leads to, for people.
#[must_use]
pub fn place(options: &PgConnectOptions) -> String {
    options.get_socket().map_or_else(
        || format!("{}:{}", options.get_host(), options.get_port()),
        |socket| socket.display().to_string(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(url: &str) -> Vec<String> {
        let address = Address::parse(url).unwrap();
        address.hosts().iter().map(place).collect()
    }

    #[test]
    fn several_hosts_are_read_in_order() {
        let url = "postgres://u:p%40@one:5432,two,[::1]:5433/usher?target_session_attrs=read-write&application_name=a";
        assert_eq!(places(url), ["one:5432", "two:5432", "[::1]:5433"]);
        for options in Address::parse(url).unwrap().hosts() {
            assert_eq!(options.get_username(), "u");
            assert_eq!(options.get_database(), Some("usher"));
            assert_eq!(options.get_application_name(), Some("a"));
        }
        assert!(!Address::parse(url).unwrap().takes_any());
        let any = Address::parse("postgres://u@one,two/d?target_session_attrs=any").unwrap();
        assert!(any.takes_any());
        assert_eq!(
            places("postgres:///usher?host=/run/postgresql"),
            ["/run/postgresql"]
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for url in [
            "mysql://u@one/d",
            "one:5432",
            "postgres://u@one,,two/d",
            "postgres://u@one:x,two/d",
            "postgres://u@one/d?target_session_attrs=standby",
            "postgres:///d?host=one,two",
        ] {
            assert!(Address::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn tls_is_verified_unless_the_url_says_otherwise_or_it_is_this_machine() {
        let mode = |url: &str| {
            let address = Address::parse(url).unwrap();
            format!("{:?}", address.hosts()[0].get_ssl_mode())
        };
        assert_eq!(mode("postgres://u@db.bank.example/d"), "VerifyFull");
        assert_eq!(
            mode("postgres://u@10.0.0.1/d?sslrootcert=/ca.pem"),
            "VerifyFull"
        );
        assert_eq!(mode("postgres://u@10.0.0.1/d?sslmode=require"), "Require");
        for here in ["127.0.0.1", "localhost", "[::1]"] {
            assert_eq!(mode(&format!("postgres://u@{here}/d")), "Prefer");
        }
        assert_eq!(mode("postgres:///d?host=/run"), "Prefer");
    }
}
