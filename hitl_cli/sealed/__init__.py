"""The cryptography of sealed requests, from both sides: pure, on PyNaCl, time and chance passed in.

`docs/protocol/sealed.md` says what is written and checked here; `tests/vectors/sealed.json` has an example of each.
Importing it costs PyNaCl: whoever does not seal must not.

    canon, padding, keys            what everything stands on
    log, log_entries                the signed list of an account's devices
    envelope                        version 2: question and answer, sealed alike
    question, answer                what each side refuses
    receipt, proof                  who decided what, checkable by anybody
    box_v1                          the published client's format
    inbox_key, pairing, recovery    how devices come to share an account
    safety                          the number that two people compare
"""
