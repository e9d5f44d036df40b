"""Letters to people, by SMTP (RFC 5321): sign-in codes, and notices of what changed in an account.

They are sent one after the other in the background: how long it takes must not tell whether there was anybody to
write to. What could not be sent is lost, logged without its address, and shown to who is signed in.
"""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from relay.domain.clock import Clock
from relay.kernel.log import get_logger
from relay.kernel.settings import Secret

log = get_logger(__name__)

QUEUE: Final = 200
"""Letters that may wait; a server that takes none for that long will not take the next one either."""
TIMEOUT_S: Final = 20.0
PORTS: Final = {"smtp": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Letter:
    to: str
    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Smtp:
    """The server to hand letters to. With `smtp` TLS is begun if the server offers it; with `smtps` from the start."""

    tls: bool
    host: str
    port: int
    user: str | None
    password: Secret | None

    @classmethod
    def parse(cls, url: str) -> "Smtp":
        """Read `smtp://user:password@host:port`; raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/") or parts.query:
            raise ValueError("must be like smtp://user:password@mail.example.org:587 or smtps://…")
        return cls(
            tls=parts.scheme == "smtps",
            host=parts.hostname,
            port=parts.port or PORTS[parts.scheme],
            user=unquote(parts.username) if parts.username else None,
            password=Secret(unquote(parts.password)) if parts.password else None,
        )


class Mail:
    """Writes letters if there is a server (`on`); else what is posted is dropped."""

    def __init__(self, smtp: Smtp | None, sender: str, clock: Clock) -> None:
        self._smtp = smtp
        self._sender = sender
        self._clock = clock
        self._queue: asyncio.Queue[Letter] = asyncio.Queue(QUEUE)
        self._closed = False
        self.failed_at: dt.datetime | None = None
        """When a letter could not be sent, unless one was sent since."""

    @property
    def on(self) -> bool:
        return self._smtp is not None

    @property
    def _domain(self) -> str:
        return self._sender.rpartition("@")[2].rstrip(">")

    def post(self, letter: Letter) -> None:
        if self._smtp is None:
            return
        try:
            self._queue.put_nowait(letter)
        except asyncio.QueueFull:
            self._failed("QueueFull")

    async def deliver(self) -> None:
        """Send what is posted, until `close`."""
        # Asked each time: the library stands on `asyncio.wait_for`, which may swallow a cancellation before 3.12.
        while not self._closed:
            await self._send(await self._queue.get())

    def close(self) -> None:
        self._closed = True

    async def _send(self, letter: Letter) -> None:
        smtp = self._smtp
        if smtp is None:
            return
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=smtp.host,
                port=smtp.port,
                username=smtp.user,
                password=smtp.password,
                use_tls=smtp.tls,
                timeout=TIMEOUT_S,
                local_hostname=self._domain,  # else it is looked up in the DNS, each time
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            self._failed(type(error).__name__)
        else:
            self.failed_at = None
            log.info("letter_sent")

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, letter.to, letter.subject
        message["Date"] = format_datetime(self._clock.now())
        message["Message-ID"] = make_msgid(domain=self._domain)
        # RFC 3834: holiday notices and mailing lists leave it alone.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        return message

    def _failed(self, why: str) -> None:
        self.failed_at = self._clock.now()
        log.warning("letter_not_sent", error=why)


@asynccontextmanager
async def mail(smtp: Smtp | None, sender: str, clock: Clock) -> AsyncIterator[Mail]:
    """Give a mail whose letters are sent while the context is open."""
    post = Mail(smtp, sender, clock)
    task = asyncio.create_task(post.deliver(), name="mail")
    try:
        yield post
    finally:
        post.close()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
