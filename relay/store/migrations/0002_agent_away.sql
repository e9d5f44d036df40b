-- When the agent hung up while it waited for a pending request; null while it waits, or when it never did.
ALTER TABLE request ADD COLUMN away_at timestamptz;
