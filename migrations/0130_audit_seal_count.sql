-- PostgreSQL logs a sequence some 32 numbers ahead, and goes on there after a crash: the next seal's number left a gap then, as if
-- seals had been deleted. What is set, and not drawn, is logged as it is.

-- Counts seals that are there, and never back. As the owner: a server may not set a sequence.
CREATE FUNCTION count_audit_seals() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  newest BIGINT := (SELECT max(number) FROM audit_seals);
BEGIN
  IF newest > (SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM audit_seals_made) THEN
    PERFORM setval('audit_seals_made', newest);
  END IF;
END;
$$;
REVOKE EXECUTE ON FUNCTION count_audit_seals() FROM PUBLIC;

-- What a crash has left: it is known by its having been logged ahead and not drawn since.
SELECT setval('audit_seals_made', newest.number)
FROM audit_seals_made AS made, (SELECT max(number) AS number FROM audit_seals) AS newest
WHERE made.is_called AND made.log_cnt = 0 AND made.last_value - newest.number BETWEEN 1 AND 32;
