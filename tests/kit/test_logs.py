"""What is logged holds no secret and no address of a person, in whichever shape it came."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from oktee.kit.logs import redact

ROOT = Path(__file__).resolve().parent.parent.parent
SECRETS = [
    "Atza|IwEBIJ8secretsecret",
    "Atzr|IwEBIJ8secretsecret",
    "Atzr%7CIwEBIJ8secretsecret",
    "amzn1.oa2-cs.v1.5e5e5e5e5e5e",
    "okt_live_abcdefgh_0123456789",
    "whsec_0123456789abcdef",
    "Bearer abcdef0123456789",
    "bearer abcdef0123456789",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
    "lea.martin+oktee@example.com",
    "lea%40example.com",
]
SHAPES: list[Any] = [
    lambda word: word,
    lambda word: f"call failed for {word}, retrying",
    lambda word: f"https://a.example/cb?x=1&t={word}&y=2",
    lambda word: {"error": {"detail": [word]}},
    lambda word: (word,),
    lambda word: {word},
    lambda word: word.encode(),
    lambda word: ValueError(f"refused {word}"),
]


@pytest.mark.parametrize("secret", SECRETS)
def test_every_secret_is_gone_in_every_shape(secret: str) -> None:
    for shape in SHAPES:
        said = str(redact(shape(secret)))
        assert "[redacted]" in said
        assert secret not in said
        assert secret.split("|")[-1].split("%7C")[-1] not in said


@pytest.mark.parametrize(
    "key", ["password", "Authorization", "refresh_token", "client_secret", "cookie", "X-CSRF-Token", "seed"]
)
def test_what_is_called_secret_is_gone_whatever_it_looks_like(key: str) -> None:
    assert redact({"a": {key: "plain words"}}) == {"a": {key: "[redacted]"}}


def test_the_password_of_an_address_is_gone_and_the_host_stays() -> None:
    said = redact("postgresql://oktee_app:c0ffee@db.example:5432/oktee")
    assert "c0ffee" not in said
    assert "db.example" in said or "[redacted]" in said


@pytest.mark.parametrize(
    "word", ["4K8QX2PD", "2026-11-24T10:41:07Z", "10.0.0.1", "GET /api/v1/acme/supply/orders", "019a-b", "a = b | c"]
)
def test_what_an_operator_needs_stays(word: str) -> None:
    assert redact(word) == word
    assert redact({"n": 3, "ok": True, "none": None}) == {"n": 3, "ok": True, "none": None}


def test_the_lines_of_a_process_hold_none_of_them() -> None:
    """A process that logs each secret as text, as value, as exception with its trace: none is in what it wrote."""
    program = (
        "import json, sys, structlog\n"
        "from oktee.kit.logs import configure_logs\n"
        "configure_logs('production')\n"
        "log = structlog.get_logger('x')\n"
        "for secret in json.loads(sys.stdin.read()):\n"
        "    log.info('event ' + secret, value=secret, deep={'a': [secret]}, password='hunter2hunter2')\n"
        "    try:\n"
        "        raise ValueError(secret)\n"
        "    except ValueError:\n"
        "        log.exception('failed')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], input=json.dumps(SECRETS), capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT / "backend"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    lines = done.stdout.splitlines()
    assert len(lines) == 2 * len(SECRETS)
    for secret in [*SECRETS, "hunter2hunter2"]:
        assert secret not in done.stdout + done.stderr
