-- What came in for an operator: the bell. Ids only; the page looks up who is meant.
CREATE TABLE notices (
  id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operator_id UUID NOT NULL,
  -- When it counts: the end of a snooze is ahead.
  at TIMESTAMPTZ NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('assigned', 'callback', 'decision', 'note', 'snooze_ended')),
  prospect_id UUID NOT NULL REFERENCES prospects (id),
  -- Who did it, as the audit log names subjects; none for Sumsub and time.
  by TEXT,
  -- What was decided, or what Sumsub said, as the event has it.
  what TEXT,
  read_at TIMESTAMPTZ
);
CREATE INDEX notices_of_operator ON notices (operator_id, at DESC, id DESC);
CREATE INDEX notices_unread ON notices (operator_id, prospect_id, at) WHERE read_at IS NULL;
CREATE INDEX notices_ahead ON notices (prospect_id, at) WHERE kind = 'snooze_ended';

-- Triggers and not the code that acts: so nobody is passed over, whoever acts. The time is the transaction's.
CREATE FUNCTION operator_named(subject TEXT) RETURNS UUID
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN subject ~ '^operator:[0-9a-f-]{36}$' THEN substr(subject, 10)::uuid END
$$;

CREATE FUNCTION notice_prospect() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
DECLARE
  who CONSTANT TEXT := NEW.event ->> 'by';
  whose UUID;
BEGIN
  IF NEW.event_type = 'assigned' THEN
    whose := (NEW.event ->> 'to')::uuid;
    IF whose IS NOT NULL AND whose IS DISTINCT FROM operator_named(who) THEN
      INSERT INTO notices (operator_id, at, kind, prospect_id, by) VALUES (whose, now(), 'assigned', NEW.id, who);
    END IF;
    RETURN NULL;
  END IF;
  SELECT assignee INTO whose FROM prospects WHERE id = NEW.id;
  -- A snooze has ended, or another begins. Who ends it knows, and whose the record is hears of what happened; whoever else would have
  -- heard of its end later does now.
  IF EXISTS (SELECT FROM notices WHERE prospect_id = NEW.id AND kind = 'snooze_ended' AND at > now()) THEN
    DELETE FROM notices WHERE prospect_id = NEW.id AND kind = 'snooze_ended' AND at > now()
      AND (NEW.event_type IN ('snoozed', 'woken') OR operator_id IN (whose, operator_named(who)));
    UPDATE notices SET at = now() WHERE prospect_id = NEW.id AND kind = 'snooze_ended' AND at > now();
  END IF;
  IF NEW.event_type = 'snoozed' THEN
    IF operator_named(who) IS NOT NULL THEN
      INSERT INTO notices (operator_id, at, kind, prospect_id)
      VALUES (operator_named(who), (NEW.event ->> 'until')::timestamptz, 'snooze_ended', NEW.id);
    END IF;
  ELSIF NEW.event_type = 'callback_accepted' THEN
    INSERT INTO notices (operator_id, at, kind, prospect_id, what)
    SELECT whose, now(), 'callback', NEW.id, NEW.event ->> 'status' WHERE whose IS NOT NULL;
  ELSIF NEW.event_type <> 'woken' AND whose IS NOT NULL AND whose IS DISTINCT FROM operator_named(who) THEN
    INSERT INTO notices (operator_id, at, kind, prospect_id, by, what) VALUES (whose, now(), 'decision', NEW.id, who, NEW.event_type);
  END IF;
  RETURN NULL;
END;
$$;

CREATE TRIGGER notice_prospect AFTER INSERT ON prospect_events FOR EACH ROW
  WHEN (NEW.event_type IN ('assigned', 'callback_accepted', 'closed', 'reopened', 'converted_by_hand', 'snoozed', 'woken'))
  EXECUTE FUNCTION notice_prospect();

CREATE FUNCTION notice_customer() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO notices (operator_id, at, kind, prospect_id, by, what)
  SELECT assignee, now(), 'decision', NEW.id, NEW.event ->> 'by', NEW.event_type FROM prospects
  WHERE id = NEW.id AND assignee IS NOT NULL AND assignee IS DISTINCT FROM operator_named(NEW.event ->> 'by');
  RETURN NULL;
END;
$$;

CREATE TRIGGER notice_customer AFTER INSERT ON customer_events FOR EACH ROW
  WHEN (NEW.event_type IN ('restored', 'deactivated', 'reactivated', 'closed'))
  EXECUTE FUNCTION notice_customer();

CREATE FUNCTION notice_note() RETURNS TRIGGER
LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO notices (operator_id, at, kind, prospect_id, by)
  SELECT assignee, now(), 'note', NEW.prospect_id, NEW.written_by FROM prospects
  WHERE id = NEW.prospect_id AND assignee IS NOT NULL AND assignee IS DISTINCT FROM operator_named(NEW.written_by);
  RETURN NULL;
END;
$$;

CREATE TRIGGER notice_note AFTER INSERT ON notes FOR EACH ROW EXECUTE FUNCTION notice_note();
