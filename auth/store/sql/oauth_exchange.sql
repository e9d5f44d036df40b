-- name: client
SELECT * FROM oauth_client WHERE id = $1

-- name: grant_of_code
SELECT grant_id FROM oauth_code WHERE hash = $1

-- name: grant_of_refresh_token
SELECT grant_id FROM oauth_refresh_token WHERE hash = $1

-- name: lock_grant
-- The grant is the lock of its family. What belongs to it is read after, in a snapshot of its own: a row read before
-- the lock could be older than what the one before us wrote.
-- One whose human, membership or agent is gone is no grant any more.
SELECT g.* FROM oauth_grant g
WHERE g.id = $1
  AND EXISTS (SELECT FROM membership m JOIN account u ON u.id = m.account_id AND u.disabled_at IS NULL AND u.delete_at IS NULL
              WHERE m.account_id = g.account_id AND m.org_id = g.org_id)
  AND (g.agent_id IS NULL OR EXISTS (SELECT FROM agent a WHERE a.id = g.agent_id))
FOR UPDATE OF g

-- name: code
SELECT * FROM oauth_code WHERE hash = $1

-- name: refresh_token
SELECT * FROM oauth_refresh_token WHERE hash = $1

-- name: lock_device_code
SELECT * FROM oauth_device_code WHERE hash = $1 FOR UPDATE

-- name: lock_device_code_by_user_code
SELECT * FROM oauth_device_code WHERE user_code_hash = $1 FOR UPDATE

-- name: add_grant
INSERT INTO oauth_grant (id, account_id, org_id, client_id, agent_id, agent_name, names_itself, scopes, resource,
                         created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: add_code
INSERT INTO oauth_code (hash, grant_id, redirect_uri, challenge, expires_at) VALUES ($1, $2, $3, $4, $5)

-- name: spend_code
UPDATE oauth_code SET used_at = $2 WHERE hash = $1

-- name: add_refresh_token
INSERT INTO oauth_refresh_token (hash, grant_id, expires_at) VALUES ($1, $2, $3)

-- name: spend_refresh_token
UPDATE oauth_refresh_token SET used_at = $2, salt = $3, successor = $4 WHERE hash = $1

-- name: forget_salt
-- Its successor is used: the token before it is answered for no more.
UPDATE oauth_refresh_token SET salt = NULL WHERE successor = $1

-- name: revoke_grant
UPDATE oauth_grant SET revoked_at = $2, revoke_reason = $3 WHERE id = $1 AND revoked_at IS NULL

-- name: name_agent
UPDATE oauth_grant SET agent_id = $2, agent_name = $3 WHERE id = $1

-- name: add_device_code
INSERT INTO oauth_device_code (hash, user_code_hash, client_id, scopes, resource, asked_from, created_at, expires_at,
                               interval_s)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: poll
UPDATE oauth_device_code SET polled_at = $2, interval_s = $3 WHERE hash = $1

-- name: spend_device_code
UPDATE oauth_device_code SET used_at = $2 WHERE hash = $1

-- name: approve_device_code
UPDATE oauth_device_code SET grant_id = $2 WHERE hash = $1

-- name: deny_device_code
UPDATE oauth_device_code SET denied_at = $2 WHERE hash = $1
