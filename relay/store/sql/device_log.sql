-- name: log_page
-- Head and entries by one statement, so that they are of one moment; a log without newer entries is one row without any.
SELECT l.root, l.head, l.seq, e.entry FROM device_log l
  LEFT JOIN device_log_entry e ON e.account_id = l.account_id AND e.root = l.root AND e.seq > $2
 WHERE l.account_id = $1 ORDER BY e.seq

-- name: log_entries
SELECT entry FROM device_log_entry WHERE account_id = $1 AND root = $2 ORDER BY seq

-- name: begin_log
INSERT INTO device_log (account_id, root, head, seq) VALUES ($1, $2, $3, $4)
ON CONFLICT (account_id) DO NOTHING RETURNING account_id

-- name: replace_log
UPDATE device_log SET root = $2, head = $3, seq = $4 WHERE account_id = $1 AND head = $5 RETURNING account_id

-- name: move_log
UPDATE device_log SET head = $3, seq = $4 WHERE account_id = $1 AND root = $2 AND head = $5 RETURNING account_id

-- name: add_entries
INSERT INTO device_log_entry (account_id, root, seq, entry, at)
SELECT $1, $2, g.seq, g.entry, $5 FROM unnest($3::integer[], $4::json[]) AS g(seq, entry)

-- name: add_wraps
INSERT INTO inbox_wrap (account_id, inbox, device_box, sealed_by, wrapped)
SELECT $1, g.inbox, g.device_box, g.sealed_by, g.wrapped
  FROM unnest($2::text[], $3::text[], $4::text[], $5::bytea[]) AS g(inbox, device_box, sealed_by, wrapped)
ON CONFLICT (account_id, inbox, device_box) DO UPDATE SET sealed_by = excluded.sealed_by, wrapped = excluded.wrapped

-- name: drop_wraps
-- Of boxes that are no active device's any more.
DELETE FROM inbox_wrap WHERE account_id = $1 AND device_box <> ALL($2::text[])

-- name: wrapped_for
SELECT device_box FROM inbox_wrap WHERE account_id = $1 AND inbox = $2

-- name: wrap
SELECT sealed_by, wrapped FROM inbox_wrap WHERE account_id = $1 AND inbox = $2 AND device_box = $3

-- name: give_keys
-- What the log says of a device is what counts: one that lost its keys joins again with others.
UPDATE device SET ed25519 = $3, x25519 = $4 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING id
