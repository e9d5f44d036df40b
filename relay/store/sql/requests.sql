-- name: add_requests
-- One question, one request: a key that is known gives back its request while that is open or its answer was not
-- collected; an explicit key (marker 02) does so for a day. Every fresh request gets the account's next number,
-- in the order given: so the callers, who are told in that order, announce them in the order of their numbers.
-- Locks in this order everywhere: keys, requests, heads; each sorted.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::smallint[], $7::text[],
                       $8::json[], $9::bytea[], $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::bytea[])
    WITH ORDINALITY AS g(id, org_id, account_id, agent_id, kind, priority, state, content, digest, created_at, expires_at,
                         key, sealed, place)
), keyed AS (
  INSERT INTO ask_key AS k (agent_id, key, digest, request_id, created_at)
  SELECT agent_id, key, digest, id, created_at FROM given WHERE key IS NOT NULL ORDER BY agent_id, key
  ON CONFLICT (agent_id, key) DO UPDATE SET (digest, request_id, created_at) = (
    SELECT CASE WHEN known THEN k.digest ELSE excluded.digest END,
           CASE WHEN known THEN k.request_id ELSE excluded.request_id END,
           CASE WHEN known THEN k.created_at ELSE excluded.created_at END
      FROM (SELECT CASE
        WHEN get_byte(k.key, 0) = 2 THEN k.created_at > excluded.created_at - interval '24 hours'
        ELSE k.created_at > excluded.created_at - interval '15 minutes' AND NOT EXISTS (
          SELECT FROM request r WHERE r.id = k.request_id AND NOT (
            (r.state = 'pending' AND r.expires_at > excluded.created_at)
            OR (r.state = 'answered' AND r.collected_at IS NULL)))
        END AS known) AS decision)
  RETURNING k.agent_id, k.key, k.digest, k.request_id
), fresh AS (
  SELECT g.* FROM given g LEFT JOIN keyed k USING (agent_id, key) WHERE g.key IS NULL OR k.request_id = g.id
), added AS (
  -- Beside a ciphertext `content` is what may be seen of it.
  INSERT INTO request (id, org_id, account_id, agent_id, kind, priority, state, content, sealed, visible, digest,
                       created_at, expires_at)
  SELECT id, org_id, account_id, agent_id, kind, priority, state, CASE WHEN sealed IS NULL THEN content END, sealed,
         CASE WHEN sealed IS NOT NULL THEN content END, digest, created_at, expires_at FROM fresh
), heads AS (
  INSERT INTO account_head AS h (account_id, seq)
  SELECT account_id, count(*) FROM fresh GROUP BY account_id ORDER BY account_id
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + excluded.seq
  RETURNING account_id, seq
), logged AS (
  INSERT INTO account_log (account_id, seq, type, subject, actor, digest, at)
  SELECT f.account_id,
         h.seq - count(*) OVER (PARTITION BY f.account_id) + row_number() OVER (PARTITION BY f.account_id ORDER BY f.place),
         CASE WHEN f.state = 'posted' THEN 'notification' ELSE 'request.created' END, f.id, f.agent_id,
         coalesce(sha256(f.sealed), f.digest), f.created_at
    FROM fresh f JOIN heads h USING (account_id)
  RETURNING subject, seq
), woken AS (
  -- OFFSET 0: each account's targets by the index. Joined plainly they are all read, for that is the plan of a table
  -- that was empty when the plan was made.
  INSERT INTO push_outbox (request_id, device_id, wanted, due_at, until)
  SELECT f.id, t.device_id, 'open', f.created_at, f.expires_at
    FROM fresh f CROSS JOIN LATERAL (
      SELECT device_id FROM push_target WHERE account_id = f.account_id AND dead_at IS NULL OFFSET 0) t
)
SELECT g.id, coalesce(k.request_id, g.id) AS request_id, coalesce(k.digest, g.digest) AS digest, l.seq
  FROM given g LEFT JOIN keyed k USING (agent_id, key) LEFT JOIN logged l ON l.subject = g.id

-- name: added_already
-- After a lost connection: which of these were committed before it broke, and under which number.
SELECT r.id, l.seq FROM request r
  JOIN account_log l ON l.account_id = r.account_id AND l.subject = r.id AND l.type IN ('request.created', 'notification')
 WHERE r.id = ANY($1::uuid[]) AND l.at >= $2

