-- name: add
INSERT INTO session (id, account_id, org_id, token_hash, user_agent, created_at, authenticated_at, last_seen_at,
                     expires_at, network, device_id)
VALUES ($1, $2, $3, $4, $5, $6, $9, $6, $7, $8, $10)

-- name: by_token
SELECT s.id, s.account_id, s.org_id, s.device_id, s.user_agent, s.network, s.created_at, s.authenticated_at,
       s.last_seen_at, s.expires_at, s.token_hash, a.name AS account_name, m.role
FROM session s
JOIN account a ON a.id = s.account_id AND a.disabled_at IS NULL
JOIN membership m ON m.account_id = s.account_id AND m.org_id = s.org_id
WHERE s.token_hash = ANY($1::bytea[]) AND s.revoked_at IS NULL

-- name: list
-- Nobody has a hundred browsers; the bound keeps the answer small whatever happened.
SELECT id, account_id, org_id, device_id, user_agent, network, created_at, authenticated_at, last_seen_at, expires_at
FROM session
WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2 AND last_seen_at > $3
ORDER BY id DESC
LIMIT 100

-- name: bind
UPDATE session SET device_id = $2
WHERE id = $1 AND revoked_at IS NULL

-- name: revoke
UPDATE session SET revoked_at = $3
WHERE id = $1 AND account_id = $2 AND revoked_at IS NULL
RETURNING id

-- name: renew
UPDATE session SET token_hash = $2, authenticated_at = $3
WHERE id = $1 AND revoked_at IS NULL
RETURNING id

-- name: revoke_others
UPDATE session SET revoked_at = $3
WHERE account_id = $1 AND revoked_at IS NULL AND ($2::uuid IS NULL OR id <> $2)
RETURNING id

-- name: revoke_device
UPDATE session SET revoked_at = $2
WHERE device_id = $1 AND revoked_at IS NULL
RETURNING id

-- name: touch
UPDATE session s SET last_seen_at = seen.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS seen (id, at)
WHERE s.id = seen.id AND s.last_seen_at < seen.at

-- name: forget
DELETE FROM session WHERE least(revoked_at, expires_at, last_seen_at + $2::interval) < $1
