"""The ledger, a file a subject."""
