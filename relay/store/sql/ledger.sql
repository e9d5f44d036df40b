-- name: add_sent
-- What almost every entry is: an event was written to a socket, which changes nothing about its push.
INSERT INTO ledger_entry (request_id, device_id, step, at)
SELECT request_id, device_id, 'sent', at FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS g(request_id, device_id, at)
ON CONFLICT DO NOTHING

-- name: add_entries
-- What a device shows already needs no push, and no reminder. A row that somebody else holds is left as it is: at worst
-- the device is told twice of what it can tell is one question.
WITH given AS (
  SELECT DISTINCT ON (request_id, device_id, step) *
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::text[]) AS g(request_id, device_id, step, at, detail)
), shown AS (
  -- A row each, by its key: see `add_requests` for why it is no plain join.
  SELECT o.request_id, o.device_id FROM given g CROSS JOIN LATERAL (
    SELECT request_id, device_id FROM push_outbox
     WHERE request_id = g.request_id AND device_id = g.device_id
       AND wanted = 'open' AND NOT leased AND due_at IS NOT NULL
       FOR UPDATE SKIP LOCKED) o
   WHERE g.step IN ('displayed', 'seen')
), cancelled AS (
  UPDATE push_outbox o SET due_at = NULL
    FROM shown s WHERE o.request_id = ANY(ARRAY[s.request_id]) AND o.device_id = ANY(ARRAY[s.device_id])
)
INSERT INTO ledger_entry (request_id, device_id, step, at, detail)
SELECT request_id, device_id, step, at, detail FROM given
ON CONFLICT DO NOTHING

-- name: entries_of
SELECT l.device_id, d.name, l.step, l.at, l.detail
  FROM ledger_entry l LEFT JOIN device d ON d.id = l.device_id
 WHERE l.request_id = $1 ORDER BY l.at, l.step

-- name: forget_entries
DELETE FROM ledger_entry WHERE request_id < $1
