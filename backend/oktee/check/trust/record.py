"""The audit log afterwards: who did what, to whom, from where, and that it is as it was written."""

from typing import Any

from oktee.check.desk import Desk, Json
from oktee.check.story import Failed, expect, wait_for

OWNER = (
    "people.invited", "people.suspended", "people.removed", "access_review.decided", "support.granted", "support.ended",
    "api_key.created", "api_key.revoked", "modules.changed", "export.requested", "export.downloaded",
    "deletion.requested", "deletion.cancelled", "connection.disconnected",
)  # fmt: skip
COLLEAGUE = ("people.joined", "account.factor_added", "session.started", "account.other_sessions_ended")
STAFF = ("support.requested", "support.read")
"""What each of them did in this journey, as the audit log calls it."""


def newest_entry(desk: Desk) -> int:
    """The number of the newest entry, 0 where there is none."""
    rows = desk.get("administration/audit", limit=1)["rows"]
    return int(rows[0]["sequence"]) if rows else 0


def every_act_is_on_record(desk: Desk, since: int, *, colleague: str | None, staff: str | None) -> None:
    """The acts of this journey (those after entry `since`) with person, address, outcome and object; and the chain is
    whole up to the newest. `colleague`, `staff`: the names of those who took part."""
    owner = desk.client.me["user"]["name"]
    acts = [(kind, owner) for kind in OWNER if colleague or not kind.startswith("people.")]
    acts += [(kind, colleague) for kind in COLLEAGUE if colleague]
    acts += [(kind, staff) for kind in STAFF if staff]
    acts = [(kind, who) for kind, who in acts if staff or not kind.startswith("support.")]
    entries = wait_for(
        "the acts in the audit log", lambda: _entries(desk, since, {kind for kind, _ in acts}), within=30
    )
    for kind, who in acts:
        entry = next((each for each in entries if each["kind"] == kind and each["actor"]["name"] == who), None)
        if entry is None:
            raise Failed(f"the audit log does not say that {who} did {kind}")
        wanted = ("address", "hash", *(["session_id"] if who == owner else []))
        lacking = [field for field in wanted if not entry[field]]
        expect(not lacking and entry["outcome"] == "ok", f"{kind}: {entry['outcome']}, without {lacking}")
        actor = "staff" if who == staff else "person"
        expect(entry["actor"]["type"] == actor, f"{kind} was done by a {entry['actor']['type']}")
        expect(entry["object"]["label"], f"{kind} does not say what it was done to")
    newest = newest_entry(desk)
    verdict = _verified(desk, newest)
    expect(verdict["state"] == "whole", f"the audit log is {verdict['state']}: {verdict['broken_reason']}")
    desk.story.step(f"the audit log holds {len(acts)} acts with who, what and outcome; all {newest} entries are whole")


def _entries(desk: Desk, since: int, kinds: set[str]) -> list[Json] | None:
    """The entries after this one, None until each kind is there: what support read is written when its grant has ended."""
    found: list[Json] = []
    after: dict[str, Any] = {}
    while True:
        page = desk.get("administration/audit", limit=200, **after)
        found += [row for row in page["rows"] if row["sequence"] > since]
        if page["next"] is None or page["rows"][-1]["sequence"] <= since:
            break
        after = {"after": page["next"]}
    return found if kinds <= {each["kind"] for each in found} else None


def _verified(desk: Desk, newest: int) -> Json:
    """Each look verifies some thousands of entries further."""
    reached = -1
    while True:
        verdict: Json = desk.get("administration/audit/verification")
        if verdict["state"] != "whole" or verdict["sequence"] >= newest:
            return verdict
        if verdict["sequence"] <= reached:
            raise Failed(f"verification stays at entry {reached} of {newest}")
        reached = verdict["sequence"]
