"""What a rotation needs to know of a column that holds sealed blobs: where it is, and what each blob is sealed to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, text

from oktee.kit.crypto import aad


@dataclass(frozen=True, slots=True)
class SealedColumn:
    """A column of blobs. `names` are the columns that `parts` reads, in its order; `ids` find the row again.

    `parts` gives what follows the kind in the AAD, for a tenant column after the organization.
    `key_column` holds the data key's id beside the blob, where there is one.
    """

    table: str
    column: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    bound_to: Callable[..., bytes]
    key_column: str | None = None

    def bound(self, row: Any, *first: Any) -> bytes:
        """The AAD of this row's blob; `first` is the organization for a tenant column."""
        return self.bound_to(*first, *(getattr(row, name) for name in self.names))

    def stale(self, *, limit: int) -> TextClause:
        """Rows whose blob is under another key than `:active`, locked, those others hold skipped."""
        wanted = ", ".join(dict.fromkeys((*self.ids, *self.names)))
        return text(
            f"select {wanted}, {self.column} as blob from {self.table} where substring({self.column} from 1 for 1) = '\\x01'"  # noqa: S608 - constants only
            f" and substring({self.column} from 2 for 16) <> :active limit {limit} for update skip locked"
        )

    def replace(self) -> TextClause:
        """Put `:new` in place of `:old`, of the row with these ids, unless it changed in between."""
        found = " and ".join(f"{name} = :{name}" for name in self.ids)
        key = f", {self.key_column} = :key" if self.key_column else ""
        return text(f"update {self.table} set {self.column} = :new{key} where {found} and {self.column} = :old")  # noqa: S608 - constants only

    def by_key(self) -> TextClause:
        """(key id's bytes, how many blobs) for each key that this column's blobs are under."""
        return text(
            f"select substring({self.column} from 2 for 16) as key, count(*) as blobs from {self.table} "  # noqa: S608 - constants only
            f"where {self.column} is not null group by 1"
        )


def tenant(kind: str) -> Callable[..., bytes]:
    """The AAD of a secret of an organization: kind, organization, owner, version."""
    return lambda organization_id, owner_id, version: aad(kind, organization_id, owner_id, version)
