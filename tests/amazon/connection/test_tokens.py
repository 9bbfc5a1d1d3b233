"""Access tokens: one refresh at a time, fenced, and what each refusal means (trust/OAUTH 4)."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from amazon.connection.connecting import LUMEA, Amazon, at_amazon, forget, kinds, registration, rows
from amazon.connection.processes import Worker, serve_simulator
from factories import make_organization
from oktee.amazon.client import lwa
from oktee.amazon.client.errors import ApplicationRejected, Revoked, Throttled, Unreachable
from oktee.amazon.connection import applications, lifecycle, tokens, vault
from oktee.amazon.connection.applications import register
from oktee.amazon.connection.tables import AmazonAccount, AmazonConnection, ConnectionToken
from oktee.amazon.connection.tokens import Timing, access_token
from oktee.kit.database import global_session, new_id, tenant_session
from pydantic import SecretStr
from sqlalchemy import func, text

GERMANY = "A1PA6795UKMFR9"


class Connected:
    """An active connection whose access token is missing."""

    def __init__(self, organization_id: UUID, connection_id: UUID, application_id: UUID) -> None:
        self.organization_id, self.id, self.application_id = organization_id, connection_id, application_id

    async def token(self, **how: Any) -> tokens.AccessToken:
        return await access_token(self.organization_id, self.id, **how)

    async def run(self, statement: str, **values: Any) -> None:
        async with tenant_session(self.organization_id) as session:
            await session.execute(text(statement), values)

    async def row(self) -> Any:
        (found,) = await rows(self.organization_id, "select * from connection_tokens")
        return found

    async def status(self) -> str:
        (found,) = await rows(self.organization_id, "select status from connections")
        status: str = found.status
        return status


async def connected(application_id: UUID, refresh_token: str, selling_partner_id: str = LUMEA) -> Connected:
    organization_id, _ = await make_organization()
    connection_id = new_id()
    async with tenant_session(organization_id) as session:
        session.add(
            AmazonConnection(
                id=connection_id, application_id=application_id, region="EU", selling_partner_id=selling_partner_id,
                name="Vendor Central DE", home_marketplace_id=GERMANY, status="active",
                expires_at=func.now() + timedelta(days=365),
            )
        )  # fmt: skip
        session.add(
            AmazonAccount(
                region="EU",
                selling_partner_id=selling_partner_id,
                organization_id=organization_id,
                connection_id=connection_id,
            )
        )
        await session.flush()
        session.add(ConnectionToken(connection_id=connection_id))
        await vault.keep(
            session, SecretStr(refresh_token), kind="refresh_token", owner_type="connection", owner_id=connection_id
        )
    return Connected(organization_id, connection_id, application_id)


async def _application(base: str) -> UUID:
    async with global_session() as session:
        return await register(session, registration(base=base))


@pytest.fixture
async def connection(amazon: Amazon) -> Connected:
    made = await amazon.control(
        "POST", "/grants", {"application": registration().client_id, "selling_partner_id": LUMEA}
    )
    return await connected(await _application("http://simulator"), made["refresh_token"])


def _restart() -> None:
    """What another process would not know."""
    tokens._kept.clear()
    tokens._locks.clear()


async def test_a_token_is_fetched_once_and_used_while_it_proves_the_grant(
    amazon: Amazon, connection: Connected
) -> None:
    first = await connection.token()
    _restart()
    again = await connection.token()
    assert first.value.get_secret_value() == again.value.get_secret_value()
    assert first.version == again.version == 2
    assert await amazon.token_calls() == 1
    assert "Atza" not in repr(first)


async def test_a_token_older_than_fourteen_minutes_proves_nothing_any_more(
    amazon: Amazon, connection: Connected
) -> None:
    await connection.token()
    await connection.run("update connection_tokens set refreshed_at = now() - interval '13 min 50 s'")
    _restart()
    assert (await connection.token()).version == 2
    await connection.run("update connection_tokens set refreshed_at = now() - interval '14 min'")
    _restart()
    assert (await connection.token()).version == 3
    assert (await connection.row()).refreshed_at > (await connection.row()).expires_at - timedelta(minutes=61)
    assert await amazon.token_calls() == 2


async def test_a_token_with_less_than_two_minutes_left_is_renewed(amazon: Amazon, connection: Connected) -> None:
    await connection.token()
    await connection.run("update connection_tokens set expires_at = now() + interval '119 s'")
    _restart()
    assert (await connection.token()).version == 3
    assert await amazon.token_calls() == 2


async def test_a_token_that_amazon_turned_down_is_renewed_once_for_everybody(
    amazon: Amazon, connection: Connected
) -> None:
    first = await connection.token()
    found = await asyncio.gather(*(connection.token(refused=first.version) for _ in range(20)))
    assert {token.version for token in found} == {3}
    assert await amazon.token_calls() == 2


async def test_fifty_at_once_make_one_call(amazon: Amazon, connection: Connected) -> None:
    found = await asyncio.gather(*(connection.token() for _ in range(50)))
    assert len({token.value.get_secret_value() for token in found}) == 1
    assert await amazon.token_calls() == 1


async def test_a_revoked_grant_ends_the_connection_in_one_transaction(amazon: Amazon, connection: Connected) -> None:
    await connection.token()
    await amazon.control("POST", "/revoke", {"selling_partner_id": LUMEA})
    with pytest.raises(Revoked):
        await connection.token(refused=2)
    assert await connection.status() == "revoked"
    row = await connection.row()
    assert (row.access_blob, row.lease_owner) == (None, None)
    assert await rows(connection.organization_id, "select 1 from secrets") == []
    assert await rows(connection.organization_id, "select 1 from amazon_accounts") == []
    assert await kinds(connection.organization_id, "connection.") == ["connection.revoked"]
    topics = await rows(connection.organization_id, "select topic, payload from outbox")
    assert [(each.topic, each.payload) for each in topics] == [
        ("connection.changed", {"connection_id": str(connection.id)})
    ]
    calls = await amazon.token_calls()
    _restart()
    with pytest.raises(Revoked):
        await connection.token()
    assert await amazon.token_calls() == calls


async def test_our_own_rejected_secret_changes_no_connection(amazon: Amazon, connection: Connected) -> None:
    rotated = registration(client_secret=SecretStr("rotated"))
    await amazon.control("POST", "/applications", at_amazon(rotated))
    with pytest.raises(ApplicationRejected):
        await connection.token()
    assert await connection.status() == "active"
    calls = await amazon.token_calls()
    for _ in range(3):
        with pytest.raises(ApplicationRejected):
            await connection.token()
    assert await amazon.token_calls() == calls  # the breaker is open for every connection of the application
    async with global_session() as session:
        await register(session, rotated)
    assert (await connection.token()).version == 2
    assert await kinds(connection.organization_id, "connection.") == []


async def test_the_trial_of_a_rejected_application_closes_the_breaker(amazon: Amazon, connection: Connected) -> None:
    await applications.reject(connection.application_id, "invalid_client")
    async with global_session() as session:
        await session.execute(text("update applications set rejected_at = rejected_at - interval '1 min'"))
    await connection.token()
    async with global_session() as session:
        assert await session.scalar(text("select count(*) from applications where rejected_at is not null")) == 0


@pytest.mark.parametrize("kind", ["error_500", "error_503", "truncate", "html"])
async def test_a_token_endpoint_in_trouble_is_left_alone_for_a_while(
    amazon: Amazon, connection: Connected, kind: str
) -> None:
    await amazon.fault(operation="token", kind=kind, count=1)
    with pytest.raises(Unreachable):
        await connection.token()
    row = await connection.row()
    assert (row.failures, row.lease_owner) == (1, None)
    await connection.run("update connection_tokens set not_before = now() + interval '1 min'")
    with pytest.raises(Unreachable, match="waiting"):
        await connection.token()
    assert await amazon.token_calls() == 1
    await connection.run("update connection_tokens set not_before = now()")
    assert (await connection.token()).version == 2
    assert (await connection.row()).failures == 0


async def test_the_wait_grows_with_the_failures_up_to_five_minutes(amazon: Amazon, connection: Connected) -> None:
    for failures, most in ((0, 1), (3, 8), (12, 300), (900, 300)):
        await connection.run("update connection_tokens set failures = :n, not_before = null", n=failures)
        await amazon.fault(operation="token", kind="throttle", count=1)
        with pytest.raises(Throttled):
            await connection.token()
        (row,) = await rows(
            connection.organization_id, "select extract(epoch from not_before - now()) as wait from connection_tokens"
        )
        assert float(row.wait) <= most


async def test_an_endpoint_that_hangs_is_given_up_before_the_lease_ends(amazon: Amazon, connection: Connected) -> None:
    await amazon.fault(operation="token", kind="latency", seconds=5, count=1)
    with pytest.raises(Unreachable, match="in time"):
        await connection.token(timing=Timing(call=0.2))
    assert (await connection.row()).failures == 1


def _answer(refresh_token: str, access: str = "Atza|new") -> lwa.Tokens:
    return lwa.Tokens(SecretStr(access), SecretStr(refresh_token), 3600)


async def test_a_changed_refresh_token_is_kept_with_the_access_token(
    connection: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rotating(*_: Any, **__: Any) -> lwa.Tokens:
        return _answer("Atzr|rotated")

    monkeypatch.setattr(lwa, "refresh", rotating)
    await connection.token()
    found = await vault.read(connection.organization_id, kind="refresh_token", owner_id=connection.id)
    assert found is not None
    assert (found[0].get_secret_value(), found[1]) == ("Atzr|rotated", 2)
    _restart()
    assert (await connection.token()).value.get_secret_value() == "Atza|new"


class Slow:
    """A token endpoint that answers when told to."""

    def __init__(self) -> None:
        self.asked, self.go, self.calls = asyncio.Event(), asyncio.Event(), 0

    async def refresh(self, *_: Any, **__: Any) -> lwa.Tokens:
        self.calls += 1
        if self.calls > 1:
            return _answer("Atzr|same", "Atza|second")
        self.asked.set()
        await self.go.wait()
        return _answer("Atzr|late", "Atza|late")


async def test_a_late_loser_changes_no_row_and_throws_its_token_away(
    connection: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow()
    monkeypatch.setattr(lwa, "refresh", slow.refresh)
    frozen = asyncio.create_task(connection.token())
    await slow.asked.wait()
    await connection.run("update connection_tokens set lease_until = now() - interval '1 s'")
    tokens._locks.clear()  # the second is another process
    second = await connection.token()
    before = await connection.row()
    tokens._kept.clear()
    slow.go.set()
    assert (await frozen).value.get_secret_value() == second.value.get_secret_value() == "Atza|second"
    assert await connection.row() == before
    found = await vault.read(connection.organization_id, kind="refresh_token", owner_id=connection.id)
    assert found is not None
    assert found[0].get_secret_value() == "Atzr|same"


async def test_a_disconnection_during_a_refresh_wins(connection: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(lwa, "refresh", slow.refresh)
    late = asyncio.create_task(connection.token())
    await slow.asked.wait()
    async with tenant_session(connection.organization_id) as session:
        await lifecycle.disconnect(session, connection.id, actor=lifecycle.AMAZON)
    slow.go.set()
    with pytest.raises(Revoked):
        await late
    assert (await connection.row()).access_blob is None
    assert await connection.status() == "disconnected"


async def test_an_old_refresh_token_refused_after_a_renewal_revokes_nothing(
    amazon: Amazon, connection: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go = asyncio.Event(), asyncio.Event()
    real = lwa.refresh

    async def refused(*_: Any, **__: Any) -> lwa.Tokens:
        asked.set()
        await go.wait()
        monkeypatch.setattr(lwa, "refresh", real)
        raise Revoked("invalid_grant", operation=lwa.OPERATION)

    monkeypatch.setattr(lwa, "refresh", refused)
    waiting = asyncio.create_task(connection.token())
    await asked.wait()
    made = await amazon.control(
        "POST", "/grants", {"application": registration().client_id, "selling_partner_id": LUMEA}
    )
    async with tenant_session(connection.organization_id) as session:
        await vault.keep(
            session,
            SecretStr(made["refresh_token"]),
            kind="refresh_token",
            owner_type="connection",
            owner_id=connection.id,
        )
    go.set()
    assert (await waiting).version == 2
    assert await connection.status() == "active"


async def test_who_waits_too_long_for_another_process_may_try_again_later(connection: Connected) -> None:
    await connection.run(
        "update connection_tokens set lease_owner = gen_random_uuid(), lease_until = now() + interval '1 min'"
    )
    with pytest.raises(Unreachable, match="another process") as caught:
        await connection.token(timing=Timing(wait=0.2))
    assert caught.value.delivered is False


async def test_another_organization_gets_no_token_of_this_connection(connection: Connected) -> None:
    stranger, _ = await make_organization()
    with pytest.raises(Revoked):
        await access_token(stranger, connection.id)


@pytest.fixture
async def served(db: Any, tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """The simulated Amazon in a process of its own, and its control."""
    async with serve_simulator(tmp_path) as http:
        await http.post("/_control/applications", json=at_amazon(registration()))
        yield http
    await forget()


async def _far(served: httpx.AsyncClient) -> Connected:
    asked = {"application": registration().client_id, "selling_partner_id": LUMEA}
    made = await served.post("/_control/grants", json=asked)
    return await connected(await _application(str(served.base_url).rstrip("/")), made.json()["refresh_token"])


async def _token_calls(served: httpx.AsyncClient) -> int:
    return len((await served.get("/_control/ledger?operation=token")).json()["calls"])


async def test_several_processes_with_many_callers_make_one_call(served: httpx.AsyncClient) -> None:
    connection = await _far(served)
    await served.put("/_control/settings", json={"latency_ms": 300})

    async def many() -> list[str]:
        found = await asyncio.gather(*(connection.token() for _ in range(50)))
        return [token.value.get_secret_value() for token in found]

    workers = [Worker(many) for _ in range(8)]
    for worker in workers:
        worker.go()
    said = [token for worker in workers for token in await worker.said()]
    for worker in workers:
        worker.kill()
    assert len(said) == 400
    assert len(set(said)) == 1
    assert await _token_calls(served) == 1


async def test_the_refresh_of_a_killed_process_is_taken_over_when_its_lease_ends(served: httpx.AsyncClient) -> None:
    connection = await _far(served)
    hanging = {"operation": "token", "kind": "latency", "seconds": 60, "count": 1}
    await served.post("/_control/faults", json=[hanging])

    async def one() -> int:
        return (await connection.token(timing=Timing(lease=1.5))).version

    worker = Worker(one)
    worker.go()
    while (await served.get("/_control/faults")).json()[0]["struck"] == 0:
        await asyncio.sleep(0.02)
    worker.kill()
    assert (await connection.row()).lease_owner is not None
    token = await connection.token(timing=Timing(lease=1.5, wait=10))
    assert token.version == 2
    assert await _token_calls(served) <= 2
