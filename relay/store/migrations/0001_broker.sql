-- The broker's ground: agents and devices, requests, the account's log, the delivery ledger.
-- Ids are UUIDv7 made by the application; all times are the server's clock, passed in.

CREATE TABLE agent (
  id           uuid PRIMARY KEY,
  org_id       uuid NOT NULL,
  account_id   uuid NOT NULL,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz
);
CREATE UNIQUE INDEX agent_name ON agent (org_id, lower(name));

CREATE TABLE agent_key (
  agent_id   uuid NOT NULL REFERENCES agent ON DELETE CASCADE,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
  key_type   text NOT NULL CHECK (key_type IN ('x25519', 'ed25519')),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (agent_id, public_key)
);

CREATE TABLE device (
  id           uuid PRIMARY KEY,
  account_id   uuid NOT NULL,
  name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 80),
  kind         text NOT NULL CHECK (kind IN ('phone', 'browser', 'terminal')),
  ed25519      bytea CHECK (octet_length(ed25519) = 32),
  x25519       bytea CHECK (octet_length(x25519) = 32),
  created_at   timestamptz NOT NULL,
  last_seen_at timestamptz,
  revoked_at   timestamptz
);
CREATE INDEX device_account ON device (account_id) WHERE revoked_at IS NULL;

-- Range partitions over the id itself: a UUIDv7 starts with its milliseconds, so the primary key stays (id),
-- a look-up by id touches one partition, and retention drops whole days.
CREATE TABLE request (
  id            uuid NOT NULL,
  org_id        uuid NOT NULL,
  account_id    uuid NOT NULL,
  agent_id      uuid NOT NULL,
  kind          text NOT NULL CHECK (kind IN ('input', 'approval', 'completion', 'notification')),
  priority      smallint NOT NULL CHECK (priority BETWEEN 0 AND 3),
  state         text NOT NULL CHECK (state IN ('pending', 'answered', 'cancelled', 'expired', 'posted')),
  content       json NOT NULL,
  digest        bytea NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  settled_at    timestamptz,
  answer        json,
  answer_id     uuid,
  answered_by   uuid,
  answered_on   uuid,
  collected_at  timestamptz,
  claimed_by    uuid,
  claimed_until timestamptz,
  PRIMARY KEY (id),
  CONSTRAINT ceiling CHECK (expires_at > created_at AND expires_at <= created_at + interval '15 minutes'),
  CONSTRAINT one_answer CHECK ((state = 'answered') = (answer IS NOT NULL) AND (answer IS NULL) = (answered_by IS NULL)),
  CONSTRAINT settled CHECK ((state IN ('pending', 'posted')) = (settled_at IS NULL)),
  CONSTRAINT notified CHECK ((kind = 'notification') = (state = 'posted')),
  CONSTRAINT claim CHECK ((claimed_by IS NULL) = (claimed_until IS NULL))
) PARTITION BY RANGE (id);
CREATE INDEX request_due ON request (expires_at) WHERE state = 'pending';
-- One index for every listing: an account's and an agent's requests are found among their organization's. Each index
-- more costs every ask and every answer; a listing is read now and then. What is pending is at most 15 minutes old,
-- so an inbox reads only the end of it.
CREATE INDEX request_org ON request (org_id, id);

-- One question, one request: what an agent asked, by its idempotency key or by the content's digest.
CREATE TABLE ask_key (
  agent_id   uuid NOT NULL,
  key        bytea NOT NULL,
  digest     bytea NOT NULL,
  request_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (agent_id, key)
);

-- One small hot row an account; updates stay on the page.
CREATE TABLE account_head (
  account_id uuid PRIMARY KEY,
  seq        bigint NOT NULL,
  sealed     bigint NOT NULL DEFAULT 0,
  seal       bytea NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

-- Everything that happened in an account, gap-free: the head's row lock is held until commit, so commit order is
-- number order and a rollback gives the number back. Names ids, never words.
CREATE TABLE account_log (
  account_id uuid NOT NULL,
  seq        bigint NOT NULL,
  type       text NOT NULL,
  subject    uuid NOT NULL,
  actor      uuid,
  device     uuid,
  digest     bytea,
  at         timestamptz NOT NULL,
  PRIMARY KEY (account_id, seq)
);
CREATE INDEX account_log_age ON account_log USING brin (at);

-- A hash over the log up to a number, chained to the seal before it.
CREATE TABLE log_seal (
  account_id uuid NOT NULL,
  upto       bigint NOT NULL,
  seal       bytea NOT NULL,
  at         timestamptz NOT NULL,
  PRIMARY KEY (account_id, upto)
);

-- What became of a request on each device: written to its socket, displayed, seen.
CREATE TABLE ledger_entry (
  request_id uuid NOT NULL,
  device_id  uuid NOT NULL,
  step       text NOT NULL CHECK (step IN ('sent', 'displayed', 'seen')),
  at         timestamptz NOT NULL,
  PRIMARY KEY (request_id, device_id, step)
);
