-- What operators keep of the panel's lists, each for themselves: which columns they see, and views under a name. An operator may be
-- one of Keycloak's, who is in no table of ours. What is typed into a search is not kept: it may be somebody's name.

CREATE TABLE list_columns (
  operator_id UUID NOT NULL,
  list TEXT NOT NULL,
  columns TEXT[] NOT NULL,
  PRIMARY KEY (operator_id, list)
);

CREATE TABLE list_views (
  id UUID PRIMARY KEY,
  operator_id UUID NOT NULL,
  list TEXT NOT NULL,
  name TEXT NOT NULL,
  -- Filters and order, as the list's address has them.
  query TEXT NOT NULL,
  UNIQUE (operator_id, list, name)
);
