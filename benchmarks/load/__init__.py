"""The load generator: a process of its own, lean enough to stay far below the servers it measures."""
