"""Which organizations an operator means."""

from uuid import UUID

from sqlalchemy import text

from oktee.kit.database import global_session
from oktee.kit.errors import NotFound


async def chosen(slug: str | None) -> list[tuple[str, UUID]]:
    """(slug, id) of one organization, or of all by slug. Raises NotFound."""
    async with global_session() as session:
        rows = (
            await session.execute(
                text(
                    "select slug, id from organizations where cast(:slug as text) is null or slug = :slug order by slug"
                ),
                {"slug": slug},
            )
        ).all()
    if slug is not None and not rows:
        raise NotFound(f"There is no organization {slug}.")
    return [(row.slug, UUID(str(row.id))) for row in rows]
