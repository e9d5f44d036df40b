-- name: open
-- How many can still be accepted.
SELECT count(*) FROM invite
WHERE org_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2

-- name: add
INSERT INTO invite (id, org_id, role, email, code_hash, created_by, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)

-- name: list
SELECT i.id, i.role, i.email, i.created_at, i.expires_at, a.name AS invited_by,
       o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at
FROM invite i
JOIN org o ON o.id = i.org_id
JOIN account a ON a.id = i.created_by
WHERE i.org_id = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2
ORDER BY i.id DESC

-- name: by_code
SELECT i.id, i.role, i.email, i.created_at, i.expires_at, a.name AS invited_by,
       o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at
FROM invite i
JOIN org o ON o.id = i.org_id
JOIN account a ON a.id = i.created_by
WHERE i.code_hash = $1 AND i.accepted_at IS NULL AND i.revoked_at IS NULL AND i.expires_at > $2

-- name: accept
-- Compare-and-set: of two that accept at once one finds it open.
UPDATE invite SET accepted_by = $2, accepted_at = $3
WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3
RETURNING id

-- name: revoke
UPDATE invite SET revoked_at = $3
WHERE org_id = $1 AND id = $2 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3
RETURNING id

-- name: forget
DELETE FROM invite WHERE expires_at < $1
