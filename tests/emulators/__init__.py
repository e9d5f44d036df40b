"""The push services, as their documents describe them: strict about what they take, scriptable in what they answer.

They run in a test's own loop, or as programs for load: `python -m tests.emulators.webpush`.
"""
