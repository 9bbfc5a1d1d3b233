"""The job that sends one planned answer."""

from oktee.kit import work
from oktee.modules.supply.jobs import journey
from oktee.modules.supply.jobs.means import Means


async def submit(item: work.Item) -> None:
    await journey.submit(Means(item))
