"""What stands outside the relay - push services, authenticators - as its documents describe it: strict and scriptable.

They run in a test's own loop; the push services also as programs, for load: `python -m tests.emulators.webpush`.
"""
