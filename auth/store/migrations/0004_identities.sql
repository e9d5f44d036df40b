-- Who an account is elsewhere: (issuer, subject) identifies, `email` is only what the provider said.

CREATE TABLE identity (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    issuer text NOT NULL CHECK (char_length(issuer) BETWEEN 1 AND 500),
    subject text NOT NULL CHECK (char_length(subject) BETWEEN 1 AND 500),
    email text NOT NULL CHECK (char_length(email) <= 254),
    created_at timestamptz NOT NULL,
    last_used_at timestamptz,
    UNIQUE (issuer, subject)
);
CREATE INDEX identity_by_account ON identity (account_id);
