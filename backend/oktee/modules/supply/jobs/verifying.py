"""The job that proves one sent answer."""

from oktee.kit import work
from oktee.modules.supply.jobs import journey
from oktee.modules.supply.jobs.means import Means


async def verify(item: work.Item) -> None:
    await journey.verify(Means(item))
