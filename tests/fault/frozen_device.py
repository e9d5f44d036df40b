"""A device in a process of its own, so that it can be stopped: `frozen_device.py <url> <token> <device id>`."""

import asyncio
import sys

import aiohttp

from tests.fault.device import Device
from tests.fault.world import DeviceLogin
from tests.waiting import until


async def main(url: str, token: str, device_id: str) -> None:
    async with aiohttp.ClientSession(url) as session:
        device = Device(session, "", DeviceLogin("frozen", device_id, token))
        running = asyncio.create_task(device.run())
        await until(lambda: device.connected)
        print("connected", flush=True)  # noqa: T201 - this is how it tells the test
        await running


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
