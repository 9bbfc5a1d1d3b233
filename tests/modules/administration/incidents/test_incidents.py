"""Incidents: what is exported is frozen, names whom it affects, and shows each later change; the plan is not out of date."""

import json
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from conftest import ROOT, Stack
from factories import make_person
from oktee.access.clocks import list_clocks
from oktee.journal.record import Actor, Subject, record
from oktee.kit.clock import now
from oktee.kit.database import tenant_session
from oktee.kit.errors import Invalid, NotFound
from oktee.modules.administration.incidents.cases import check, export, list_incidents, open_incident

THIEF = Actor("key", "ERP", "okt_live_stolen", None, "198.51.100.66")


async def test_an_export_freezes_the_span_and_lists_whom_it_affects(db: Stack, tmp_path: Path) -> None:
    hit, spared = await make_person(), await make_person()
    async with tenant_session(hit.organization_id) as session:
        await record(session, "catalog.imported", actor=THIEF, subject=Subject("import", "1", "x"), audit=True)
    begun = now()
    made = await open_incident(
        "A stolen key", opened_by="ops", since=begun - timedelta(hours=1), until=begun + timedelta(minutes=1),
        detected_at=begun, actors=["okt_live_stolen"],
    )  # fmt: skip
    [clock] = [each for each in await list_clocks() if each.subject == f"INC-{made.number}"]
    assert clock.due_at == begun + timedelta(hours=24)
    done = await export(made.number, tmp_path)
    assert done.affected == ((hit.slug, 1),)
    assert check(done.path) == []
    with zipfile.ZipFile(done.path) as bundle:
        [line] = [json.loads(each) for each in bundle.read(f"{hit.slug}/journal.ndjson").splitlines()]
        assert (line["actor_id"], line["hash_holds"]) == ("okt_live_stolen", True)
        assert json.loads(bundle.read(f"{hit.slug}/chain.json"))["fault"] is None
        assert hit.email in bundle.read(f"notices/{hit.slug}.txt").decode()
        assert not any(spared.slug in name for name in bundle.namelist())
        assert "security@amazon.com" in bundle.read("notices/_amazon.txt").decode()
    [row] = await list_incidents()
    assert row.export_hash is not None
    with pytest.raises(FileExistsError):
        await export(made.number, tmp_path)


@pytest.mark.parametrize("act", ["change", "remove", "add", "forge"])
async def test_each_change_of_an_exported_file_shows(db: Stack, tmp_path: Path, act: str) -> None:
    person = await make_person()
    async with tenant_session(person.organization_id) as session:
        await record(session, "catalog.imported", actor=THIEF, subject=Subject("import", "1", "x"), audit=True)
    at = now()
    made = await open_incident(
        "x", opened_by="ops", since=at - timedelta(hours=1), until=at + timedelta(1), detected_at=at
    )
    done = await export(made.number, tmp_path)
    with zipfile.ZipFile(done.path) as bundle:
        members = {name: bundle.read(name) for name in bundle.namelist()}
    name = f"{person.slug}/journal.ndjson"
    if act == "change":
        members[name] = members[name].replace(b"198.51.100.66", b"198.51.100.67")
    elif act == "remove":
        del members[name]
    elif act == "add":
        members["more.txt"] = b"x"
    else:
        members["manifest.json"] = members["manifest.json"].replace(b'"opened_by":"ops"', b'"opened_by":"spo"')
    forged = tmp_path / "forged.zip"
    with zipfile.ZipFile(forged, "w") as bundle:
        for member, body in members.items():
            bundle.writestr(member, body)
    [fault] = check(forged)
    assert {"change": "was changed", "remove": "is missing", "add": "was added", "forge": "signature"}[act] in fault


async def test_what_makes_no_sense_is_refused(db: Stack) -> None:
    at = now()
    with pytest.raises(Invalid):
        await open_incident("x", opened_by="ops", since=at, until=at, detected_at=at)
    with pytest.raises(NotFound):
        await open_incident(
            "x", opened_by="ops", since=at - timedelta(1), until=at, detected_at=at, organizations=["nobody"]
        )


def test_the_plan_has_an_owner_and_was_reviewed_within_six_months() -> None:
    plan = (ROOT / "docs" / "security" / "incident-response.md").read_text()
    assert re.search(r"^Owner: \S.+$", plan, re.MULTILINE)
    reviewed = re.search(r"^Reviewed: (\d{4}-\d{2}-\d{2})$", plan, re.MULTILINE)
    assert reviewed is not None
    assert now().date() - date.fromisoformat(reviewed[1]) < timedelta(days=183)
