-- A deposit or withdrawal is found by how its reference begins, on whatever account.
CREATE INDEX deposits_by_reference_beginning ON deposits (reference_key text_pattern_ops) WHERE reference IS NOT NULL;
CREATE INDEX withdrawals_by_reference_beginning ON withdrawals (reference_key text_pattern_ops) WHERE reference IS NOT NULL;
