"""`proxy`: an MCP server on stdin and stdout, for the program that started this one."""

from importlib.metadata import version
from urllib.parse import urlsplit
from uuid import uuid4

from hitl_cli.config import agent_endpoint
from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import opened
from hitl_cli.protection import Protection
from hitl_cli.proxy.sealed_asker import SealedAsker
from hitl_cli.proxy.server import proxy_server
from hitl_cli.proxy.waits import Waits


async def serve(server: str | None, url: str | None, *, allow_v1: bool) -> None:
    """Serve one client until it closes its end; `url` is the relay's MCP endpoint, as clients are configured."""
    endpoint = agent_endpoint(_origin(url) if url else server)
    if not endpoint.credential:
        raise Refused(401, "unauthenticated", "no credential: set HITL_API_KEY, or sign in with `hitl-cli login`")
    protection = Protection.chosen(e2ee=True, allow_v1=allow_v1 or None)
    async with opened(endpoint) as relay:
        waits = Waits(SealedAsker(relay, protection), new_id=lambda: str(uuid4()))
        try:
            await proxy_server(waits, version("hitl-relay")).run_stdio_async()
        finally:
            await waits.close()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise HitlError(f"{url} is not the address of a relay, such as https://relay.example/mcp-server/mcp/")
    return f"{parts.scheme}://{parts.netloc}"
