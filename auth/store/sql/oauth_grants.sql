-- name: holders
-- What the guard needs about each grant that holds: its human is not disabled and still in the organization.
SELECT g.*, a.name AS current_name
FROM oauth_grant g
JOIN account u ON u.id = g.account_id AND u.disabled_at IS NULL AND u.delete_at IS NULL
JOIN membership m ON m.account_id = g.account_id AND m.org_id = g.org_id
JOIN agent a ON a.id = g.agent_id
WHERE g.id = ANY($1::uuid[]) AND g.revoked_at IS NULL

-- name: list
-- Nobody has a thousand programs; the bound keeps the answer small whatever happened.
SELECT g.*, c.name AS client_name, c.kind AS client_kind, coalesce(a.name, g.agent_name) AS current_name
FROM oauth_grant g
JOIN oauth_client c ON c.id = g.client_id
LEFT JOIN agent a ON a.id = g.agent_id
WHERE g.account_id = $1 AND g.org_id = $2 AND g.revoked_at IS NULL AND g.expires_at > $3
  AND (g.agent_id IS NULL OR a.id IS NOT NULL)
ORDER BY g.id DESC
LIMIT 1000

-- name: revoke
UPDATE oauth_grant SET revoked_at = $4, revoke_reason = $5
WHERE id = $1 AND account_id = $2 AND org_id = $3 AND revoked_at IS NULL AND expires_at > $4
RETURNING id

-- name: touch
UPDATE oauth_grant g SET last_used_at = seen.at
FROM unnest($1::uuid[], $2::timestamptz[]) AS seen (id, at)
WHERE g.id = seen.id AND (g.last_used_at IS NULL OR g.last_used_at < seen.at)

-- name: forget_grants
-- Ended ones after a while, and those that were never exchanged once their code has.
DELETE FROM oauth_grant g
WHERE least(g.revoked_at, g.expires_at) < $1
   OR (g.created_at < $2
       AND NOT EXISTS (SELECT FROM oauth_refresh_token t WHERE t.grant_id = g.id)
       AND NOT EXISTS (SELECT FROM oauth_code c WHERE c.grant_id = g.id AND c.used_at IS NOT NULL)
       AND NOT EXISTS (SELECT FROM oauth_device_code d WHERE d.grant_id = g.id AND d.used_at IS NOT NULL))

-- name: forget_codes
DELETE FROM oauth_code WHERE used_at IS NULL AND expires_at < $1

-- name: forget_device_codes
DELETE FROM oauth_device_code WHERE used_at IS NULL AND expires_at < $1

-- name: forget_refresh_tokens
DELETE FROM oauth_refresh_token WHERE expires_at < $1
