-- name: add_agent
INSERT INTO agent (id, org_id, account_id, name, created_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (org_id, lower(name)) DO NOTHING
RETURNING id

-- name: agents_by_id
SELECT * FROM agent WHERE id = ANY($1::uuid[])

-- name: agent_by_name
SELECT * FROM agent WHERE org_id = $1 AND lower(name) = lower($2)

-- name: agents
SELECT * FROM agent WHERE org_id = $1 ORDER BY id LIMIT 1000

-- name: change_agent
-- What is not given stays. A name that another agent of the organization has is refused by the index.
UPDATE agent SET name = coalesce($3, name), account_id = coalesce($4, account_id), status = coalesce($5, status)
 WHERE org_id = $1 AND id = $2 RETURNING *

-- name: delete_agent
DELETE FROM agent WHERE org_id = $1 AND id = $2 RETURNING id

-- name: delete_agents
DELETE FROM agent WHERE org_id = $1 RETURNING id

-- name: reassign_agents
UPDATE agent SET account_id = $3 WHERE org_id = $1 AND account_id = $2 RETURNING id

-- name: seen_agents
UPDATE agent SET last_seen_at = greatest(last_seen_at, g.at)
  FROM unnest($1::uuid[], $2::timestamptz[]) AS g(id, at) WHERE agent.id = g.id

-- name: add_agent_key
INSERT INTO agent_key (agent_id, public_key, key_type, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (agent_id, public_key) DO UPDATE SET key_type = excluded.key_type
RETURNING xmax = 0 AS fresh

-- name: keys_of_orgs
-- Of agents that are not archived, in the order they were registered.
SELECT k.*, a.name FROM agent_key k JOIN agent a ON a.id = k.agent_id
 WHERE a.org_id = ANY($1::uuid[]) AND a.status <> 'archived' ORDER BY k.created_at, k.public_key LIMIT 1000

-- name: agent_keys
SELECT * FROM agent_key WHERE agent_id = $1 ORDER BY created_at
