"""How often a stranger may begin something that the relay has to remember."""

from typing import Final

from relay.kernel.rates import HOUR, MINUTE, By, Limit

BEGUN: Final = Limit(name="sign-ins-begun", calls=60, per_s=MINUTE, by=By.ADDRESS)
"""A row for some minutes each. One human begins one or two; an office behind one address a few."""

LETTERS_ASKED: Final = Limit(name="letters", calls=30, per_s=HOUR, by=By.ADDRESS)
"""Each may be an e-mail to somebody who did not ask."""
