-- name: forget_codes
DELETE FROM recovery_code WHERE account_id = $1

-- name: add_codes
INSERT INTO recovery_code (account_id, hash, created_at) SELECT $1, unnest($2::bytea[]), $3

-- name: count
SELECT count(*) FROM recovery_code WHERE account_id = $1

-- name: has
SELECT EXISTS (SELECT FROM recovery_code WHERE account_id = $1 AND hash = $2)

-- name: spend
-- Whoever deletes the row has used the code.
DELETE FROM recovery_code WHERE account_id = $1 AND hash = $2 RETURNING account_id

-- name: lock
SELECT id FROM account WHERE id = $1 FOR UPDATE

-- name: is_passkey_only
SELECT passkey_only FROM account WHERE id = $1

-- name: demand_passkey
UPDATE account SET passkey_only = $2
WHERE id = $1 AND (NOT $2 OR EXISTS (SELECT FROM passkey WHERE account_id = $1))
RETURNING id
