"""The broker: rules, plumbing, stores, verbs. It knows no door."""
