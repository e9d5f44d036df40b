-- name: add_pairing
INSERT INTO pairing (id, account_id, org_id, code_digest, commitment, created_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: join_pairing
-- A code works once: whoever comes second finds nothing.
UPDATE pairing
   SET joined_at = $2, ticket_digest = $3, device_id = $4, kind = $5, name = $6, sign = $7, box = $8, pop = $9,
       nonce = $10, mac = $11
 WHERE code_digest = $1 AND joined_at IS NULL AND expires_at > $2
RETURNING *

-- name: pairing
SELECT * FROM pairing WHERE id = $1 AND account_id = $2 AND expires_at > $3

-- name: reveal_pairing
UPDATE pairing SET revealed = $4, root = $5
 WHERE id = $1 AND account_id = $2 AND expires_at > $3 AND joined_at IS NOT NULL AND revealed IS NULL AND accepted_at IS NULL
RETURNING *

-- name: accept_pairing
-- The new device gets some more time to hear of it.
UPDATE pairing SET accepted_at = $3, expires_at = $4
 WHERE id = $1 AND account_id = $2 AND expires_at > $3 AND joined_at IS NOT NULL AND accepted_at IS NULL
RETURNING id

-- name: refuse_pairing
DELETE FROM pairing WHERE id = $1 AND account_id = $2 AND accepted_at IS NULL RETURNING id

-- name: pairing_of_ticket
SELECT * FROM pairing WHERE ticket_digest = $1 AND expires_at > $2 AND claimed_at IS NULL

-- name: claim_pairing
UPDATE pairing SET claimed_at = $2
 WHERE ticket_digest = $1 AND expires_at > $2 AND accepted_at IS NOT NULL AND claimed_at IS NULL
RETURNING *

-- name: forget_pairings
DELETE FROM pairing WHERE expires_at < $1
