-- How many seals were made. It only goes up, so it knows better when the newest seals are deleted together with their entries.
CREATE SEQUENCE audit_seals_made;
SELECT setval('audit_seals_made', max(number)) FROM audit_seals HAVING max(number) IS NOT NULL;
