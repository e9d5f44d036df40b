-- name: lone_orgs
-- Organizations others are in, of which this account is the only owner.
SELECT o.name
FROM membership m
JOIN org o ON o.id = m.org_id
WHERE m.account_id = $1 AND m.role = 'owner'
  AND EXISTS (SELECT FROM membership x WHERE x.org_id = m.org_id AND x.account_id <> $1)
  AND NOT EXISTS (SELECT FROM membership x WHERE x.org_id = m.org_id AND x.account_id <> $1 AND x.role = 'owner')
ORDER BY o.name
LIMIT 10

-- name: schedule
UPDATE account SET delete_at = $2 WHERE id = $1 AND delete_at IS NULL RETURNING delete_at

-- name: undo
UPDATE account SET delete_at = NULL WHERE id = $1 AND delete_at > $2 RETURNING id

-- name: pending
SELECT delete_at FROM account WHERE id = $1

-- name: due
SELECT id FROM account WHERE delete_at <= $1 ORDER BY delete_at LIMIT 100

-- name: lock_due
SELECT id FROM account WHERE id = $1 AND delete_at <= $2 FOR UPDATE

-- name: own_orgs
-- Those nobody else is in.
SELECT m.org_id FROM membership m
WHERE m.account_id = $1
  AND NOT EXISTS (SELECT FROM membership x WHERE x.org_id = m.org_id AND x.account_id <> $1)

-- name: delete_requests
DELETE FROM request WHERE org_id = ANY($1::uuid[])

-- name: delete_agents
DELETE FROM agent WHERE org_id = ANY($1::uuid[])

-- name: hand_over_agents
-- In organizations that go on, somebody else is asked from now on: the owner who is there longest.
UPDATE agent SET account_id = heir.account_id
FROM (
    SELECT DISTINCT ON (org_id) org_id, account_id FROM membership
    WHERE account_id <> $1 AND role = 'owner'
    ORDER BY org_id, created_at, account_id
) heir
WHERE agent.account_id = $1 AND heir.org_id = agent.org_id

-- name: delete_orgs
DELETE FROM org WHERE id = ANY($1::uuid[])

-- name: delete_devices
DELETE FROM device WHERE account_id = $1

-- name: delete_device_logs
DELETE FROM device_log WHERE account_id = $1

-- name: delete_log_entries
DELETE FROM device_log_entry WHERE account_id = $1

-- name: delete_wraps
DELETE FROM inbox_wrap WHERE account_id = $1

-- name: delete_pairings
DELETE FROM pairing WHERE account_id = $1

-- name: delete_preferences
DELETE FROM push_preference WHERE account_id = $1

-- name: delete_account
DELETE FROM account WHERE id = $1
