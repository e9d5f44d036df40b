-- When the human of a session last proved who they are, and the network it was begun from.

ALTER TABLE session
    ADD COLUMN authenticated_at timestamptz,
    ADD COLUMN network text NOT NULL DEFAULT '' CHECK (char_length(network) <= 50);
UPDATE session SET authenticated_at = created_at;
ALTER TABLE session ALTER COLUMN authenticated_at SET NOT NULL;
