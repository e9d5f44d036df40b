"""The verbs of owners and credentials, with everything passed in."""
