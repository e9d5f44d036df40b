"""Waking devices: APNs, FCM and Web Push behind one Protocol.

Providers know tokens, messages and outcomes. Only `compose` looks at a request, and only `worker` moves the outbox.
"""
