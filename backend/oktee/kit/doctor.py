"""What an operator asks of the settings: an example file, and which are missing or unsafe."""

import json
import os
import types
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union, get_args, get_origin
from urllib.parse import parse_qs, urlsplit

from pydantic import SecretStr, ValidationError
from pydantic_core import PydanticUndefined

from oktee.kit.settings import INSECURE_OAUTH, Settings, plain_addresses, tls_demanded


@dataclass(frozen=True, slots=True)
class Finding:
    """One setting to mend, and why. Never holds a value: values may be secret."""

    setting: str
    why: str


def environment_example() -> str:
    """The text of `.env.example`: every setting with its meaning; what has a default is commented out."""
    lines = ["# Every setting of OKTee, generated from its settings class by `make env-example`.", ""]
    for name, field in Settings.model_fields.items():
        lines.append(f"# {field.description}")
        required = field.default is PydanticUndefined and field.default_factory is None
        optional = type(None) in get_args(field.annotation)
        default = field.get_default(call_default_factory=True, validated_data={})
        shown = "" if required or optional or default in (None, [], {}) else str(default)
        lines += [f"{'' if required else '# '}{name.upper()}={shown}", ""]
    return "\n".join(lines)


def findings() -> list[Finding]:
    """Every setting that is missing, wrong, or less safe than production asks; read from the environment and `.env`."""
    try:
        found = Settings()
        production = found.env == "production"
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False, include_context=False)
        named = [fault for fault in faults if fault["loc"]]
        if named:
            return [Finding(".".join(str(part) for part in fault["loc"]).upper(), fault["msg"]) for fault in named]
        # Production refuses to start and says only its first reason; read without it, all of them are found below.
        found, production = Settings(env="development"), True
    return [*_links(found, production=production), *_keys(found), *_secrets(found)]


def _links(options: Settings, *, production: bool) -> list[Finding]:
    faults = []
    if not production:
        faults.append(Finding("ENV", f"is {options.env}: only production refuses unsafe settings at start"))
    if not options.public_url.startswith("https://"):
        faults.append(Finding("PUBLIC_URL", "is not https: browsers would send cookies in the clear"))
    if urlsplit(options.valkey_url.get_secret_value()).scheme != "rediss":
        faults.append(Finding("VALKEY_URL", "is not rediss://: the link is not encrypted"))
    for name in ("database_url", "migration_database_url", "staff_database_url"):
        url: SecretStr | None = getattr(options, name)
        if url is not None and parse_qs(urlsplit(url.get_secret_value()).query).get("ssl") != ["verify-full"]:
            faults.append(Finding(name.upper(), "lacks ssl=verify-full: the server is not proven to be yours"))
    if production and (options.smtp_url is None or not tls_demanded(options.smtp_url.get_secret_value())):
        faults.append(
            Finding("SMTP_URL", "is not smtps://, nor smtp:// with starttls=required: mail would leave in clear")
        )
    faults += [Finding(name.upper(), "is not https: the link is not encrypted") for name in plain_addresses(options)]
    if os.environ.get(INSECURE_OAUTH):
        faults.append(Finding(INSECURE_OAUTH, "is set: Authlib would send tokens over plain http"))
    if options.chaos_point:
        faults.append(Finding("CHAOS_POINT", "is set: this process is told to die"))
    return faults


def _keys(options: Settings) -> list[Finding]:
    path: Path = options.key_file
    if not path.exists():
        return [Finding("KEY_FILE", "names no file: run `oktee keys init`")]
    faults = []
    if path.stat().st_mode & 0o077:
        faults.append(Finding("KEY_FILE", "can be read by others: chmod 600"))
    if json.loads(path.read_text()).get("origin") != "operator":
        faults.append(Finding("KEY_FILE", "was made by the demo or a test: production refuses it"))
    return faults


def _secrets(options: Settings) -> list[Finding]:
    """Addresses without a password, or with a word everybody tries first."""
    common = {"", "postgres", "password", "changeme", "secret", "oktee", "oktee_app", "example", "..."}
    return [
        Finding(name.upper(), "carries no password, or one that everybody tries first")
        for name, field in Settings.model_fields.items()
        if _is_secret(field.annotation)
        and (value := getattr(options, name)) is not None
        and (urlsplit(value.get_secret_value()).password or "") in common
    ]


def _is_secret(annotation: Any) -> bool:
    union = get_origin(annotation) in (Union, types.UnionType)
    return annotation is SecretStr or (union and SecretStr in get_args(annotation))
