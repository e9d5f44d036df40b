-- name: add
INSERT INTO identity (id, account_id, issuer, subject, email, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (issuer, subject) DO NOTHING
RETURNING id

-- name: used
UPDATE identity SET last_used_at = $3, email = $4
WHERE issuer = $1 AND subject = $2
RETURNING account_id

-- name: list
SELECT id, account_id, issuer, subject, email, created_at, last_used_at
FROM identity
WHERE account_id = $1
ORDER BY id
LIMIT 100

-- name: remove
DELETE FROM identity WHERE account_id = $1 AND id = $2 RETURNING id
