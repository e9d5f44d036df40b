"""A terminal as one of the account's devices that have keys.

`device_key` keeps them, `joining` gets them into the device log, `vault` opens questions and writes answers with them,
`opener` tells the vault what the relay has of the account.
"""
