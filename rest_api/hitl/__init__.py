"""The HITL Relay dialect: what the published client and the seed's snippets speak."""
