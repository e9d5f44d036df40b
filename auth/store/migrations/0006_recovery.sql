-- Codes for whoever lost every other way in; and accounts that only a passkey opens.

ALTER TABLE account ADD COLUMN passkey_only boolean NOT NULL DEFAULT false;

CREATE TABLE recovery_code (
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, hash)
);
