"""Asking for a proof before a form is filled in, not after: what was typed would be lost."""

from auth.guard import CONFIRM_PAGE
from auth.html import Kind, button_link, paragraph
from auth.next_path import with_next


def confirm_first(here: str, what: str) -> str:
    """Offer to confirm who one is, and to come back `here`. `what` begins the sentence that says why."""
    return paragraph(f"{what} needs a proof that it is you, of the last ten minutes.") + button_link(
        with_next(CONFIRM_PAGE, here), "Confirm that it is you", Kind.PRIMARY
    )
