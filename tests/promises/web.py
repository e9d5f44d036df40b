"""The human's app."""

from tests.promises.requirement import Requirement

PROMISES = {
    "web.first_minute": Requirement(
        source="issue 6.2", says="from the setup link to the first answered test request in four clicks, under a minute"
    ),
    "web.answers": Requirement(source="issue 6.3", says="every kind of answer reaches the waiting agent"),
    "web.one_tap": Requirement(source="issue 6.3", says="a small question is answered from the list with one tap"),
    "web.undo": Requirement(source="issue 6.3", says="an answer can be taken back for five seconds"),
    "web.danger": Requirement(source="issue 6.3", says="danger is held, or pressed twice by keyboard"),
    "web.elsewhere": Requirement(source="issue 6.3", says="who comes second is told who was first"),
    "web.expired": Requirement(source="issue 6.3", says="a question that ends while it is open says so"),
    "web.claim": Requirement(source="issue 6.3", says="a question can be held and given back"),
    "web.offline": Requirement(
        source="issue 6: done when", says="answers given without network are sent once when it is back"
    ),
    "web.shell": Requirement(source="issue 6.6", says="the app opens without network and shows what was last seen"),
    "web.nothing_lost": Requirement(
        source="issue 6: bad input", says="what was typed survives reloads, cuts, refusals and a full disk"
    ),
    "web.what_is_seen": Requirement(
        source="domain rule 7", says="hidden characters are shown, hostile Markdown does nothing"
    ),
    "web.large": Requirement(source="issue 6: bad input", says="100 kB of prompt and 200 choices can be answered"),
    "web.clock": Requirement(source="issue 6.3", says="countdowns follow the server's clock, not the device's"),
    "web.fallback": Requirement(source="issue 6.3", says="without WebSocket the inbox is read every few seconds"),
    "web.push": Requirement(
        source="issue 6.6", says="a push is shown, answered from its buttons, and taken away when it is settled"
    ),
    "web.history": Requirement(source="issue 6.3", says="what was settled can be searched and filtered"),
    "web.mute": Requirement(source="issue 6.3", says="an agent nobody expected is muted and its keys are at hand"),
    "web.settings": Requirement(
        source="issue 6.4", says="devices, agents, keys and sessions are seen and changed in the app"
    ),
    "web.keyboard": Requirement(
        source="issue 6.5, 6.7", says="at a desk every question is answered, and every control reached, by keys alone"
    ),
    "web.figures": Requirement(source="issue 6.5", says="the desk counts live and says how long people waited"),
    "web.owner": Requirement(
        source="issue 6.4", says="everything the REST door can do for an owner has its place in the app, or a reason"
    ),
    "web.step_up": Requirement(
        source="issue 6.4", says="a fresh proof is asked for in a dialog, and what was being done goes on"
    ),
    "web.motion": Requirement(source="issue 6.7", says="nothing moves for who prefers reduced motion"),
    "web.no_surprises": Requirement(
        source="issue 6.4",
        says="a proof of who one is is asked for what a person does, not for what the app does by itself",
    ),
    "web.pictures": Requirement(source="issue 6: done when", says="docs show every screen on both viewports"),
    "web.accessible": Requirement(
        source="issue 6.7", says="axe finds nothing on any screen, phone and desk, light and dark"
    ),
    "web.policy": Requirement(source="issue 6.7", says="a strict CSP with Trusted Types, and nothing it refuses"),
    "web.budget": Requirement(source="web-app: Budgets", says="first load <= 45 kB gzip, service worker <= 20 kB"),
    "web.built": Requirement(source="issue 6.1", says="wheel and sdist carry the app; no lock names a host"),
    "web.served": Requirement(source="issue 6: brief", says="hashed files are immutable, the rest is asked for again"),
}
