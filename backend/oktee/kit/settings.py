"""Every setting of the process, typed and in one place; `.env.example` is generated from it."""

import os
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal, Self
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

INSECURE_OAUTH: Final = "AUTHLIB_INSECURE_TRANSPORT"
"""Not a setting of ours: Authlib takes plain http where the environment holds it."""


class Settings(BaseSettings):
    """Read from the environment (or a `.env` file beside the process). Secrets have no default."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", case_sensitive=False)

    env: Literal["development", "test", "production"] = Field(
        "development", description="production refuses plain-text links and keys made by the demo"
    )
    database_url: SecretStr = Field(
        description="postgresql+asyncpg://oktee_app:...@host/oktee (the runtime role: no owner, no superuser)"
    )
    migration_database_url: SecretStr | None = Field(None, description="the owner role; only `oktee migrate` reads it")
    staff_database_url: SecretStr | None = Field(
        None, description="the role oktee_staff, for the staff console of the API; without it the console is off"
    )
    valkey_url: SecretStr = Field(description="redis://:password@host:6379/0; rediss:// in production")
    public_url: str = Field("http://localhost:8000", description="the one origin of the SPA and the API")
    key_file: Path = Field(
        Path(".data/keys.json"),
        description="the local key-encryption keys (JSON, mode 0600); `oktee keys init` makes it",
    )
    kek_provider: Literal["local", "aws-kms", "vault-transit"] = Field(
        "local", description="who wraps data keys: the key file, AWS KMS, or the transit engine of Vault"
    )
    kek_aws_keys: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="aws-kms: comma-separated key ARNs or aliases, the active one first"
    )
    kek_aws_region: str | None = Field(None, description="aws-kms: the region of the keys")
    kek_aws_endpoint: str | None = Field(None, description="aws-kms: another address than the region's own")
    kek_vault_address: str | None = Field(None, description="vault-transit: https://vault.internal:8200")
    kek_vault_key: str = Field("oktee", description="vault-transit: the name of the transit key")
    kek_vault_mount: str = Field("transit", description="vault-transit: where the engine is mounted")
    kek_vault_namespace: str | None = Field(None, description="vault-transit: the namespace, where there is one")
    kek_vault_token: SecretStr | None = Field(None, description="vault-transit: a token that may encrypt and decrypt")
    kek_vault_token_file: Path | None = Field(
        None, description="vault-transit: where an agent keeps a fresh token instead"
    )
    objects_dir: Path = Field(Path(".data/objects"), description="where uploaded files are kept")
    objects_url: str | None = Field(
        None, description="where uploaded files are kept instead: file:///path or s3://bucket/prefix"
    )
    objects_endpoint: str | None = Field(None, description="the address of an S3 that is not Amazon's own")
    objects_region: str | None = Field(None, description="the region of the bucket")
    objects_sse: Literal["AES256", "aws:kms"] | None = Field(
        None, description="the bucket's own encryption, asked for beside OKTee's"
    )
    objects_sse_key: str | None = Field(None, description="with aws:kms: the key's id")
    web_dir: Path | None = Field(None, description="the built SPA (frontend/dist) that the API serves too")
    image_origins: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="comma-separated origins whose product images the pages may show"
    )
    db_pool_size: int = Field(
        10, ge=1, le=200, description="connections per process, and at most as many again for single statements"
    )
    db_pooler: Literal["none", "transaction"] = Field(
        "none", description="transaction = behind a PgBouncer that cannot keep prepared statements"
    )
    session_idle_minutes: int = Field(120, ge=5, description="a session ends after this long without a request")
    session_hours: int = Field(24, ge=1, le=168, description="a session ends after this long in any case")
    staff_idle_minutes: int = Field(
        30, ge=5, le=30, description="a staff session ends after this long without a request"
    )
    staff_session_hours: int = Field(8, ge=1, le=8, description="a staff session ends after this long in any case")
    sign_up: Literal["open", "invited"] = Field(
        "invited",
        description="who may make a workspace: open = anyone who proves an e-mail address; invited = owners of another "
        "workspace (and operators, with `oktee org create`)",
    )
    password_policy: Literal["dpp", "nist"] = Field(
        "dpp",
        description="dpp = Amazon's Data Protection Policy (four classes, history, greatest age); nist = length and a "
        "list of common passwords",
    )
    smtp_url: SecretStr | None = Field(
        None,
        description="smtp://user:password@host:587?starttls=required, or smtps://host:465; without it no mail leaves",
    )
    mail_from: str = Field("OKTee <no-reply@localhost>", description="the sender of every mail")
    operator_emails: Annotated[list[str], NoDecode] = Field(
        default_factory=list, description="comma-separated addresses that alarms and overdue duties are told to"
    )
    incident_contact: str = Field(
        "security@amazon.com", description="where Amazon takes notices of security incidents (within 24 hours)"
    )
    identity_requests_per_minute: int = Field(
        300, ge=10, description="unsafe requests to sign-in and account from one network, per API process"
    )
    worker_lanes: int = Field(50, ge=1, le=500, description="work items one worker process runs side by side")
    reference_days: int = Field(90, ge=1, le=180, description="days of orders fetched when an account is connected")
    chaos_point: str | None = Field(
        None, description="tests only: kill this process at the named point, or freeze it (stop:name)"
    )

    @field_validator("image_origins", "kek_aws_keys", "operator_emails", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("public_url")
    @classmethod
    def _origin(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path not in {"", "/"}:
            raise ValueError("must be an origin, for example https://app.example.com")
        return value.rstrip("/")

    @property
    def password_days(self) -> int:
        """How old a password may get: a year, or as good as for ever."""
        return 365 if self.expects_dpp else 36500

    @property
    def expects_dpp(self) -> bool:
        """Whether passwords follow Amazon's Data Protection Policy."""
        return self.password_policy == "dpp"  # noqa: S105 - the name of a policy

    @model_validator(mode="after")
    def _safe_in_production(self) -> Self:
        if self.env != "production":
            return self
        if not self.public_url.startswith("https://"):
            raise ValueError("public_url must be https in production")
        if urlsplit(self.valkey_url.get_secret_value()).scheme != "rediss":
            raise ValueError("valkey_url must be rediss:// in production")
        ssl = parse_qs(urlsplit(self.database_url.get_secret_value()).query).get("ssl", [""])[0]
        if ssl != "verify-full":
            raise ValueError("database_url must carry ssl=verify-full in production")
        staff = self.staff_database_url.get_secret_value() if self.staff_database_url else None
        if staff is not None and parse_qs(urlsplit(staff).query).get("ssl", [""])[0] != "verify-full":
            raise ValueError("staff_database_url must carry ssl=verify-full in production")
        if self.smtp_url is None or not tls_demanded(self.smtp_url.get_secret_value()):
            raise ValueError("smtp_url must be smtps://, or smtp:// with ?starttls=required, in production")
        if self.chaos_point:
            raise ValueError("chaos_point must be empty in production")
        for name in plain_addresses(self):
            raise ValueError(f"{name} must be https in production")
        if os.environ.get(INSECURE_OAUTH):
            raise ValueError(f"{INSECURE_OAUTH} must not be set in production")
        return self


def plain_addresses(options: Settings) -> list[str]:
    """Names of outbound addresses that are set and not https."""
    names = ("kek_aws_endpoint", "kek_vault_address", "objects_endpoint")
    found = [name for name in names if (url := getattr(options, name)) and urlsplit(url).scheme != "https"]
    return found + ["image_origins"] * any(urlsplit(url).scheme != "https" for url in options.image_origins)


def tls_demanded(smtp_url: str) -> bool:
    """Whether no mail can leave over this address in clear."""
    parts = urlsplit(smtp_url)
    starttls = parse_qs(parts.query).get("starttls", [""])[0]
    return bool(parts.hostname) and (parts.scheme == "smtps" or (parts.scheme == "smtp" and starttls == "required"))


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()
