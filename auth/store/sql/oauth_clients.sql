-- name: add
INSERT INTO oauth_client (id, kind, name, auth_method, secret_hash, redirect_uris, grant_types, scopes, renews,
                          created_at, read_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (id) DO UPDATE SET name = excluded.name, redirect_uris = excluded.redirect_uris,
    grant_types = excluded.grant_types, scopes = excluded.scopes, renews = excluded.renews, read_at = excluded.read_at
WHERE oauth_client.kind = 'document'

-- name: by_id
SELECT * FROM oauth_client WHERE id = $1

-- name: asked
UPDATE oauth_client SET asked_at = $2 WHERE id = $1 AND asked_at IS NULL

-- name: forget
-- Who never asked for anything goes after a day, who has no consent (any more) after a week.
DELETE FROM oauth_client c
WHERE (c.created_at < $2 OR (c.created_at < $1 AND c.asked_at IS NULL))
  AND NOT EXISTS (SELECT FROM oauth_grant g WHERE g.client_id = c.id)
