"""Signing in without a password: the relay's OAuth, in a browser here or on another device.

`stored` keeps what came of it, `exchange` speaks to the relay, `in_browser` and `on_device` ask the human, `renewal`
trades an old token for a new one.
"""
