"""What stands outside the relay - push services, authenticators, providers - as documented: strict and scriptable.

They run in a test's own loop; the push services also as programs, for load: `python -m tests.emulators.webpush`,
and GitHub for trying a sign-in by hand: `python -m tests.emulators.github`.
"""
