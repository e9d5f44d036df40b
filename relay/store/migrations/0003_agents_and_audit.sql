-- What an organization manages of its agents, and finds again of what its members did.

ALTER TABLE agent
  ADD COLUMN status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'archived'));
CREATE INDEX agent_account ON agent (org_id, account_id);

-- An entry that concerns an organization stays in the log, and under the seals, of the account that made it; this finds
-- it from the organization's side, whether or not that account is a member still. Requests carry none: they are not
-- audited here, and every ask would pay for the index.
ALTER TABLE account_log ADD COLUMN org_id uuid;
CREATE INDEX account_log_org ON account_log (org_id, at, account_id, seq) WHERE org_id IS NOT NULL;
