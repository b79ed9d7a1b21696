-- What we know of logins in Keycloak. Ids only: what Keycloak says counts.

-- Which user is whose login, so that nobody has to be searched for by attribute each time.
CREATE TABLE keycloak_logins (
    customer_id     UUID PRIMARY KEY,
    user_id         UUID NOT NULL,
    -- Keycloak's temporary passwords have no end: an unused one is taken away then.
    temporary_until TIMESTAMPTZ
);

CREATE INDEX keycloak_logins_temporary ON keycloak_logins (temporary_until) WHERE temporary_until IS NOT NULL;

-- Calls whose answer never came: Keycloak may carry them out later, so the login is looked at again, and once more after that.
CREATE TABLE keycloak_doubts (
    customer_id UUID PRIMARY KEY,
    look_at     TIMESTAMPTZ NOT NULL,
    looks_left  SMALLINT NOT NULL
);

CREATE INDEX keycloak_doubts_look_at ON keycloak_doubts (look_at);

-- The operators as Keycloak named them last: for the audit log's pages, and while Keycloak is away.
CREATE TABLE keycloak_operators (
    id       UUID PRIMARY KEY,
    name     TEXT NOT NULL,
    role     TEXT,
    disabled_at TIMESTAMPTZ
);
