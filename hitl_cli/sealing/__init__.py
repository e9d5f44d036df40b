"""Sealing between a program and a relay: the files and the calls around the pure core in `hitl_cli.sealed`.

Imported only by whoever seals, or checks a receipt: PyNaCl costs time that a plain question must not pay.

    agent_key     this machine's key
    pins          what was seen of each account's list of devices
    sent          which questions are open, and which were answered
    message       a plain question's body, taken apart into what is sealed and what is not
    identity      the three together, for one relay
    sealer        seal a question, open its answer
    receipts      check who gave a plain answer
"""
