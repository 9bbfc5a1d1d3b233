"""Documents as PDF: a typst template and data, compiled in a thread. The same template, data and instant give the same bytes."""

import asyncio
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import typst


async def pdf(template: Path, data: dict[str, Any], *, at: datetime) -> bytes:
    """Compile `template` (a .typ file that reads `json(bytes(sys.inputs.data))`) with `data` (JSON).

    `at` is the document's date. System fonts are not used, so that every machine makes the same pages. Raises
    RuntimeError with typst's own message when the template does not fit the data.
    """
    return await asyncio.to_thread(partial(_compile, template, data, at))


def _compile(template: Path, data: dict[str, Any], at: datetime) -> bytes:
    compiler = typst.Compiler(
        input=str(template), root=str(template.parent), ignore_system_fonts=True,
        sys_inputs={"data": orjson.dumps(data, option=orjson.OPT_SORT_KEYS).decode()},
    )  # fmt: skip
    made = compiler.compile(format="pdf", timestamp=int(at.timestamp()))
    if not isinstance(made, bytes):
        raise RuntimeError(f"{template.name} made no PDF")
    return made
