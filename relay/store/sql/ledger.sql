-- name: add_entries
INSERT INTO ledger_entry (request_id, device_id, step, at)
SELECT DISTINCT ON (request_id, device_id, step) request_id, device_id, step, at
  FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) AS g(request_id, device_id, step, at)
ON CONFLICT DO NOTHING

-- name: entries_of
SELECT l.device_id, d.name, l.step, l.at
  FROM ledger_entry l LEFT JOIN device d ON d.id = l.device_id
 WHERE l.request_id = $1 ORDER BY l.at, l.step

-- name: forget_entries
DELETE FROM ledger_entry WHERE request_id < $1
