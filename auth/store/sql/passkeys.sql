-- name: add
INSERT INTO passkey (id, account_id, credential_id, public_key, sign_count, synced, name, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (credential_id) DO NOTHING
RETURNING id

-- name: by_credential
SELECT id, account_id, credential_id, public_key, sign_count, synced, name, created_at, last_used_at
FROM passkey
WHERE credential_id = $1

-- name: list
SELECT id, account_id, credential_id, public_key, sign_count, synced, name, created_at, last_used_at
FROM passkey
WHERE account_id = $1
ORDER BY id

-- name: used
-- A count that does not rise is a copy of the authenticator, or the same answer twice; zero means it does not count.
UPDATE passkey SET sign_count = $2, last_used_at = $3
WHERE id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))
RETURNING id

-- name: rename
UPDATE passkey SET name = $3
WHERE account_id = $1 AND id = $2
RETURNING id, account_id, credential_id, public_key, sign_count, synced, name, created_at, last_used_at

-- name: remove
DELETE FROM passkey WHERE account_id = $1 AND id = $2 RETURNING id

-- name: lock
SELECT id FROM account WHERE id = $1 FOR UPDATE

-- name: is_last_demanded
-- Whether this passkey is the only one of an account that lets nothing but passkeys in.
SELECT EXISTS (SELECT FROM account WHERE id = $1 AND passkey_only)
   AND EXISTS (SELECT FROM passkey WHERE account_id = $1 AND id = $2)
   AND NOT EXISTS (SELECT FROM passkey WHERE account_id = $1 AND id <> $2)
