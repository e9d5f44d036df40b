-- When an account goes for good, if its human asked for it and does not take it back.

ALTER TABLE account ADD COLUMN delete_at timestamptz;
CREATE INDEX account_by_end ON account (delete_at) WHERE delete_at IS NOT NULL;
