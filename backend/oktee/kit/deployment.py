"""What an operator asks of a running deployment: database roles and row security, Valkey, clocks, keys. Changes nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from oktee.kit import key_file
from oktee.kit.clock import now
from oktee.kit.database import Base, OfOrganization, database
from oktee.kit.doctor import Finding
from oktee.kit.settings import Settings

SKEW: Final = timedelta(seconds=2)

_ROLE = text(
    """select rolsuper or rolbypassrls or rolcreaterole or rolcreatedb as strong,
       exists (select 1 from pg_class where relnamespace = 'public'::regnamespace and relowner = r.oid) as owner
    from pg_roles r where rolname = current_user"""
)
_OPEN = text(
    """select c.relname from pg_class c where c.relnamespace = 'public'::regnamespace and c.relname = any(:names)
       and not (c.relrowsecurity and c.relforcerowsecurity) order by 1"""
)


async def deployment_findings(options: Settings, *, newest: str | None) -> list[Finding]:
    """Opens the database of this process must be. `newest`: the revision the code expects. Nothing found = empty."""
    found: list[Finding] = [*_key_file(options.key_file)]
    try:
        async with database.autocommit() as connection:
            found += await _database(connection, newest)
    except Exception as error:  # whatever is wrong with the link is the finding
        found.append(Finding("DATABASE_URL", f"does not answer ({type(error).__name__})"))
    return [*found, *await _valkey(options.valkey_url.get_secret_value())]


async def _database(connection: AsyncConnection, newest: str | None) -> list[Finding]:
    found = []
    role: Any = (await connection.execute(_ROLE)).one()
    if role.strong:
        found.append(Finding("DATABASE_URL", "is a superuser, or may pass row security or make roles and databases"))
    if role.owner:
        found.append(Finding("DATABASE_URL", "is the owner of tables: the processes run as a role that owns nothing"))
    names = [mapper.local_table.name for mapper in Base.registry.mappers if issubclass(mapper.class_, OfOrganization)]  # type: ignore[attr-defined]  # every mapped class has a Table
    for name in (await connection.execute(_OPEN, {"names": names})).scalars():
        found.append(Finding("DATABASE", f"table {name} has no forced row security"))
    version = (await connection.execute(text("select version_num from alembic_version"))).scalar_one_or_none()
    if newest is not None and version != newest:
        found.append(Finding("DATABASE", f"is at revision {version}, the code at {newest}: run `oktee migrate`"))
    before = now()
    there = (await connection.execute(text("select clock_timestamp()"))).scalar_one()
    if not before - SKEW <= there <= now() + SKEW:
        found.append(Finding("CLOCK", "of this machine and of the database differ by more than 2 seconds"))
    return found


async def _valkey(url: str) -> list[Finding]:
    client: Any = Redis.from_url(url, socket_timeout=3, socket_connect_timeout=3)
    try:
        await client.ping()
        append, save = await client.config_get("appendonly"), await client.config_get("save")
    except (RedisError, OSError) as error:
        return [Finding("VALKEY_URL", f"does not answer, or not to CONFIG GET ({type(error).__name__})")]
    finally:
        await client.aclose()
    if append.get("appendonly") != "yes" and not save.get("save"):
        return [Finding("VALKEY", "keeps nothing on disk: after a restart quotas start anew and bells are lost")]
    return []


def _key_file(path: Path) -> list[Finding]:
    try:
        key_file.read(path)
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        return [Finding("KEY_FILE", f"does not open ({type(error).__name__})")]
    return []
