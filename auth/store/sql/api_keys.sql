-- name: add
INSERT INTO api_key (id, org_id, agent_id, account_id, kind, prefix, last4, hash, scopes, description, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)

-- name: by_hash
SELECT k.id, k.org_id, k.agent_id, k.account_id, k.kind, k.prefix, k.last4, k.scopes, k.description, k.created_at,
       k.expires_at, k.last_used_at, k.last_used_from, k.rotated_from, k.grace_until, k.revoked_at, k.hash
FROM api_key k
JOIN account a ON a.id = k.account_id AND a.disabled_at IS NULL AND a.delete_at IS NULL
WHERE k.hash = ANY($1::bytea[]) AND k.revoked_at IS NULL

-- name: by_id
SELECT id, org_id, agent_id, account_id, kind, prefix, last4, scopes, description, created_at,
       expires_at, last_used_at, last_used_from, rotated_from, grace_until, revoked_at
FROM api_key
WHERE org_id = $1 AND id = $2

-- name: list
-- The newest thousand: more cannot be read by a person, and there is nothing to page for below that.
SELECT id, org_id, agent_id, account_id, kind, prefix, last4, scopes, description, created_at,
       expires_at, last_used_at, last_used_from, rotated_from, grace_until, revoked_at
FROM api_key
WHERE org_id = $1
ORDER BY id DESC
LIMIT 1000

-- name: rotate
-- The UPDATE decides between two rotations at once: the loser finds grace_until set and inserts nothing.
WITH old AS (
    UPDATE api_key SET grace_until = $3
    WHERE org_id = $1 AND id = $2 AND grace_until IS NULL AND revoked_at IS NULL
      AND (expires_at IS NULL OR expires_at > $7)
    RETURNING *
)
INSERT INTO api_key (id, org_id, agent_id, account_id, kind, prefix, last4, hash, scopes, description, created_at,
                     expires_at, rotated_from)
SELECT $4, org_id, agent_id, $8, kind, $9, $5, $6, scopes, description, $7,
       $7 + (expires_at - created_at), id
FROM old
RETURNING id, org_id, agent_id, account_id, kind, prefix, last4, scopes, description, created_at,
          expires_at, last_used_at, last_used_from, rotated_from, grace_until, revoked_at

-- name: end_of_agent
UPDATE api_key SET revoked_at = $3
WHERE org_id = $1 AND agent_id = $2 AND revoked_at IS NULL

-- name: revoke
UPDATE api_key SET revoked_at = $3
WHERE org_id = $1 AND id = $2 AND revoked_at IS NULL
RETURNING id

-- name: touch
UPDATE api_key k SET last_used_at = seen.at, last_used_from = seen.network
FROM unnest($1::uuid[], $2::timestamptz[], $3::text[]) AS seen (id, at, network)
WHERE k.id = seen.id AND (k.last_used_at IS NULL OR k.last_used_at < seen.at)
