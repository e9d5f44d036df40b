"""The providers there are, and new ones in their place when credentials change. One that is not there is off."""

from collections.abc import Mapping

from push.provider import Check, Provider, State, Vendor
from relay.kernel.log import get_logger

log = get_logger(__name__)


class Vendors:
    def __init__(self) -> None:
        self._providers: dict[Vendor, Provider] = {}
        self._checks: dict[Vendor, Check] = {vendor: Check(State.OFF) for vendor in Vendor}

    def of(self, vendor: Vendor) -> Provider | None:
        return self._providers.get(vendor)

    def checks(self) -> Mapping[Vendor, Check]:
        return self._checks

    async def try_out(self, vendor: Vendor) -> Check:
        """Show a provider's credentials to the vendor; one without any has its verdict already."""
        provider, check = self._providers.get(vendor), self._checks[vendor]
        if provider is None or check.state is not State.READY:
            return check
        return await provider.try_out()

    async def put(self, vendor: Vendor, provider: Provider | None, check: Check) -> None:
        """Take a provider into use, or None out of it; the one before ends when its pushes have."""
        before = self._providers.pop(vendor, None)
        if provider is not None:
            self._providers[vendor] = provider
        if check.state is not State.OFF or before is not None:
            self.complain(vendor, check)
        if before is not None:
            await before.close()

    def complain(self, vendor: Vendor, check: Check) -> None:
        """Note what is the matter with a provider, or that nothing is."""
        self._checks[vendor] = check
        note = log.warning if check.state is State.BROKEN else log.info
        note("push_vendor", vendor=vendor.value, state=check.state.value, why=check.why)

    async def close(self) -> None:
        for provider in self._providers.values():
            await provider.close()
        self._providers.clear()