-- name: answer_requests
-- Compare-and-set: only a pending row that is not past its deadline and not claimed by somebody else moves.
-- $11 is `pending`. Were it spelled out, the planner could use the index of what is pending, and does while the tables
-- are empty: it would read all that is pending for every batch, for as long as that plan is kept.
WITH given AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::json[], $6::bytea[], $7::timestamptz[], $8::boolean[],
                       $9::bytea[], $10::json[])
    WITH ORDINALITY AS g(id, account_id, answer_id, device_id, answer, digest, at, collected, sealed, receipt, place)
), won AS (
  UPDATE request r
     SET state = 'answered', answer = CASE WHEN g.sealed IS NULL THEN g.answer END, sealed_answer = g.sealed,
         visible_answer = CASE WHEN g.sealed IS NOT NULL THEN g.answer END, receipt = g.receipt, answer_id = g.answer_id,
         answered_by = g.account_id, answered_on = g.device_id, settled_at = g.at,
         collected_at = CASE WHEN g.collected THEN g.at END, claimed_by = NULL, claimed_until = NULL
    FROM given g
   WHERE r.id = ANY(ARRAY[g.id]) AND r.account_id = g.account_id AND r.state = $11::text AND r.expires_at > g.at
     AND (r.claimed_until IS NULL OR r.claimed_until <= g.at OR r.claimed_by = g.account_id)
  RETURNING r.id, r.account_id, g.device_id, g.digest, g.at, g.place
), told AS (
  -- The device that answered clears its own screen. What is being sent just now is looked at when that is over.
  UPDATE push_outbox o
     SET wanted = 'closed', attempt = 0, until = w.at + interval '1 hour',
         due_at = CASE WHEN o.leased THEN o.due_at
                       WHEN o.shown IN ('open', 'summary') AND o.device_id IS DISTINCT FROM w.device_id THEN w.at END
    FROM won w WHERE o.request_id = ANY(ARRAY[w.id])
), heads AS (
  INSERT INTO account_head AS h (account_id, seq)
  SELECT account_id, count(*) FROM won GROUP BY account_id ORDER BY account_id
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + excluded.seq
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, device, digest, at)
SELECT w.account_id,
       h.seq - count(*) OVER (PARTITION BY w.account_id) + row_number() OVER (PARTITION BY w.account_id ORDER BY w.place),
       'request.resolved', w.id, w.account_id, w.device_id, w.digest, w.at
  FROM won w JOIN heads h USING (account_id)
RETURNING subject AS id, seq

-- name: cancel_request
WITH gone AS (
  UPDATE request SET state = 'cancelled', settled_at = $2, claimed_by = NULL, claimed_until = NULL
   WHERE id = $1 AND state = 'pending' AND expires_at > $2
  RETURNING id, account_id
), told AS (
  UPDATE push_outbox o
     SET wanted = 'closed', attempt = 0, until = $2 + interval '1 hour',
         due_at = CASE WHEN o.leased THEN o.due_at WHEN o.shown IN ('open', 'summary') THEN $2 END
    FROM gone g WHERE o.request_id = g.id
), head AS (
  INSERT INTO account_head AS h (account_id, seq) SELECT account_id, 1 FROM gone
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, at)
SELECT g.account_id, h.seq, 'request.resolved', g.id, $3, $2 FROM gone g JOIN head h USING (account_id)
RETURNING seq

-- name: expire_due
WITH due AS (
  SELECT id FROM request WHERE state = 'pending' AND expires_at <= $1
   ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED
), gone AS (
  UPDATE request r SET state = 'expired', settled_at = $1, claimed_by = NULL, claimed_until = NULL
    FROM due WHERE r.id = due.id
  RETURNING r.id, r.account_id
), told AS (
  UPDATE push_outbox o
     SET wanted = 'closed', attempt = 0, until = $1 + interval '1 hour',
         due_at = CASE WHEN o.leased THEN o.due_at WHEN o.shown IN ('open', 'summary') THEN $1 END
    FROM gone g WHERE o.request_id = g.id
), heads AS (
  INSERT INTO account_head AS h (account_id, seq)
  SELECT account_id, count(*) FROM gone GROUP BY account_id ORDER BY account_id
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + excluded.seq
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, at)
SELECT g.account_id,
       h.seq - count(*) OVER (PARTITION BY g.account_id) + row_number() OVER (PARTITION BY g.account_id ORDER BY g.id),
       'request.resolved', g.id, $1
  FROM gone g JOIN heads h USING (account_id)
RETURNING subject AS id, account_id, seq

-- name: claim_request
WITH held AS (
  UPDATE request SET claimed_by = $2, claimed_until = least($4, expires_at)
   WHERE id = $1 AND account_id = $2 AND state = 'pending' AND expires_at > $3
     AND (claimed_until IS NULL OR claimed_until <= $3 OR claimed_by = $2)
  RETURNING id, account_id
), head AS (
  INSERT INTO account_head AS h (account_id, seq) SELECT account_id, 1 FROM held
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, device, at)
SELECT c.account_id, h.seq, 'request.claimed', c.id, $2, $5, $3 FROM held c JOIN head h USING (account_id)
RETURNING seq

