"""The command `oktee`: what an operator does once, and what it says when something is missing or unsafe."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
from conftest import Stack
from oktee.kit.doctor import Finding, findings
from oktee.kit.settings import Settings
from pydantic import ValidationError

ROOT = Path(__file__).resolve().parent.parent.parent


def oktee(
    *arguments: str, environment: dict[str, str] | None = None, folder: Path = ROOT, typed: str = ""
) -> "subprocess.CompletedProcess[str]":
    bare = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "PYTHONPATH": str(ROOT / "backend")}
    return subprocess.run(
        [sys.executable, "-m", "oktee.cli", *arguments],
        cwd=folder,
        env=bare | (environment or {}),
        input=typed,
        capture_output=True,
        text=True,
    )


async def rows(stack: Stack, question: str) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(stack.owner_dsn)
    try:
        found: list[asyncpg.Record] = await connection.fetch(question)
        return found
    finally:
        await connection.close()


ACME = ("acme", "--name", "Acme", "--country", "FR", "--currency", "EUR", "--time-zone", "Europe/Paris")


async def test_the_first_organization_and_person_are_made_by_hand_once(db: Stack) -> None:
    from oktee.access.passwords import verify

    assert oktee("org", "create", *ACME, environment=db.environment).returncode == 0
    create = ("user", "create", "ada@acme.example", "--org", "acme", "--name", "Ada Martin")
    weak = oktee(*create, environment=db.environment, typed="short\nshort\n")
    assert weak.returncode == 1
    assert "This password does not meet the policy." in weak.stderr
    assert "Traceback" not in weak.stderr
    made = oktee(*create, "--generate", environment=db.environment)
    assert made.returncode == 0, made.stderr
    password = made.stdout.split("Password: ")[1].strip()
    [user] = await rows(db, "select u.password_hash, m.role from users u join memberships m on m.user_id = u.id")
    assert user["role"] == "owner"
    assert await verify(user["password_hash"], password)
    again = oktee(*create, "--generate", environment=db.environment)
    assert again.returncode == 1
    assert "never changes a password" in again.stderr
    [unchanged] = await rows(db, "select u.password_hash, m.role from users u join memberships m on m.user_id = u.id")
    assert unchanged == user
    [organization] = await rows(db, "select modules from organizations")
    assert set(organization["modules"]) == {"supply", "administration"}


async def test_an_application_is_registered_with_its_secret_sealed_and_a_hook_with_its_key_hashed(db: Stack) -> None:
    secret = "amzn1.oa2-cs.v1." + "5e" * 16
    register = (
        "application",
        "register",
        "--name",
        "OKTee",
        "--region",
        "EU",
        "--application-id",
        "amzn1.sp.solution.x",
    )
    done = oktee(
        *register, "--client-id", "amzn1.application-oa2-client.x", "--role", "Inventory and Order Tracking",
        environment=db.environment | {"CLIENT_SECRET": secret},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert secret not in done.stdout + done.stderr
    [application] = await rows(db, "select * from applications")
    assert application["endpoint"] == "https://sellingpartnerapi-eu.amazon.com"
    assert application["kind"] == "live"
    assert secret.encode() not in application["secret_blob"]
    added = oktee(
        "hooks", "add", "amzn1.application-oa2-client.x", "--region", "EU", "--account", "123456789012",
        environment=db.environment,
    )  # fmt: skip
    assert added.returncode == 0, added.stderr
    key = added.stdout.split("X-OKTee-Hook-Key: ")[1].strip()
    [hook] = await rows(db, "select * from hook_endpoints")
    assert f"/hooks/amazon/eventbridge/{hook['id']}" in added.stdout
    assert key.encode() not in hook["key_hashes"][0]


def test_keys_are_made_once_for_their_owner_only(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "x://", "VALKEY_URL": "x://", "KEY_FILE": str(tmp_path / "keys.json")}
    assert "Made" in oktee("keys", "init", environment=environment, folder=tmp_path).stdout
    first = (tmp_path / "keys.json").read_bytes()
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert "left alone" in oktee("keys", "init", environment=environment, folder=tmp_path).stdout
    assert (tmp_path / "keys.json").read_bytes() == first


SAFE = {
    "ENV": "production",
    "DATABASE_URL": "postgresql+asyncpg://oktee_app:c0ffee0ddba11@db.example/oktee?ssl=verify-full",
    "VALKEY_URL": "rediss://:c0ffee0ddba11@valkey.example:6379/0",
    "PUBLIC_URL": "https://oktee.example",
    "SMTP_URL": "smtps://oktee:c0ffee0ddba11@mail.example",
}


@pytest.fixture
def settings_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], list[Finding]]:
    """What the doctor finds with the safe settings and these."""
    keys = tmp_path / "keys.json"
    keys.touch(mode=0o600)
    keys.write_text(json.dumps({"origin": "operator", "active": "", "keys": {}}))
    monkeypatch.chdir(tmp_path)  # no .env here
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)

    def look(change: dict[str, str]) -> list[Finding]:
        for name, value in (SAFE | {"KEY_FILE": str(keys)} | change).items():
            monkeypatch.setenv(name, value)
        return findings()

    return look


Look = Callable[[dict[str, str]], list[Finding]]


def test_the_doctor_finds_nothing_where_all_is_safe(settings_of: Look) -> None:
    assert settings_of({}) == []


def test_the_doctor_names_all_of_them_at_once(settings_of: Look) -> None:
    found = settings_of({"PUBLIC_URL": "http://a.example", "VALKEY_URL": "redis://localhost", "KEY_FILE": "none.json"})
    assert {finding.setting for finding in found} == {"PUBLIC_URL", "VALKEY_URL", "KEY_FILE"}


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"PUBLIC_URL": "http://oktee.example"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "oktee.example/path"}, "PUBLIC_URL"),
        ({"VALKEY_URL": "redis://:c0ffee0ddba11@valkey.example:6379/0"}, "VALKEY_URL"),
        ({"DATABASE_URL": "postgresql+asyncpg://oktee_app:c0ffee0ddba11@db.example/oktee"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql+asyncpg://oktee_app:postgres@db.example/oktee?ssl=verify-full"}, "DATABASE_URL"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"DB_POOL_SIZE": "0"}, "DB_POOL_SIZE"),
        ({"ENV": "development"}, "ENV"),
        ({"CHAOS_POINT": "before_send"}, "CHAOS_POINT"),
        ({"KEY_FILE": "missing.json"}, "KEY_FILE"),
    ],
)
def test_the_doctor_names_each_unsafe_setting_and_no_value(
    settings_of: Look, change: dict[str, str], named: str
) -> None:
    found = settings_of(change)
    assert {finding.setting for finding in found} == {named}
    assert "c0ffee0ddba11" not in str(found)


def test_a_key_file_that_others_read_or_that_the_demo_made_is_named(settings_of: Look, tmp_path: Path) -> None:
    file = tmp_path / "other.json"
    file.write_text(json.dumps({"origin": "demo", "active": "", "keys": {}}))
    file.chmod(0o644)
    assert [finding.setting for finding in settings_of({"KEY_FILE": str(file)})] == ["KEY_FILE", "KEY_FILE"]


def test_the_doctor_is_a_command_that_fails_when_something_is_unsafe(tmp_path: Path) -> None:
    done = oktee("doctor", environment=SAFE | {"PUBLIC_URL": "http://oktee.example"}, folder=tmp_path)
    assert done.returncode == 1
    assert "PUBLIC_URL: is not https" in done.stderr
    assert "c0ffee0ddba11" not in done.stdout + done.stderr


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_no_process_starts_in_production_with_an_unsafe_setting(tmp_path: Path, command: str) -> None:
    environment = SAFE | {"PUBLIC_URL": "http://oktee.example", "KEY_FILE": str(tmp_path / "keys.json")}
    done = oktee(command, environment=environment, folder=tmp_path)
    assert done.returncode != 0
    assert "public_url must be https in production" in done.stdout + done.stderr
    assert "c0ffee0ddba11" not in done.stdout + done.stderr


UNSAFE = [
    ("PUBLIC_URL", "http://oktee.example"),
    ("VALKEY_URL", "redis://:c0ffee0ddba11@valkey.example:6379/0"),
    *(
        ("DATABASE_URL", f"postgresql+asyncpg://oktee_app:c0ffee0ddba11@db.example/oktee{weaker}")
        for weaker in ("", "?ssl=disable", "?ssl=allow", "?ssl=prefer", "?ssl=require", "?ssl=verify-ca")
    ),
    ("STAFF_DATABASE_URL", "postgresql+asyncpg://oktee_staff:c0ffee0ddba11@db.example/oktee?ssl=require"),
    ("SMTP_URL", "smtp://oktee:c0ffee0ddba11@mail.example"),
    ("SMTP_URL", ""),
    ("CHAOS_POINT", "before_send"),
    ("KEK_VAULT_ADDRESS", "http://vault.example:8200"),
    ("OBJECTS_ENDPOINT", "http://s3.example"),
    ("KEK_AWS_ENDPOINT", "http://kms.example"),
    ("IMAGE_ORIGINS", "https://a.example,http://b.example"),
    ("AUTHLIB_INSECURE_TRANSPORT", "1"),
]


@pytest.mark.parametrize(("name", "value"), UNSAFE)
def test_production_refuses_each_unsafe_setting_by_name_and_tells_no_value(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for known in Settings.model_fields:
        monkeypatch.delenv(known.upper(), raising=False)
    for each, safe in (SAFE | {name: value}).items():
        monkeypatch.setenv(each, safe)
    with pytest.raises(ValidationError) as refused:
        Settings()
    said = str(refused.value.errors(include_input=False, include_url=False, include_context=False))
    assert name.lower() in said.lower()
    assert "c0ffee0ddba11" not in said


@pytest.mark.parametrize(("name", "value"), [UNSAFE[3], UNSAFE[-1]])
def test_no_process_starts_with_it(tmp_path: Path, name: str, value: str) -> None:
    done = oktee("serve", environment=SAFE | {"KEY_FILE": str(tmp_path / "keys.json"), name: value}, folder=tmp_path)
    assert done.returncode != 0
    assert name.lower() in (done.stdout + done.stderr).lower()
    assert "c0ffee0ddba11" not in done.stdout + done.stderr


async def test_the_doctor_looks_at_the_deployment(db: Stack) -> None:
    """Only what a test's own servers lack is found as the runtime role; as the owner, that it is the owner."""
    from oktee.kit.database import database
    from oktee.kit.deployment import deployment_findings
    from oktee.kit.settings import settings
    from oktee.schema import newest_revision

    found = await deployment_findings(settings(), newest=newest_revision())
    assert {finding.setting for finding in found} <= {"VALKEY"}
    old = await deployment_findings(settings(), newest="9999")
    assert "DATABASE" in {finding.setting for finding in old}
    assert database.is_open
    done = oktee("doctor", "--deployment", environment=db.environment | {"DATABASE_URL": db.owner_url})
    assert done.returncode == 1
    assert "is the owner of tables" in done.stderr


def test_migrating_needs_the_owners_address(tmp_path: Path) -> None:
    done = oktee("migrate", environment={"DATABASE_URL": SAFE["DATABASE_URL"]}, folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("MIGRATION_DATABASE_URL is not set")
