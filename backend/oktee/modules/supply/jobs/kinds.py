"""Every job of Supply. The steps of one answer schedule each other by these kinds, so these load the steps when they run."""

from oktee.kit import work
from oktee.modules.supply.anomalies import watching
from oktee.modules.supply.deadlines import watch_kind
from oktee.modules.supply.deciding.job import decide_kind
from oktee.modules.supply.deciding.keys import WHOLE
from oktee.modules.supply.observing import observe


async def _submit(item: work.Item) -> None:
    from oktee.modules.supply.jobs.submitting import submit

    await submit(item)


async def _verify(item: work.Item) -> None:
    from oktee.modules.supply.jobs.verifying import verify

    await verify(item)


async def _look_now(item: work.Item) -> None:
    """What could not be read is looked at now, not at the next round."""
    async with item.record() as session:
        await work.schedule(session, LOOK, WHOLE)


SUBMIT = work.Kind("submit_answer", _submit, queue="interactive", attempts=1_000_000, cap=60.0)
VERIFY = work.Kind("verify_answer", _verify, queue="interactive", attempts=1_000_000, cap=300.0)
WATCH = watch_kind(SUBMIT)
LOOK = watching.WATCH
DECIDE = work.Kind(
    "decide_orders", decide_kind(SUBMIT, WATCH, LOOK), queue="interactive", timeout=900.0, attempts=1_000_000, cap=60.0
)
REJECTED = work.Kind("look_at_rejects", _look_now, queue="sync", attempts=1000, cap=60.0)
OBSERVE = work.Kind("observe_orders", observe, queue="sync", attempts=1_000_000, cap=60.0)
KINDS = (DECIDE, OBSERVE, SUBMIT, VERIFY, WATCH, LOOK, REJECTED)
