-- name: now
SELECT clock_timestamp()

-- name: after
-- A row becomes visible when its transaction commits, perhaps after a later one's: the stretch before is read again.
SELECT id, at, ends, credential_id, device_id, agent_id, account_id, org_id
FROM revocation
WHERE at > $1::timestamptz - $2::interval
ORDER BY id

-- name: forget
DELETE FROM revocation WHERE at < clock_timestamp() - $1::interval
