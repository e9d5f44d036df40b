"""A real SMTP server (aiosmtpd) that keeps what it is sent."""

import asyncio
import email
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.waiting import until


@dataclass
class Mailbox:
    letters: list[EmailMessage] = field(default_factory=list)
    refuses: bool = False
    url: str = ""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - its name
        if self.refuses:
            return "554 not today"
        message = email.message_from_bytes(envelope.content or b"", policy=default)
        assert isinstance(message, EmailMessage)
        self.letters.append(message)
        return "250 kept"

    async def next(self) -> EmailMessage:
        """Return the oldest letter, waiting for it."""
        await until(lambda: self.letters)
        return self.letters.pop(0)

    async def code(self) -> str:
        (code,) = re.findall(r"^ {4}(\w{4}-\w{4})$", text_of(await self.next()), re.MULTILINE)
        return str(code)


def text_of(letter: EmailMessage) -> str:
    return str(letter.get_content()).replace("\r\n", "\n")


def link_in(text: str) -> str:
    """Return the path of the one link with a secret in it."""
    (link,) = re.findall(r"https?://[^/\s]+(/\S+\?\S+)", text)
    return str(link)


@asynccontextmanager
async def mailbox() -> AsyncIterator[Mailbox]:
    box = Mailbox()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(box, enable_SMTPUTF8=True, hostname="mail.example.org"), "127.0.0.1", 0
    )
    box.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield box
