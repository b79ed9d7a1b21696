-- *Needs a person* as a page: its filters by cause and by age, and what was decided of two records that look like one person.

-- The name of the cause, for a filter; `cause` stays the words that people read. NULL for words that no cause of ours has.
ALTER TABLE raised ADD COLUMN cause_name TEXT;
UPDATE raised SET cause_name = CASE
  WHEN cause = 'a GREEN after a RED that was FINAL' THEN 'green_after_final_red'
  WHEN cause = 'a GREEN for a closed prospect' THEN 'green_for_closed_prospect'
  WHEN cause = 'a GREEN for a closed customer' THEN 'green_for_closed_customer'
  WHEN cause = 'a GREEN for a rejected customer: Restore is possible' THEN 'green_for_rejected_customer'
  WHEN cause = 'a GREEN for a rejected customer, not newer than the RED: Restore is refused' THEN 'old_green_for_rejected_customer'
  WHEN cause = 'a RED for a closed customer' THEN 'red_for_closed_customer'
  WHEN cause = 'a RED for a verified customer (late RED)' THEN 'late_red'
  WHEN cause = 'Sumsub reviews a customer again' THEN 'customer_reviewed_again'
  WHEN cause = 'Sumsub put a customer on hold' THEN 'customer_on_hold'
  WHEN cause = 'Sumsub reset a customer''s verification' THEN 'customer_reset'
  WHEN cause = 'Sumsub deleted a customer''s applicant' THEN 'customer_applicant_deleted'
  WHEN cause = 'an answer that is neither GREEN nor RED' THEN 'unknown_answer'
  WHEN cause = 'Sumsub deactivated the applicant' THEN 'applicant_deactivated'
  WHEN cause LIKE 'Sumsub changed the applicant''s level from % to %, while “%” is expected' THEN 'level_changed'
  WHEN cause LIKE '% for another applicant than the one on record' THEN 'another_applicant'
  WHEN cause LIKE '% for a new applicant, though no link was made since Sumsub deleted the one before' THEN 'applicant_without_link'
  WHEN cause LIKE '% for %, while the record is of %' THEN 'wrong_applicant_type'
  WHEN cause LIKE '% for the level “%”, while “%” is expected' THEN 'wrong_level'
  WHEN cause = 'a beneficial owner of this company was put on hold' THEN 'owner_on_hold'
  WHEN cause LIKE '% for a beneficial owner of this company' THEN 'owner_bad_news'
  WHEN cause LIKE '% was not applied: %' THEN 'bad_news_not_applied'
  WHEN cause = 'two callbacks with one key and different bodies' THEN 'conflicting_callback'
  WHEN cause = 'What Sumsub told could not be processed. It is tried again by itself, and this is resolved when that works; if it stays, look at the callback for the reason and at the log of Usher' THEN 'callback_failed'
  WHEN cause LIKE 'Sumsub refuses to tell Usher about applicants (HTTP %), so no record is refreshed: %' THEN 'sumsub_refuses_all'
  WHEN cause LIKE 'Sumsub refuses to tell about this record''s applicant (HTTP %): the page says why' THEN 'sumsub_refuses_record'
  WHEN cause LIKE 'Sumsub has no applicant for this record any more (HTTP 404): look in Sumsub''s dashboard whether it was deleted, and whether sumsub.app\_token belongs to the account that verified it' THEN 'applicant_gone'
  WHEN cause LIKE 'possible duplicate: the same name, birth date and country, or registration number%' THEN 'possible_duplicate'
END;
CREATE INDEX raised_open_by_cause ON raised (cause_name, raised_at, id) WHERE resolved_at IS NULL;
CREATE INDEX raised_resolved_by_cause ON raised (cause_name, resolved_at DESC, id DESC) WHERE resolved_at IS NOT NULL;

-- What somebody decided of a pair that looks like one person or company: it is not raised again. A pair stands there once, in
-- the order of its ids.
CREATE TABLE duplicate_decisions (
  one_id UUID NOT NULL REFERENCES prospects (id),
  other_id UUID NOT NULL REFERENCES prospects (id),
  decision TEXT NOT NULL CHECK (decision IN ('same_person', 'different_people')),
  decided_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
  decided_by TEXT NOT NULL,
  -- As typed; erased with either record.
  reason TEXT,
  PRIMARY KEY (one_id, other_id),
  CHECK (one_id < other_id)
);
CREATE INDEX duplicate_decisions_by_other ON duplicate_decisions (other_id);
