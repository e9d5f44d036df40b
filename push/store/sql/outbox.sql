-- name: claim
-- Take what is due and lease it: the sender works without a lock, and a row whose sender died comes back with $2.
-- The words of a request are read only where the account wants them in its pushes; a ciphertext of at most $4 bytes
-- goes along whatever it wants.
WITH due AS (
  SELECT request_id, device_id FROM push_outbox WHERE due_at <= $1 ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED
), claimed AS (
  UPDATE push_outbox o SET due_at = $2, leased = true, attempt = o.attempt + 1
    FROM due d WHERE o.request_id = d.request_id AND o.device_id = d.device_id
  RETURNING o.request_id, o.device_id, o.wanted, o.shown, o.attempt, o.until
)
SELECT c.*, t.account_id, t.vendor, t.token, t.p256dh, t.auth, t.sandbox, t.topic, t.registered_at,
       r.agent_id, r.kind, r.priority, r.state, r.created_at, r.expires_at, r.content->'form' AS form,
       r.content->>'danger' = 'true' AS danger,
       r.content->>'action' IS NOT NULL OR r.content->>'context' <> '' AS more,
       CASE WHEN p.show_words THEN left(r.content->>'prompt', 400) END AS prompt,
       CASE WHEN p.show_words THEN r.content->>'agent_name' END AS agent_name,
       CASE WHEN octet_length(r.sealed) BETWEEN 1 AND $4 THEN r.sealed END AS sealed, r.visible,
       p.account_id IS NOT NULL AS preferred, p.show_words, p.reminders, p.quiet_from, p.quiet_until, p.time_zone
  FROM claimed c
  LEFT JOIN push_target t ON t.device_id = c.device_id AND t.dead_at IS NULL
  LEFT JOIN request r ON r.id = c.request_id
  LEFT JOIN push_preference p ON p.account_id = t.account_id
 ORDER BY c.request_id

-- name: settle
-- Note what the device may show now. If something else is wanted by now, it is due at once - unless nothing was shown,
-- then there is nothing to take back. A row that the broker's own statement holds is skipped and settled the next time:
-- the outbox never makes an answer wait.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::smallint[], $6::timestamptz[])
    AS g(request_id, device_id, wanted, shown, attempt, next_at)
), held AS (
  SELECT o.request_id, o.device_id FROM given g JOIN push_outbox o
      ON o.request_id = ANY(ARRAY[g.request_id]) AND o.device_id = ANY(ARRAY[g.device_id]) FOR UPDATE OF o SKIP LOCKED
)
UPDATE push_outbox o
   SET leased = false, shown = g.shown,
       attempt = CASE WHEN o.wanted = g.wanted THEN g.attempt ELSE 0 END,
       due_at = CASE WHEN o.wanted = g.wanted THEN g.next_at WHEN g.shown IN ('open', 'summary') THEN $7::timestamptz END
  FROM held h JOIN given g USING (request_id, device_id)
 WHERE o.request_id = ANY(ARRAY[h.request_id]) AND o.device_id = ANY(ARRAY[h.device_id])
RETURNING o.request_id, o.device_id

-- name: next_due
SELECT min(due_at) AS at FROM push_outbox WHERE due_at IS NOT NULL

-- name: open_on
-- How many questions still wait on each device.
SELECT o.device_id, count(*) AS open FROM push_outbox o JOIN request r ON r.id = o.request_id AND r.state = 'pending'
 WHERE o.device_id = ANY($1::uuid[]) AND o.wanted = 'open' AND o.until > $2 GROUP BY o.device_id

-- name: depth
SELECT count(*) AS rows, min(due_at) AS oldest FROM push_outbox WHERE due_at <= $1

-- name: forget
DELETE FROM push_outbox WHERE request_id < $1
