-- name: note
WITH head AS (
  INSERT INTO account_head AS h (account_id, seq) VALUES ($1, 1)
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, device, digest, at, org_id)
SELECT account_id, seq, $2, $3, $4, $5, $6, $7, $8 FROM head
RETURNING seq

-- name: heads
SELECT account_id, seq FROM account_head WHERE account_id = ANY($1::uuid[])

-- name: oldest
SELECT min(seq) AS seq FROM account_log WHERE account_id = $1

-- name: entries_after
SELECT * FROM account_log WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3

-- name: seal
-- Seal up to $1 accounts whose log has moved on, each over at most $2 entries. A head that somebody is writing is
-- skipped, never waited for. A seal is SHA-256 of the one before it followed by the entries in order: each its fields
-- joined by newlines and ended by one; absent fields are empty, digests hexadecimal, the time microseconds since 1970.
-- The organization comes last, and an entry without one has no line for it.
WITH due AS (
  SELECT account_id, sealed, seal FROM account_head WHERE seq > sealed
   ORDER BY account_id LIMIT $1 FOR UPDATE SKIP LOCKED
), fresh AS (
  SELECT d.account_id, page.upto, page.entries, sha256(d.seal || page.bytes) AS seal
    FROM due d CROSS JOIN LATERAL (
      SELECT max(seq) AS upto, count(*) AS entries, string_agg(entry, ''::bytea ORDER BY seq) AS bytes
        FROM (SELECT seq, convert_to(concat_ws(E'\n', account_id, seq, type, subject, coalesce(actor::text, ''),
                       coalesce(device::text, ''), coalesce(encode(digest, 'hex'), ''),
                       (extract(epoch FROM at) * 1000000)::bigint, org_id, ''), 'UTF8') AS entry
                FROM account_log l WHERE l.account_id = d.account_id AND l.seq > d.sealed ORDER BY seq LIMIT $2) AS entries
    ) AS page
   WHERE page.upto IS NOT NULL
), moved AS (
  UPDATE account_head h SET sealed = f.upto, seal = f.seal FROM fresh f WHERE h.account_id = f.account_id
  RETURNING h.account_id, h.sealed, h.seal
), kept AS (
  INSERT INTO log_seal (account_id, upto, seal, at) SELECT account_id, sealed, seal, $3 FROM moved
)
SELECT coalesce(sum(entries), 0)::bigint FROM fresh

-- name: chained
-- The seal over the entries after $2 and up to $4, chained to the one before ($3), computed as above; nothing is written.
SELECT count(*) AS entries, sha256($3::bytea || coalesce(string_agg(entry, ''::bytea ORDER BY seq), ''::bytea)) AS seal
  FROM (SELECT seq, convert_to(concat_ws(E'\n', account_id, seq, type, subject, coalesce(actor::text, ''),
                 coalesce(device::text, ''), coalesce(encode(digest, 'hex'), ''),
                 (extract(epoch FROM at) * 1000000)::bigint, org_id, ''), 'UTF8') AS entry
          FROM account_log WHERE account_id = $1 AND seq > $2 AND seq <= $4) AS stretch

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
