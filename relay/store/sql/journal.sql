-- name: note
WITH head AS (
  INSERT INTO account_head AS h (account_id, seq) VALUES ($1, 1)
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, device, digest, at)
SELECT account_id, seq, $2, $3, $4, $5, $6, $7 FROM head
RETURNING seq

-- name: heads
SELECT account_id, seq FROM account_head WHERE account_id = ANY($1::uuid[])

-- name: oldest
SELECT min(seq) AS seq FROM account_log WHERE account_id = $1

-- name: entries_after
SELECT * FROM account_log WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3

-- name: unsealed
SELECT account_id, sealed, seal FROM account_head WHERE seq > sealed ORDER BY account_id LIMIT $1

-- name: chained
-- The seal over the entries after $2, at most $4 and at most $5 of them, chained to the one before ($3):
-- SHA-256 of the previous seal followed by the entries in order, each its fields joined by newlines and ended by one;
-- absent fields are empty, digests are hexadecimal, the time is in microseconds since 1970.
SELECT coalesce(max(seq), $2) AS upto, count(*) AS entries,
       sha256($3::bytea || coalesce(string_agg(entry, ''::bytea ORDER BY seq), ''::bytea)) AS seal
  FROM (SELECT seq, convert_to(concat_ws(E'\n', account_id, seq, type, subject, coalesce(actor::text, ''),
                 coalesce(device::text, ''), coalesce(encode(digest, 'hex'), ''),
                 (extract(epoch FROM at) * 1000000)::bigint, ''), 'UTF8') AS entry
          FROM account_log WHERE account_id = $1 AND seq > $2 AND seq <= $4 ORDER BY seq LIMIT $5) AS page

-- name: add_seal
-- Only the process that saw the same state moves it on, so two sealers cannot fork the chain.
WITH moved AS (
  UPDATE account_head SET sealed = $2, seal = $3 WHERE account_id = $1 AND sealed = $4
  RETURNING account_id
)
INSERT INTO log_seal (account_id, upto, seal, at) SELECT account_id, $2, $3, $5 FROM moved
RETURNING upto

-- name: seals
SELECT upto, seal, at FROM log_seal WHERE account_id = $1 ORDER BY upto

-- name: accounts
SELECT account_id FROM account_head ORDER BY account_id

-- name: forget_entries
-- Whole sealed stretches go; the newest expired seal stays, because the chain that is kept starts from it.
DELETE FROM account_log l
 USING (SELECT account_id, max(upto) AS upto FROM log_seal WHERE at < $1 GROUP BY account_id) old
 WHERE l.account_id = old.account_id AND l.seq <= old.upto

-- name: forget_seals
DELETE FROM log_seal s
 USING (SELECT account_id, max(upto) AS upto FROM log_seal WHERE at < $1 GROUP BY account_id) old
 WHERE s.account_id = old.account_id AND s.upto < old.upto
