-- Whose keys are an account's, as its own devices signed it. The relay keeps the log and cannot write in it.

-- Where each account's log stands: an append compares the head it was made for with this one, and moves it.
CREATE TABLE device_log (
  account_id uuid PRIMARY KEY,
  root       text NOT NULL,
  head       text NOT NULL,
  seq        integer NOT NULL CHECK (seq >= 0)
);

-- `json` keeps an entry letter by letter. A log that was given up for another stays, for the receipts that name it.
CREATE TABLE device_log_entry (
  account_id uuid NOT NULL,
  root       text NOT NULL,
  seq        integer NOT NULL CHECK (seq >= 0),
  entry      json NOT NULL,
  at         timestamptz NOT NULL,
  PRIMARY KEY (account_id, root, seq)
);

-- The inbox key's private half, boxed for each device by one of them. Nobody here has a key that opens one.
CREATE TABLE inbox_wrap (
  account_id uuid NOT NULL,
  inbox      text NOT NULL,
  device_box text NOT NULL,
  sealed_by  text NOT NULL,
  wrapped    bytea NOT NULL CHECK (octet_length(wrapped) = 72),
  PRIMARY KEY (account_id, inbox, device_box)
);

-- A device about to join: an old one asked for a code, a new one brought its keys. Codes and tickets are kept as digests.
CREATE TABLE pairing (
  id            uuid PRIMARY KEY,
  account_id    uuid NOT NULL,
  org_id        uuid NOT NULL,
  code_digest   bytea NOT NULL UNIQUE,
  commitment    text NOT NULL,
  created_at    timestamptz NOT NULL,
  expires_at    timestamptz NOT NULL,
  joined_at     timestamptz,
  ticket_digest bytea UNIQUE,
  device_id     uuid,
  kind          text CHECK (kind IN ('phone', 'browser', 'terminal')),
  name          text CHECK (length(name) BETWEEN 1 AND 80),
  sign          text,
  box           text,
  pop           text,
  nonce         text,
  mac           text,
  revealed      text,
  root          text,
  accepted_at   timestamptz,
  claimed_at    timestamptz,
  CONSTRAINT short CHECK (expires_at <= created_at + interval '10 minutes'),
  CONSTRAINT joined CHECK (num_nulls(joined_at, ticket_digest, device_id, kind, name, sign, box, pop, nonce, mac) IN (0, 10)),
  CONSTRAINT revealed_to_somebody CHECK (num_nulls(revealed, root) IN (0, 2) AND (revealed IS NULL OR joined_at IS NOT NULL)),
  CONSTRAINT accepted CHECK (accepted_at IS NULL OR joined_at IS NOT NULL),
  CONSTRAINT claimed CHECK (claimed_at IS NULL OR accepted_at IS NOT NULL)
);
CREATE INDEX pairing_account ON pairing (account_id);
