"""The verbs of the broker, with everything passed in."""
