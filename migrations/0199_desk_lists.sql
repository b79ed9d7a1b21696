-- Who is snoozed now, however many snoozes ended without anything happening to their records since.
CREATE INDEX prospects_by_snooze ON prospects (snoozed_until) WHERE snoozed_until IS NOT NULL;

-- Somebody's at a stage: neither all of theirs nor all at the stage are read where few are both.
CREATE INDEX prospects_by_assignee_and_stage ON prospects (assignee, stage, created_at DESC, id DESC) WHERE assignee IS NOT NULL;
