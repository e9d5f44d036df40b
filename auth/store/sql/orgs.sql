-- name: add_org
INSERT INTO org (id, name, created_at) VALUES ($1, $2, $3)

-- name: lock_org
-- Every change of who is in an organization takes its turn here, so that each sees what the one before left.
SELECT id FROM org WHERE id = $1 FOR UPDATE

-- name: lock_account
-- Two organizations made at once take turns to be counted.
SELECT id FROM account WHERE id = $1 AND disabled_at IS NULL FOR UPDATE

-- name: rename
UPDATE org SET name = $2 WHERE id = $1

-- name: delete_org
DELETE FROM org WHERE id = $1

-- name: of_account
SELECT a.id, a.email, a.name, a.created_at, m.role, m.personal, o.id AS org_id, o.name AS org_name,
       o.created_at AS org_created_at
FROM membership m
JOIN account a ON a.id = m.account_id
JOIN org o ON o.id = m.org_id
WHERE m.account_id = $1
ORDER BY m.personal DESC, lower(o.name), o.id

-- name: org_ids
SELECT account_id, array_agg(org_id) AS orgs FROM membership WHERE account_id = ANY($1::uuid[]) GROUP BY account_id

-- name: members
SELECT a.id, a.email, a.name, a.created_at, m.role, m.personal, o.id AS org_id, o.name AS org_name,
       o.created_at AS org_created_at
FROM membership m
JOIN account a ON a.id = m.account_id
JOIN org o ON o.id = m.org_id
WHERE m.org_id = $1
ORDER BY lower(a.name), a.id
LIMIT 1000

-- name: names
SELECT id, name FROM account WHERE id = ANY($1::uuid[])

-- name: standing
SELECT role, personal FROM membership WHERE org_id = $1 AND account_id = $2

-- name: owners
SELECT count(*) FROM membership WHERE org_id = $1 AND role = 'owner'

-- name: size
SELECT count(*) FROM membership WHERE org_id = $1

-- name: orgs_of
SELECT count(*) FROM membership WHERE account_id = $1

-- name: add_member
INSERT INTO membership (org_id, account_id, role, created_at) VALUES ($1, $2, $3, $4)

-- name: set_role
UPDATE membership SET role = $3 WHERE org_id = $1 AND account_id = $2

-- name: end_membership
DELETE FROM membership WHERE org_id = $1 AND account_id = $2

-- name: oldest_owner
SELECT account_id FROM membership
WHERE org_id = $1 AND role = 'owner' AND account_id <> $2
ORDER BY created_at, account_id
LIMIT 1

-- name: end_keys
UPDATE api_key SET revoked_at = $3
WHERE org_id = $1 AND account_id = $2 AND revoked_at IS NULL
RETURNING id

-- name: end_grants
UPDATE oauth_grant SET revoked_at = $3, revoke_reason = 'member_left'
WHERE org_id = $1 AND account_id = $2 AND revoked_at IS NULL
RETURNING id

-- name: end_invites
UPDATE invite SET revoked_at = $3
WHERE org_id = $1 AND created_by = $2 AND revoked_at IS NULL AND accepted_at IS NULL

-- name: send_home
-- Their sessions go on in their own organization. Without $2: everybody's.
UPDATE session s SET org_id = home.org_id
FROM membership home
WHERE s.org_id = $1 AND ($2::uuid IS NULL OR s.account_id = $2)
  AND home.account_id = s.account_id AND home.personal
RETURNING s.account_id

-- name: keys
SELECT id FROM api_key WHERE org_id = $1 AND revoked_at IS NULL

-- name: enter
UPDATE session s SET org_id = $2
FROM membership m
WHERE s.id = $1 AND s.revoked_at IS NULL AND m.account_id = s.account_id AND m.org_id = $2
RETURNING s.id
