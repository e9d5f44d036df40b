-- name: entries
-- Newest first, from below a place; entries of one instant are told apart by account and number.
SELECT * FROM account_log
 WHERE org_id = $1 AND at >= $2 AND at < $3
   AND ($4::uuid IS NULL OR actor = $4)
   AND ($5::text IS NULL OR type = $5 OR starts_with(type, $5 || '.'))
   AND ($6::timestamptz IS NULL OR (at, account_id, seq) < ($6, $7::uuid, $8::bigint))
 ORDER BY at DESC, account_id DESC, seq DESC LIMIT $9
