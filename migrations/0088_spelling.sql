-- One form for what people spell in several.

-- Handles were kept in the case in which they were typed, with nothing but ASCII letters, digits and underscores in them.
UPDATE prospects SET telegram_handle = lower(telegram_handle COLLATE "C")
  WHERE telegram_handle <> lower(telegram_handle COLLATE "C");
UPDATE customers SET telegram_handle = lower(telegram_handle COLLATE "C")
  WHERE telegram_handle <> lower(telegram_handle COLLATE "C");
UPDATE prospects_forgettable_payloads
  SET payload = jsonb_set(payload, '{telegram_handle}', to_jsonb(lower((payload ->> 'telegram_handle') COLLATE "C")))
  WHERE payload ->> 'telegram_handle' <> lower((payload ->> 'telegram_handle') COLLATE "C");
UPDATE customers_forgettable_payloads
  SET payload = jsonb_set(payload, '{telegram_handle}', to_jsonb(lower((payload ->> 'telegram_handle') COLLATE "C")))
  WHERE payload ->> 'telegram_handle' <> lower((payload ->> 'telegram_handle') COLLATE "C");

-- Searches look for handles, too.
CREATE INDEX prospects_by_telegram ON prospects USING gin (telegram_handle gin_trgm_ops);
CREATE INDEX customers_by_telegram ON customers USING gin (telegram_handle gin_trgm_ops);
-- A search of too few characters for trigrams finds how handles begin.
CREATE INDEX prospects_by_telegram_beginning ON prospects (telegram_handle text_pattern_ops);
CREATE INDEX customers_by_telegram_beginning ON customers (telegram_handle text_pattern_ops);

-- A prospect may have several identity keys, with blanks between them. Servers make those anew that don't begin with the form
-- of today: only they can read the personal data.
DROP INDEX prospects_by_identity;
CREATE INDEX prospects_by_identity ON prospects USING gin (string_to_array(identity_key, ' '))
  WHERE identity_key IS NOT NULL;
CREATE INDEX prospects_with_old_identity ON prospects (id)
  WHERE identity_key IS NOT NULL AND left(identity_key, 2) <> '2:';
