-- name: one_at_a_time
-- Two devices that register one token at once do so one after the other.
SELECT pg_advisory_xact_lock(hashtextextended(encode($1::bytea, 'hex'), 0))

-- name: take_away
-- A token belongs to the device that registered it last, whosever it was before.
DELETE FROM push_target WHERE token_digest = $2 AND device_id <> $1 RETURNING account_id

-- name: register
INSERT INTO push_target (device_id, account_id, vendor, token, token_digest, p256dh, auth, sandbox, topic, registered_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT (device_id) DO UPDATE SET
  vendor = excluded.vendor, token = excluded.token, token_digest = excluded.token_digest, p256dh = excluded.p256dh,
  auth = excluded.auth, sandbox = excluded.sandbox, topic = excluded.topic, registered_at = excluded.registered_at,
  dead_at = NULL,
  tried_at = CASE WHEN push_target.token_digest = excluded.token_digest THEN push_target.tried_at END,
  taken_at = CASE WHEN push_target.token_digest = excluded.token_digest THEN push_target.taken_at END,
  verdict = CASE WHEN push_target.token_digest = excluded.token_digest THEN push_target.verdict ELSE '' END,
  code = CASE WHEN push_target.token_digest = excluded.token_digest THEN push_target.code ELSE '' END

-- name: unregister
DELETE FROM push_target WHERE device_id = $1

-- name: target
SELECT * FROM push_target WHERE device_id = $1

-- name: targets
SELECT * FROM push_target WHERE account_id = $1

-- name: reachable
SELECT DISTINCT account_id FROM push_target WHERE dead_at IS NULL

-- name: reachable_among
SELECT DISTINCT account_id FROM push_target WHERE account_id = ANY($1::uuid[]) AND dead_at IS NULL

-- name: tried
-- What the provider said last. A token that is dead stays for the human to see why; one registered again lives.
UPDATE push_target t
   SET tried_at = g.at, verdict = g.verdict, code = g.code,
       taken_at = CASE WHEN g.verdict = 'sent' THEN g.at ELSE t.taken_at END,
       dead_at = CASE WHEN g.dead AND t.registered_at <= coalesce(g.dead_since, g.registered_at) THEN g.at ELSE t.dead_at END
  FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[], $4::text[], $5::text[], $6::boolean[], $7::timestamptz[])
    AS g(device_id, registered_at, at, verdict, code, dead, dead_since)
 WHERE t.device_id = ANY(ARRAY[g.device_id]) AND t.registered_at = g.registered_at
RETURNING t.device_id, t.account_id, t.dead_at IS NOT NULL AS dead

-- name: forget_dead
DELETE FROM push_target WHERE dead_at < $1

-- name: counts
SELECT vendor, count(*) FILTER (WHERE dead_at IS NULL) AS live, count(*) FILTER (WHERE dead_at IS NOT NULL) AS dead
  FROM push_target GROUP BY vendor

-- name: keep_key
INSERT INTO push_key (name, secret, created_at) VALUES ('vapid', $1, $2) ON CONFLICT DO NOTHING

-- name: kept_key
SELECT secret FROM push_key WHERE name = 'vapid'

-- name: preference
SELECT * FROM push_preference WHERE account_id = $1

-- name: prefer
INSERT INTO push_preference (account_id, show_words, reminders, quiet_from, quiet_until, time_zone)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (account_id) DO UPDATE SET
  show_words = excluded.show_words, reminders = excluded.reminders, quiet_from = excluded.quiet_from,
  quiet_until = excluded.quiet_until, time_zone = excluded.time_zone
