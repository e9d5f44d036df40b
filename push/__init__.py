"""Waking devices: APNs, FCM and Web Push behind one Protocol.

Providers know tokens, messages and outcomes. Only `compose` looks at a request, and only `worker` moves the outbox.
"""

from push.setup import push, push_loops

__all__ = ["push", "push_loops"]
