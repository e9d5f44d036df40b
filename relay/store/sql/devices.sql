-- name: add_device
INSERT INTO device (id, account_id, name, kind, ed25519, x25519, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: devices_by_id
SELECT * FROM device WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL

-- name: devices
SELECT * FROM device WHERE account_id = $1 AND revoked_at IS NULL ORDER BY id

-- name: rename_device
UPDATE device SET name = $3 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING *

-- name: revoke_device
WITH unreachable AS (
  DELETE FROM push_target WHERE account_id = $1 AND device_id = $2
)
UPDATE device SET revoked_at = $3 WHERE account_id = $1 AND id = $2 AND revoked_at IS NULL RETURNING *

-- name: seen_devices
UPDATE device SET last_seen_at = greatest(last_seen_at, g.at)
  FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at) WHERE device.id = g.id
