"""Whatever the API document allows, and what it does not: no call fails on our side, none answers what is not documented.

Schemathesis makes the calls from the document; they go over the whole application, as an analyst and as an owner. A few per
operation and always the same ones, so that a failure is seen again; `SCHEMATHESIS_EXAMPLES` asks for more.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, suppress
from typing import Any
from unittest import SkipTest

import httpx
import pytest
import schemathesis
from conftest import Stack
from factories import Browser, make_organization, make_person, open_browser
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "1"))
SKIPPED = {
    "streamEvents": "does not end by itself",
    "streamEventsToStaff": "does not end by itself",
    "deleteSession": "ends the session that asks",
    "endMyOtherSessions": "ends sessions that ask",
    "leaveWorkspace": "ends the membership that asks",
    "createDeletion": "closes the workspace that asks",
    "changePassword": "makes one Argon2 hash per call",
    "createSession": "makes one Argon2 hash per call",
}


def cases(app: Any) -> list[Any]:
    """A few calls of each operation: some that the document allows, some that it does not."""
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.config.generation.update(modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
    found: list[Any] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] in SKIPPED:
            continue
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            found += a_few(operation, mode)
    return found


def a_few(operation: Any, mode: GenerationMode) -> list[Any]:
    """The first calls that Schemathesis thinks of, the same ones each time."""
    made: list[Any] = []

    @seed(20261124)
    @settings(
        max_examples=EXAMPLES, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        made.append(case)

    with suppress(Unsatisfiable, SkipTest):  # nothing can be wrong about an operation without input
        collect()
    return made[:EXAMPLES]


@pytest.fixture(scope="module")
def made(app: Any) -> list[Any]:
    return cases(app)


@pytest.fixture
async def askers(app: Any, db: Stack) -> AsyncIterator[dict[str, Browser]]:
    organization = await make_organization()
    async with AsyncExitStack() as stack:
        yield {
            role: await stack.enter_async_context(
                open_browser(app, await make_person(organization=organization, role=role))
            )
            for role in ("analyst", "owner")
        }


def request_of(case: Any, browser: Browser) -> httpx.Request | None:
    """The call as an HTTP request of this person's browser; None for what no HTTP client could send."""
    path_parameters = dict(case.path_parameters or {})
    if "{workspace}" in case.path:
        path_parameters["workspace"] = browser.slug
    case.path_parameters = path_parameters
    try:
        sent = case.as_transport_kwargs(base_url=str(browser.base_url))
        return browser.build_request(
            sent["method"], sent["url"], params=sent.get("params"), json=sent.get("json"), content=sent.get("data"),
            headers={name: value for name, value in dict(sent.get("headers") or {}).items() if name.lower() != "user-agent"},
        )  # fmt: skip
    except (ValueError, TypeError, UnicodeError, httpx.InvalidURL):
        return None


@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", ["analyst", "owner"])
async def test_no_call_fails_on_our_side_or_answers_what_is_not_documented(
    made: list[Any], askers: dict[str, Browser], role: str
) -> None:
    browser = askers[role]
    asked, wrong = 0, set()
    for case in made:
        request = request_of(case, browser)
        if request is None:
            continue
        async with asyncio.timeout(20):
            answer = await browser.send(request)
        asked += 1
        operation = case.operation.definition.raw
        documented = set(operation["responses"])
        routed = (
            answer.status_code == 404 and answer.json().get("detail") == "Not Found"
            if answer.status_code == 404
            else False
        )
        if answer.status_code >= 500 or (str(answer.status_code) not in documented and not routed):
            if answer.status_code == 405 and "allow" in answer.headers:
                continue  # another method of the address was tried on purpose
            wrong.add((operation["operationId"], answer.status_code))
    assert not wrong, ", ".join(f"{name} {status}" for name, status in sorted(wrong))
    assert asked > 150


async def test_a_method_that_is_not_there_names_those_that_are(app: Any, askers: dict[str, Browser]) -> None:
    browser = askers["owner"]
    for path, item in app.openapi()["paths"].items():
        if "{" in path.replace("{workspace}", ""):
            continue
        missing = next(method for method in ("PATCH", "PUT", "DELETE", "POST", "GET") if method.lower() not in item)
        answer = await browser.request(missing, path.format(workspace=browser.slug), json={})
        if answer.status_code == 405:
            assert answer.headers["allow"], path
            assert answer.json()["code"] == "method_not_allowed"
