-- Every filter of a list finds its rows in the order of the list, however rare they are: otherwise a filter that fits
-- nobody reads the whole table.

CREATE INDEX prospects_by_type ON prospects (customer_type, created_at DESC, id DESC);
-- Declined, and Sumsub lets them try again.
CREATE INDEX prospects_to_retry ON prospects (created_at DESC, id DESC)
  WHERE stage = 'kyc_declined' AND reject_type = 'RETRY';
-- A search of too few characters for trigrams finds how e-mails begin.
CREATE INDEX prospects_by_email_beginning ON prospects (lower(email COLLATE "C") text_pattern_ops);
CREATE INDEX refreshes_failing ON refreshes (prospect_id) WHERE failures > 0;

CREATE INDEX customers_by_type ON customers (customer_type, created_at DESC, id DESC);
CREATE INDEX customers_with_access ON customers (created_at DESC, id DESC) WHERE activity IN ('pending', 'active');
CREATE INDEX customers_by_email_beginning ON customers (lower(email COLLATE "C") text_pattern_ops);

CREATE INDEX callbacks_by_outcome ON callbacks (outcome, id DESC);
CREATE INDEX callbacks_by_type ON callbacks (callback_type, id DESC);
