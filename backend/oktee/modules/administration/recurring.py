"""What recurs for trust's sake whoever is signed in: the daily seal of the audit chain, the clocks, the detectors."""

from typing import Final

from oktee.kit.work import Kind
from oktee.modules.administration.audit.daily import SEAL, seal_daily
from oktee.modules.administration.audit.exporting import EXPORT
from oktee.modules.administration.clocks.dating import CLOCKS, start_clocks
from oktee.modules.administration.security.detectors import DECOY, DETECT, follow_entries, start_watching

follow_entries()
KINDS: Final[tuple[Kind, ...]] = (SEAL, EXPORT, CLOCKS, DETECT, DECOY)


async def begin() -> None:
    """Called when a worker starts: twice is once."""
    await seal_daily()
    await start_clocks()
    await start_watching()