-- name: release_request
WITH freed AS (
  UPDATE request SET claimed_by = NULL, claimed_until = NULL
   WHERE id = $1 AND account_id = $2 AND state = 'pending' AND claimed_by = $2
  RETURNING id, account_id
), head AS (
  INSERT INTO account_head AS h (account_id, seq) SELECT account_id, 1 FROM freed
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, device, at)
SELECT f.account_id, h.seq, 'request.released', f.id, $2, $4, $3 FROM freed f JOIN head h USING (account_id)
RETURNING seq

-- name: agent_away
WITH left_alone AS (
  UPDATE request SET away_at = $2 WHERE id = $1 AND state = 'pending' AND expires_at > $2 AND away_at IS NULL
  RETURNING id, account_id, agent_id
), head AS (
  INSERT INTO account_head AS h (account_id, seq) SELECT account_id, 1 FROM left_alone
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, at)
SELECT l.account_id, h.seq, 'request.agent_away', l.id, l.agent_id, $2 FROM left_alone l JOIN head h USING (account_id)
RETURNING seq

-- name: agent_back
WITH found AS (
  UPDATE request SET away_at = NULL WHERE id = $1 AND state = 'pending' AND expires_at > $2 AND away_at IS NOT NULL
  RETURNING id, account_id, agent_id
), head AS (
  INSERT INTO account_head AS h (account_id, seq) SELECT account_id, 1 FROM found
  ON CONFLICT (account_id) DO UPDATE SET seq = h.seq + 1
  RETURNING account_id, seq
)
INSERT INTO account_log (account_id, seq, type, subject, actor, at)
SELECT f.account_id, h.seq, 'request.agent_back', f.id, f.agent_id, $2 FROM found f JOIN head h USING (account_id)
RETURNING seq

-- name: request_of_call
-- The request an earlier attempt of the same call made, if what it asks is the same.
SELECT request_id FROM ask_key WHERE agent_id = $1 AND key = $2 AND digest = $3

-- name: remember_call
INSERT INTO ask_key (agent_id, key, digest, request_id, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (agent_id, key) DO UPDATE
  SET digest = excluded.digest, request_id = excluded.request_id, created_at = excluded.created_at

-- name: mark_collected
UPDATE request SET collected_at = $2 WHERE id = $1 AND state = 'answered' AND collected_at IS NULL

-- name: mark_uncollected
-- The answer could not be handed over after all: the next identical ask shall have it.
UPDATE request SET collected_at = NULL WHERE id = $1 AND state = 'answered'

-- name: request_by_id
SELECT * FROM request WHERE id = $1

-- name: requests_by_id
SELECT * FROM request WHERE id = ANY($1::uuid[])

-- name: settled_among
-- The safety net: which of the requests waited for here are settled already.
SELECT * FROM request WHERE id = ANY($1::uuid[]) AND state <> 'pending'

-- name: open_requests
-- For several accounts at once, each from the smallest id that can be pending.
SELECT r.*, g.since FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS g(org_id, account_id, since)
  CROSS JOIN LATERAL (
    SELECT * FROM request
     WHERE org_id = g.org_id AND account_id = g.account_id AND id >= g.since AND state = 'pending'
     ORDER BY id LIMIT $4) AS r

-- name: account_history
SELECT * FROM request
 WHERE org_id = $1 AND account_id = $2 AND id < $3 AND state <> 'pending' ORDER BY id DESC LIMIT $4

-- name: listed_requests
SELECT * FROM request
 WHERE org_id = $1 AND ($2::uuid IS NULL OR agent_id = $2) AND ($3::uuid IS NULL OR account_id = $3) AND id < $4
   AND ($5::text IS NULL OR state = $5) AND (NOT $6::boolean OR (state = 'answered' AND collected_at IS NULL))
 ORDER BY id DESC LIMIT $7

-- name: count_by_state
SELECT state, count(*) AS requests FROM request
 WHERE org_id = $1 AND ($2::uuid IS NULL OR agent_id = $2) AND ($3::uuid IS NULL OR account_id = $3) AND id >= $4
 GROUP BY state

-- name: empty_sealed
-- Take the ciphertexts of what was settled before $1. Such a request was asked before then, so its id is below $2.
WITH due AS (
  SELECT id FROM request WHERE sealed <> '' AND id < $2 AND coalesce(settled_at, created_at) < $1
   ORDER BY id LIMIT $3 FOR UPDATE SKIP LOCKED
)
UPDATE request r SET sealed = '', sealed_answer = CASE WHEN r.sealed_answer IS NOT NULL THEN ''::bytea END
  FROM due WHERE r.id = due.id
RETURNING r.id

-- name: forget_keys
DELETE FROM ask_key WHERE created_at < $1
