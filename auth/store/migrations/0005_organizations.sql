-- More than one member, more than one organization; keys of an organization; where keys were used from.

-- Each account is made with an organization of its own and stays its owner, so that it always has one to be in.
ALTER TABLE membership
    ADD COLUMN personal boolean NOT NULL DEFAULT false,
    ADD CONSTRAINT personal_owner CHECK (NOT personal OR role = 'owner');
UPDATE membership m SET personal = true
FROM (SELECT DISTINCT ON (account_id) account_id, org_id FROM membership ORDER BY account_id, created_at) AS first
WHERE m.account_id = first.account_id AND m.org_id = first.org_id;
CREATE UNIQUE INDEX membership_personal ON membership (account_id) WHERE personal;

CREATE TABLE invite (
    id uuid PRIMARY KEY,
    org_id uuid NOT NULL REFERENCES org ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'operator')),
    email text CHECK (char_length(email) BETWEEN 3 AND 254),
    code_hash bytea NOT NULL UNIQUE CHECK (octet_length(code_hash) = 32),
    created_by uuid NOT NULL REFERENCES account ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at <= created_at + interval '7 days'),
    accepted_by uuid REFERENCES account ON DELETE SET NULL,
    accepted_at timestamptz,
    revoked_at timestamptz
);
CREATE INDEX invite_by_org ON invite (org_id, id);

ALTER TABLE api_key
    ALTER COLUMN agent_id DROP NOT NULL,
    ADD COLUMN last_used_from text NOT NULL DEFAULT '' CHECK (char_length(last_used_from) <= 50),
    DROP CONSTRAINT api_key_kind_check,
    ADD CONSTRAINT api_key_kind CHECK ((kind = 'agent' AND agent_id IS NOT NULL) OR (kind = 'org' AND agent_id IS NULL));
CREATE INDEX api_key_by_maker ON api_key (org_id, account_id) WHERE revoked_at IS NULL;
