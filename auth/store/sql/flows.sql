-- name: add
INSERT INTO flow (id, kind, hash, browser, account_id, facts, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8)

-- name: look
SELECT id, kind, browser, account_id, facts, attempts, created_at, expires_at
FROM flow
WHERE hash = $2 AND kind = $1 AND expires_at > $3

-- name: take
-- Whoever deletes the row has it: a flow is ended once.
DELETE FROM flow
WHERE hash = $2 AND kind = $1 AND expires_at > $3
RETURNING id, kind, browser, account_id, facts, attempts, created_at, expires_at

-- name: attempt
-- Counted before the comparison: attempts at the same time are not one.
UPDATE flow SET attempts = attempts + 1
WHERE browser = $2 AND kind = $1 AND expires_at > $3 AND attempts < $4
RETURNING id, kind, browser, account_id, facts, attempts, created_at, expires_at

-- name: delete
DELETE FROM flow WHERE id = $1 RETURNING id

-- name: forget
DELETE FROM flow WHERE expires_at <= $1
