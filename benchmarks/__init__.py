"""Measurements of the relay beside two references: `python -m benchmarks`. See docs/topics/performance.md."""
