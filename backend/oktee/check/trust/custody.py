"""What is the customer's own: keys for its programs, a copy of everything, and deletion that waits."""

import hashlib
import io
import json
import secrets
from dataclasses import dataclass
from pathlib import PurePosixPath

import httpx
import pyzipper

from oktee.check.client import Refused
from oktee.check.desk import Desk, Json
from oktee.check.story import Failed, expect, wait_for


def a_key_opens_what_it_names(desk: Desk) -> None:
    """A key for an ERP: shown once, opens what its scopes name, refused in an address, and ended at once."""
    body = {"name": f"journey {secrets.token_hex(3)}", "scopes": ["orders.read"], "days": 1, "allowed_cidrs": []}
    made = desk.send("POST", "administration/api-keys", body)
    bearer = {"Authorization": f"Bearer {made['key']}"}
    with httpx.Client(base_url=desk.client.url, timeout=30, trust_env=False) as erp:
        orders = erp.get("/v1/purchase-orders", headers=bearer)
        expect(orders.status_code == 200, f"the key answers {orders.status_code} for purchase orders")
        items = erp.get("/v1/items", headers=bearer)
        expect(items.status_code == 403, f"a key without catalog.read answers {items.status_code} for items, not 403")
        listed = json.dumps(desk.get("administration/api-keys"))
        expect(made["key"].split("_")[3] not in listed, "the list of keys shows a key's secret")
        desk.send("DELETE", f"administration/api-keys/{made['row']['id']}")
        ended = erp.get("/v1/purchase-orders", headers=bearer)
        expect(ended.status_code == 401, f"a revoked key answers {ended.status_code}, not 401")
    desk.story.step("an API key reads orders, nothing else, and nothing at all once it is revoked")


@dataclass(frozen=True, slots=True)
class Asked:
    """An export that was asked for. The passphrase is shown this once."""

    identity: str
    passphrase: str


def ask_for_everything(desk: Desk) -> Asked:
    """Ask for the bundle; the worker writes it while the journey goes on."""
    made = desk.send("POST", "administration/privacy/exports", {})
    expect(bool(made["passphrase"]), "no passphrase was shown")
    desk.story.step("asked for a copy of everything; its passphrase is shown this once")
    return Asked(made["export"]["id"], made["passphrase"])


def everything_can_be_taken_out(desk: Desk, asked: Asked) -> None:
    """The bundle: an encrypted zip whose every file has the SHA-256 its manifest says."""

    def ready() -> Json | None:
        rows = desk.get("administration/privacy/exports")["rows"]
        row: Json = next(each for each in rows if each["id"] == asked.identity)
        return row if row["state"] not in {"queued", "running"} else None

    row = wait_for("the export", ready, within=120)
    expect(row["sha256"] is not None, f"the export ended as {row['state']}")
    link = desk.send("POST", f"administration/privacy/exports/{asked.identity}/links")
    answer = desk.client.raw("GET", link["url"].removeprefix(desk.client.url))
    expect(answer.status_code == 200, f"the bundle answers {answer.status_code}")
    content = answer.content
    expect(hashlib.sha256(content).hexdigest() == row["sha256"], "the bundle is not what its checksum says")
    with pyzipper.AESZipFile(io.BytesIO(content)) as archive:
        archive.setpassword(asked.passphrase.encode())
        manifest = json.loads(archive.read("manifest.json"))
        names = {PurePosixPath(name).name for name in archive.namelist()}
        for entry in manifest["members"]:
            digest = hashlib.sha256(archive.read(entry["path"])).hexdigest()
            expect(digest == entry["sha256"], f"{entry['path']} is not what the manifest says")
    expect("purchase_orders.ndjson" in names, f"the bundle holds no purchase orders: {sorted(names)[:20]}")
    desk.story.step(f"took everything out: {len(manifest['members'])} files, {row['rows']} rows, every checksum right")


def deletion_waits_and_can_be_cancelled(desk: Desk) -> None:
    """Deletion wants the name typed, waits seven days and can be called off."""
    scope = desk.get("administration/privacy/deletions/scope")
    try:
        desk.send("POST", "administration/privacy/deletions", {"workspace_name": scope["workspace"] + "x"})
    except Refused as refused:
        expect(refused.status == 422, f"a wrong name answers {refused.status}, not 422")
    else:
        raise Failed("a workspace was put up for deletion under a name that is not its own")
    asked = desk.send("POST", "administration/privacy/deletions", {"workspace_name": scope["workspace"]})
    ended = desk.send("POST", f"administration/privacy/deletions/{asked['id']}/cancellation")
    expect(ended["cancelled_at"] is not None, f"after cancelling the deletion is {ended['state']}")
    desk.story.step(f"deletion of {scope['total']} rows would be done on {asked['purge_at'][:10]}; called off")
