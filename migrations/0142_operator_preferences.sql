-- What an operator chose last and finds chosen again, on whichever device: names of `access::Preference`. An operator may be one of
-- Keycloak's, who is in no table of ours.
CREATE TABLE operator_preferences (
  operator_id UUID NOT NULL,
  name TEXT NOT NULL,
  chosen BOOLEAN NOT NULL,
  PRIMARY KEY (operator_id, name)
);
