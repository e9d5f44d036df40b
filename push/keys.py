"""Where the application keeps what push offers; doors import the key, so `app[PUSH_DEVICES]` has a type."""

from aiohttp import web

from push.devices import PushDevices
from push.settings import PushSettings
from push.vendors import Vendors
from push.worker import Worker

PUSH_SETTINGS = web.AppKey("push_settings", PushSettings)
"""Put there by the roof before the application starts; everything else by `push.setup.push`."""

VENDORS = web.AppKey("push_vendors", Vendors)
PUSH_DEVICES = web.AppKey("push_devices", PushDevices)
PUSH_WORKER = web.AppKey("push_worker", Worker)
