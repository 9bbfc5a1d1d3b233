"""Every module that declares tables, imported once so that the metadata is whole; and the way to the newest schema."""

from importlib import import_module
from pathlib import Path

MIGRATIONS = Path(__file__).resolve().parent.parent.parent / "migrations"

TABLE_MODULES = (
    "oktee.kit.operations",
    "oktee.kit.keyring.tables",
    "oktee.kit.storage.tables",
    "oktee.access.tables",
    "oktee.access.keys.tables",
    "oktee.access.people.tables",
    "oktee.access.teams.tables",
    "oktee.access.sso.tables",
    "oktee.access.factors.tables",
    "oktee.access.support.tables",
    "oktee.access.clocks",
    "oktee.access.alarms",
    "oktee.journal.tables",
    "oktee.notify.tables",
    "oktee.notify.mail_tables",
    "oktee.notify.matters.tables",
    "oktee.notify.alerts.tables",
    "oktee.catalog.tables",
    "oktee.catalog.logistics.tables",
    "oktee.catalog.fee_rules",
    "oktee.amazon.connection.tables",
    "oktee.amazon.mirror.tables",
    "oktee.amazon.mirror.purchase_orders",
    "oktee.amazon.mirror.purchase_order_status",
    "oktee.amazon.mirror.shipment_tables",
    "oktee.modules.supply.rule_sets.tables",
    "oktee.modules.supply.shadows.tables",
    "oktee.modules.supply.simulations.tables",
    "oktee.modules.supply.tables",
    "oktee.modules.supply.shipments.tables",
    "oktee.modules.supply.exceptions.tables",
    "oktee.modules.supply.desk.tables",
    "oktee.modules.administration.privacy.tables",
    "oktee.modules.administration.incidents.tables",
)


def load_tables() -> None:
    """Import them all."""
    for name in TABLE_MODULES:
        import_module(name)


def migrate_to(url: str, revision: str = "head") -> None:
    """Run the migrations up (or, for `-1`, one down) as the owner role of `url`."""
    from alembic import command
    from alembic.config import Config

    config = Config(MIGRATIONS / "alembic.ini")
    config.attributes["url"] = url
    (command.downgrade if revision.startswith("-") else command.upgrade)(config, revision)


def newest_revision() -> str | None:
    """The revision the code expects."""
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    return ScriptDirectory.from_config(Config(MIGRATIONS / "alembic.ini")).get_current_head()


async def is_newest(url: str) -> bool:
    """Whether the database of `url` has the newest schema already; far quicker than asking the migrations to look."""
    import asyncpg
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    head = ScriptDirectory.from_config(Config(MIGRATIONS / "alembic.ini")).get_current_head()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        if await connection.fetchval("select to_regclass('public.alembic_version') is null"):
            return False
        return bool(await connection.fetchval("select version_num from alembic_version") == head)
    finally:
        await connection.close()
