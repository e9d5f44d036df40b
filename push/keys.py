"""Where the application keeps what push offers; doors import the key, so `app[PUSH_DEVICES]` has a type."""

from aiohttp import web

from push.credentials import Rotation
from push.devices import PushDevices
from push.metrics import PushMetrics
from push.settings import PushSettings
from push.vendors import Vendors
from push.worker import Worker

PUSH_SETTINGS = web.AppKey("push_settings", PushSettings)
"""Put there by the roof before the application starts; everything else by `push.setup.push`."""

ROTATION = web.AppKey("push_rotation", Rotation)
VENDORS = web.AppKey("push_vendors", Vendors)
PUSH_DEVICES = web.AppKey("push_devices", PushDevices)
PUSH_METRICS = web.AppKey("push_metrics", PushMetrics)
PUSH_WORKER = web.AppKey("push_worker", Worker)
