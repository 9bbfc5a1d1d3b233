"""What is scheduled when the catalogue, its stock or its logistics rules have changed."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit import work
from oktee.kit.module import installed

ALL: Final = "all"
"""The key of those jobs: one for the organization, not one for each connection, which this package does not know."""


async def schedule_after(session: AsyncSession, modules: Iterable[str]) -> None:
    """The jobs of these enabled modules that follow a change, in the caller's transaction."""
    for kind in installed().after(modules, "catalog"):
        await work.schedule(session, kind, ALL)
