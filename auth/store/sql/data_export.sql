-- What is kept about an account and no list of its own shows whole. No digest, no address of a push service: the one
-- could be tried against, the other is a secret between browser and service.

-- name: agents
-- Those that ask this human, and all of their own organization.
SELECT id, org_id, account_id, name, status, created_at, last_seen_at
FROM agent
WHERE account_id = $1 OR org_id IN (SELECT org_id FROM membership WHERE account_id = $1 AND personal)
ORDER BY id

-- name: api_keys
SELECT id, org_id, agent_id, kind, prefix, last4, scopes, description, created_at, expires_at, last_used_at,
       last_used_from, rotated_from, grace_until, revoked_at
FROM api_key
WHERE account_id = $1
ORDER BY id

-- name: grants
SELECT g.id, g.org_id, g.client_id, c.name AS client_name, g.agent_id, g.agent_name, g.scopes, g.resource, g.created_at,
       g.expires_at, g.last_used_at, g.revoked_at, g.revoke_reason
FROM oauth_grant g
LEFT JOIN oauth_client c ON c.id = g.client_id
WHERE g.account_id = $1
ORDER BY g.id

-- name: invites
SELECT id, org_id, role, email, created_by, created_at, expires_at, accepted_by, accepted_at, revoked_at
FROM invite
WHERE created_by = $1 OR accepted_by = $1
ORDER BY id

-- name: recovery_codes
SELECT created_at FROM recovery_code WHERE account_id = $1 ORDER BY created_at

-- name: device_log_entries
SELECT root, seq, entry, at FROM device_log_entry WHERE account_id = $1 ORDER BY root, seq

-- name: inbox_wraps
SELECT inbox, device_box, sealed_by FROM inbox_wrap WHERE account_id = $1 ORDER BY inbox, device_box

-- name: push_targets
SELECT device_id, vendor, topic, registered_at, tried_at, taken_at, verdict, code, dead_at
FROM push_target
WHERE account_id = $1
ORDER BY registered_at

-- name: push_preferences
SELECT show_words, reminders, quiet_from, quiet_until, time_zone FROM push_preference WHERE account_id = $1
