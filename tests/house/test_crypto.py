"""docs/security/crypto.yaml names every module that uses cryptography, and none that does not (ASVS 5.0, V11.1)."""

import ast
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = ROOT / "backend" / "oktee"
LIBRARIES = {
    "cryptography", "hashlib", "hmac", "secrets", "argon2", "joserfc", "authlib", "pyotp", "webauthn", "ssl", "pyzipper",
}  # fmt: skip
WEAK = {"md5", "sha1", "new"}


def scan() -> set[str]:
    """Modules under oktee that import one of the libraries."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom) and node.level == 0
                else []
            )
            if LIBRARIES & {name.split(".")[0] for name in names}:
                found.add(".".join(path.relative_to(PACKAGE).with_suffix("").parts))
    return found


def uses() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((ROOT / "docs" / "security" / "crypto.yaml").read_text())["uses"]
    return found


def test_the_inventory_names_what_the_code_uses() -> None:
    declared = {module for use in uses() for module in use["modules"]}
    assert sorted(scan() - declared) == [], "say in docs/security/crypto.yaml what these use cryptography for"
    assert sorted(declared - scan()) == [], "these use no cryptography any more"


def test_every_use_says_algorithm_key_and_rotation() -> None:
    for use in uses():
        assert set(use) == {"purpose", "algorithm", "key", "rotation", "modules"}
        assert all(use.values())


def test_no_module_uses_a_hash_that_is_broken() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "hashlib":
                assert node.attr not in WEAK, f"{path.relative_to(ROOT)}: hashlib.{node.attr}"
