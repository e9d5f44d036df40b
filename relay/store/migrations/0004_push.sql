-- Waking devices. The outbox is written by the statements that ask and settle, so it belongs to the broker's series.

-- Where a device is reached when it holds no socket: at most one address each, and no address for two devices.
CREATE TABLE push_target (
  device_id     uuid PRIMARY KEY REFERENCES device ON DELETE CASCADE,
  account_id    uuid NOT NULL,
  vendor        text NOT NULL CHECK (vendor IN ('webpush', 'apns', 'fcm')),
  token         text NOT NULL CHECK (length(token) BETWEEN 1 AND 2048),
  -- The token is too long for an index; its SHA-256, with the vendor's name before it, is not.
  token_digest  bytea NOT NULL UNIQUE CHECK (octet_length(token_digest) = 32),
  p256dh        bytea CHECK (octet_length(p256dh) = 65),
  auth          bytea CHECK (octet_length(auth) = 16),
  sandbox       boolean NOT NULL DEFAULT false,
  topic         text NOT NULL DEFAULT '' CHECK (length(topic) <= 200),
  registered_at timestamptz NOT NULL,
  tried_at      timestamptz,
  taken_at      timestamptz,
  verdict       text NOT NULL DEFAULT '',
  code          text NOT NULL DEFAULT '',
  dead_at       timestamptz,
  CONSTRAINT browser_keys CHECK ((vendor = 'webpush') = (p256dh IS NOT NULL AND auth IS NOT NULL))
);
CREATE INDEX push_target_live ON push_target (account_id) WHERE dead_at IS NULL;

-- What a device shall show of a request, and what it may be showing. `due_at` is when somebody must look at the
-- difference, and null when there is none; a row being sent has its lease's end there, so that it comes back by itself
-- when its sender dies.
CREATE TABLE push_outbox (
  request_id uuid NOT NULL,
  device_id  uuid NOT NULL,
  wanted     text NOT NULL CHECK (wanted IN ('open', 'closed')),
  shown      text NOT NULL DEFAULT 'nothing' CHECK (shown IN ('nothing', 'open', 'summary', 'closed')),
  due_at     timestamptz,
  leased     boolean NOT NULL DEFAULT false,
  attempt    smallint NOT NULL DEFAULT 0,
  until      timestamptz NOT NULL,
  PRIMARY KEY (request_id, device_id)
) WITH (fillfactor = 70);
CREATE INDEX push_outbox_due ON push_outbox (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX push_outbox_open ON push_outbox (device_id) WHERE wanted = 'open';

-- How an account wants to be woken. Without a row: no words in a push, no reminders, no quiet hours.
CREATE TABLE push_preference (
  account_id uuid PRIMARY KEY,
  show_words boolean NOT NULL,
  reminders  boolean NOT NULL,
  quiet_from  smallint CHECK (quiet_from BETWEEN 0 AND 1439),
  quiet_until smallint CHECK (quiet_until BETWEEN 0 AND 1439),
  time_zone  text NOT NULL CHECK (length(time_zone) BETWEEN 1 AND 64),
  CONSTRAINT quiet_hours CHECK ((quiet_from IS NULL) = (quiet_until IS NULL) AND coalesce(quiet_from <> quiet_until, true))
);

-- The relay's own VAPID key (RFC 8292), made at the first start: browsers bind their subscriptions to it.
CREATE TABLE push_key (
  name       text PRIMARY KEY CHECK (name = 'vapid'),
  secret     bytea NOT NULL CHECK (octet_length(secret) = 32),
  created_at timestamptz NOT NULL
);

ALTER TABLE ledger_entry ADD COLUMN detail text NOT NULL DEFAULT '' CHECK (length(detail) <= 100);
ALTER TABLE ledger_entry DROP CONSTRAINT ledger_entry_step_check;
ALTER TABLE ledger_entry ADD CONSTRAINT ledger_entry_step_check
  CHECK (step IN ('queued', 'held', 'pushed', 'failed', 'received', 'sent', 'displayed', 'seen'));
