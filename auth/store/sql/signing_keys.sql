-- name: lock
SELECT pg_advisory_xact_lock($1)

-- name: all
SELECT * FROM signing_key ORDER BY created_at

-- name: add
INSERT INTO signing_key (kid, public_key, sealed_key, state, created_at, activated_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: retire
UPDATE signing_key SET state = 'retired', shown_until = $2 WHERE kid = $1

-- name: activate
UPDATE signing_key SET state = 'active', activated_at = $2 WHERE kid = $1

-- name: forget
DELETE FROM signing_key WHERE state = 'retired' AND shown_until <= $1
