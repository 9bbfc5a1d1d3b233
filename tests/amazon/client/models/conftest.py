"""Loads the static sandbox cases of Amazon's own models; without the models this folder is not collected."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

APIS = ("vendorOrders.json", "vendorTransactionStatus.json", "vendorShipments.json")
ROOT = Path(__file__).resolve().parents[4]
MODELS = Path(os.environ.get("AMAZON_MODELS_DIR", ROOT.parent / "shared" / "amazon" / "models")) / "openapi"

collect_ignore_glob = [] if MODELS.is_dir() else ["test_*.py"]


def sandbox_cases(model: str) -> Iterator[tuple[str, int, int, Any]]:
    """(operationId, status, index, response body) of every static case, from both keys Amazon uses for them."""
    document = json.loads((MODELS / model).read_text(encoding="utf-8"))
    for methods in document["paths"].values():
        for operation in methods.values():
            if not isinstance(operation, dict) or "operationId" not in operation:
                continue
            for status, answer in operation["responses"].items():
                cases = answer.get("x-amzn-api-sandbox", {}).get("static", [])
                cases = cases + answer.get("x-amazon-spds-sandbox-behaviors", [])
                for index, case in enumerate(cases):
                    yield operation["operationId"], int(status), index, case["response"]


def pytest_generate_tests(metafunc: Any) -> None:
    """`case` runs over every published answer of the APIs the client speaks."""
    if "case" in metafunc.fixturenames:
        cases = [case for api in APIS for case in sandbox_cases(api)]
        metafunc.parametrize("case", cases, ids=[f"{name}-{status}-{index}" for name, status, index, _ in cases])


@pytest.fixture
def published() -> dict[str, dict[str, Any]]:
    """Method, path and usage plan of every operation of these APIs, as Amazon's models state them."""
    found: dict[str, dict[str, Any]] = {}
    for api in APIS:
        document = json.loads((MODELS / api).read_text(encoding="utf-8"))
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                if not isinstance(operation, dict) or "operationId" not in operation:
                    continue
                row = re.search(r"\|[^|]*?([\d.]+)\s*\|\s*(\d+)\s*\|", operation["description"])
                assert row, operation["operationId"]
                found[operation["operationId"]] = {
                    "method": method.upper(),
                    "path": path,
                    "rate": float(row[1]),
                    "burst": int(row[2]),
                }
    return found
