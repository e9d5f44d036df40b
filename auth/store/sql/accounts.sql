-- name: any
SELECT EXISTS (SELECT FROM account)

-- name: by_email
SELECT id, password_hash
FROM account
WHERE lower(email) = lower($1) AND disabled_at IS NULL

-- name: member
-- The organization is the one asked for; else the one its sessions were in last, or the account's own.
SELECT a.id, a.email, a.name, a.created_at, m.role, m.personal, o.id AS org_id, o.name AS org_name, o.created_at AS org_created_at
FROM account a
JOIN membership m ON m.account_id = a.id
JOIN org o ON o.id = m.org_id
WHERE a.id = $1 AND a.disabled_at IS NULL AND ($2::uuid IS NULL OR m.org_id = $2)
ORDER BY m.org_id IS NOT DISTINCT FROM (SELECT s.org_id FROM session s WHERE s.account_id = $1 ORDER BY s.last_seen_at DESC LIMIT 1) DESC,
         m.personal DESC
LIMIT 1

-- name: password_of
SELECT password_hash FROM account WHERE id = $1 AND disabled_at IS NULL

-- name: set_password
UPDATE account SET password_hash = $2 WHERE id = $1

-- name: put_code
INSERT INTO setup_code (hash, created_at) VALUES ($1, $2)
ON CONFLICT (single) DO UPDATE SET hash = excluded.hash, created_at = excluded.created_at

-- name: code
SELECT hash FROM setup_code WHERE created_at > $1

-- name: lock_setup
SELECT pg_advisory_xact_lock($1)

-- name: add_org
INSERT INTO org (id, name, created_at) VALUES ($1, $2, $3)

-- name: add_account
INSERT INTO account (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: add_new_account
INSERT INTO account (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (lower(email)) DO NOTHING
RETURNING id

-- name: add_membership
-- In the organization the account is made with, its own.
INSERT INTO membership (org_id, account_id, role, created_at, personal) VALUES ($1, $2, $3, $4, true)

-- name: spend_code
DELETE FROM setup_code
