"""Where the application keeps the broker's services; doors import the key, so `app[ASK]` has a type."""

from aiohttp import web

from relay.bus import Bus
from relay.domain.clock import Clock
from relay.domain.ids import Chance
from relay.hub import Hub
from relay.kernel.metrics import Metrics
from relay.kernel.outbound import Outbound
from relay.kernel.waiting import Heartbeats
from relay.services.answer import AnswerService
from relay.services.ask import AskService
from relay.services.collection import Collection
from relay.services.deliver import DeliverService
from relay.services.device_log import DeviceLogService
from relay.services.journal import Journal
from relay.services.ledger import LedgerService
from relay.services.pairing import PairingService
from relay.services.presence import Presence
from relay.services.reach import Reach
from relay.services.upkeep import ExpiryService, RetentionService, SealService
from relay.store.database import Database
from relay.store.journal import JournalStore
from relay.store.parties import AgentStore, DeviceStore
from relay.store.requests import RequestStore

CLOCK = web.AppKey("clock", Clock)
CHANCE: web.AppKey[Chance] = web.AppKey("chance")
DATABASE = web.AppKey("database", Database)
HUB = web.AppKey("hub", Hub)
REACH = web.AppKey("reach", Reach)
BUS: web.AppKey[Bus] = web.AppKey("bus")
METRICS = web.AppKey("metrics", Metrics)
OUTBOUND = web.AppKey("outbound", Outbound)
HEARTBEATS = web.AppKey("heartbeats", Heartbeats)

REQUESTS = web.AppKey("requests", RequestStore)
JOURNAL_STORE = web.AppKey("journal_store", JournalStore)
AGENTS = web.AppKey("agents", AgentStore)
DEVICES = web.AppKey("devices", DeviceStore)

ASK = web.AppKey("ask", AskService)
COLLECTION = web.AppKey("collection", Collection)
ANSWER = web.AppKey("answer", AnswerService)
DELIVER = web.AppKey("deliver", DeliverService)
JOURNAL = web.AppKey("journal", Journal)
DEVICE_LOG = web.AppKey("device_log", DeviceLogService)
PAIRING = web.AppKey("pairing", PairingService)
LEDGER = web.AppKey("ledger", LedgerService)
PRESENCE = web.AppKey("presence", Presence)
EXPIRY = web.AppKey("expiry", ExpiryService)
SEAL = web.AppKey("seal", SealService)
RETENTION = web.AppKey("retention", RetentionService)
