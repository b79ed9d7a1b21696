-- Bad news that fits a record only in part: what a callback waits for, who belongs to which company, and raising the same
-- fact at every record that it names.

ALTER TABLE callbacks
  -- The bytes as they were received, when `body` (text) can't hold them.
  ADD COLUMN raw BYTEA,
  -- GREEN, RED or what else was answered.
  ADD COLUMN answer TEXT,
  -- Ids that it names and that were not known when it was judged (an applicant's, or 'inspection:' and an inspection's). When
  -- one of them becomes known it is judged again, in the same transaction.
  ADD COLUMN waits_for TEXT[];
CREATE INDEX callbacks_waiting_for ON callbacks USING gin (waits_for) WHERE waits_for IS NOT NULL;
-- Of what came before. A body that PostgreSQL can't read answers nothing.
CREATE FUNCTION answer_of(body TEXT) RETURNS TEXT LANGUAGE plpgsql AS $$
BEGIN
  RETURN left(body::jsonb -> 'reviewResult' ->> 'reviewAnswer', 200);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END $$;
UPDATE callbacks SET answer = answer_of(body) WHERE body LIKE '%reviewAnswer%';
DROP FUNCTION answer_of;
CREATE INDEX callbacks_by_answer ON callbacks (upper(answer COLLATE "C"), id DESC) WHERE answer IS NOT NULL;
CREATE INDEX callbacks_nobodys ON callbacks (id DESC) WHERE outcome = 'ignored' AND prospect_id IS NULL;

-- Beneficial owners, directors and companies between: who belongs to which company, by their applicants.
CREATE TABLE applicant_members (
  member_applicant_id TEXT NOT NULL,
  company_applicant_id TEXT NOT NULL,
  PRIMARY KEY (member_applicant_id, company_applicant_id)
);
CREATE INDEX applicant_members_by_company ON applicant_members (company_applicant_id);

-- How somebody who belongs to a company stands: the newest that was said of the applicant.
CREATE TABLE applicant_standings (
  applicant_id TEXT PRIMARY KEY,
  status TEXT NOT NULL,
  -- By Sumsub's clock, or when it was received if it carried no time.
  at TIMESTAMPTZ NOT NULL,
  is_person BOOLEAN,
  callback_id BIGINT NOT NULL REFERENCES callbacks (id)
);

-- Whose an inspection is.
CREATE TABLE inspections (
  inspection_id TEXT PRIMARY KEY,
  applicant_id TEXT NOT NULL
);

-- One callback may be raised at several records. `applicant_id`, `fact_at` and `from_refresh` tell that a webhook and a
-- refresh are about one fact.
ALTER TABLE raised
  ADD COLUMN applicant_id TEXT,
  ADD COLUMN fact_at TIMESTAMPTZ,
  ADD COLUMN from_refresh BOOLEAN NOT NULL DEFAULT FALSE,
  DROP CONSTRAINT raised_callback_id_cause_key;
CREATE UNIQUE INDEX raised_once ON raised
  (callback_id, cause, (coalesce(prospect_id, '00000000-0000-0000-0000-000000000000'::uuid))) WHERE callback_id IS NOT NULL;

-- What was ignored so far is judged again: bad news in it may never have been heard. What was erased tells nothing any more.
UPDATE callbacks SET outcome = 'received', reason = NULL WHERE outcome = 'ignored' AND body <> '{"erased":true}';
