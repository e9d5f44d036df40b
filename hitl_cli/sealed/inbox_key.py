"""The inbox key: an account's X25519 pair whose private half every device has, for clients that box to one key."""

from collections.abc import Mapping, Sequence
from typing import Any

from hitl_cli.sealed.canon import b64, unb64
from hitl_cli.sealed.keys import KEY_BYTES, BoxKey, Chance, DeviceKey
from hitl_cli.sealed.log import DeviceLog
from hitl_cli.sealed.wrong import Wrong, must, refused


def wraps_of(inbox: BoxKey, *, by: DeviceKey, to: Sequence[str], chance: Chance) -> list[dict[str, str]]:
    """Box the inbox key to these devices."""
    return [
        {
            "inbox": inbox.public,
            "from": by.box.public,
            "to": peer,
            "wrapped": b64(by.box.seal(peer, inbox.private, chance)),
        }
        for peer in to
    ]


def unwrapped(wrap: Mapping[str, Any], *, device: DeviceKey, log: DeviceLog) -> BoxKey:
    """Open the wrap made for this device, if it holds the key that the log names."""
    inbox, maker, box = wrap.get("inbox"), wrap.get("from"), wrap.get("wrapped")
    if not isinstance(maker, str) or not log.inbox or inbox != log.inbox:
        raise refused(Wrong.OTHER_LOG, "it is another inbox key than the list of devices names")
    private = device.box.open(maker, unb64(box))
    # Who made the wrap does not matter: only the private half of the key that a device signed for is taken.
    holds = len(private) == KEY_BYTES and BoxKey(private).public == log.inbox
    must(holds, Wrong.CHANGED, "the wrap holds another key")
    return BoxKey(private)
