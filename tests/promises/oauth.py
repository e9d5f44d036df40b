"""The authorization server."""

from tests.promises.requirement import Requirement

_R = {
    1: "a request without an S256 challenge is refused by redirect, with state and iss",
    2: "a code without its verifier, or with a wrong one, is refused",
    3: "a code works once; a second use ends what came of it",
    4: "of six exchanges of one code at once, one succeeds",
    5: "a code older than a minute is refused",
    6: "a code of one client is refused to another",
    7: "the redirect address at the exchange is the one that was authorized",
    8: "an address that is not registered gets a page, not a redirect",
    9: "of a loopback address the port may differ, and nothing else",
    10: "look-alikes of a registered address are refused",
    11: "registration takes no address, grant, method or scope it should not",
    12: "registration answers 201, and gives public clients no secret",
    13: "there is no implicit and no password grant",
    14: "a repeated parameter is refused",
    15: "a client that does not prove itself by its own method gets 401 invalid_client",
    16: "a client that gives tokens back proves itself; another's tokens stay",
    17: "giving back what is no token is no error",
    18: "an unknown resource is refused in both requests",
    19: "a token is for its resource; one for another audience is refused",
    20: "every authorization redirect names the issuer, and the metadata says so",
    21: "the issuer is exactly the configured address",
    22: "the resource's metadata is at the root and at each path, with and without slash",
    23: "401 says where to get a token, 403 which scope is missing",
    24: "no state, code or token is in any log line",
    25: "no answer with a token may be kept",
    27: "a refresh token rotates; used again in time it gives the same answer, later it ends the family",
    28: "six refreshes at once give one new token",
    29: "a refresh cannot widen the scope",
    30: "a family ends 90 days after the consent whatever happens",
    31: "a device code is pending, slowed down, denied, expired or used, and works once",
    32: "few user codes can be tried, and none is a word",
    33: "a device is approved by a button on a page that says who asks and from where, never by a GET",
    34: "a program that registered itself is asked about every time",
    35: "the consent page cannot be framed, shows where it leads, and warns",
    36: "a consent without the session's token is refused",
    37: "a human lists and ends what is connected; the next call fails",
    38: "registrations that lead to nothing vanish",
    40: "a client document is refused if it is redirected, large, about another, no JSON or with a secret; errors pass",
    42: "the published client signs in unmodified",
    43: "the MCP client of the Python SDK connects unmodified",
    44: "a token that is not exactly one of ours is refused",
    45: "keys that a token brings along are ignored",
    46: "after a rotation old tokens verify until they end, then their key is gone",
}

PROMISES = {
    f"auth.R{number}": Requirement(source=f"auth research R{number}", says=says) for number, says in _R.items()
} | {
    "oauth.clients": Requirement(
        source="issue 3",
        says="programs of others get in by their own flow, are answered, and keep or renew their token",
    ),
    "oauth.no_cipher": Requirement(
        source="issue 3, architecture", says="of cryptography the server imports what signs, and nothing that decrypts"
    ),
}
