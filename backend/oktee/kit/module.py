"""What a customer enables, as one declaration; everything else derives from it. Knows neither web nor Amazon."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from oktee.kit.quick import Written
from oktee.kit.work import Kind


@dataclass(frozen=True, slots=True)
class OperationNeed:
    """An SP-API operation a module may call: its name, the data it brings and why. Feeds the permissions screen."""

    operation: str
    reads: str
    why: str
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Glance:
    """How a module stands in one workspace: what waits for a person, the next deadline, what went wrong."""

    waiting: int
    next_at: datetime | None
    exceptions: int


class Question(Protocol):
    """What somebody asks of a quick list. Both may raise the errors of the house: then the route answers."""

    def statement(self, caller: Any) -> Written | None:
        """One statement that gives one row. Without a caller: as somebody asks who sees the whole workspace; None where it
        depends on who it is."""

    def body(self, caller: Any, found: Any) -> bytes:
        """The JSON of the answer, of that row."""


@dataclass(frozen=True, slots=True)
class QuickList:
    """A list that is read so often that it has a way of its own beside its route (oktee/web.py). `path` and `permission`
    are the route's; `read` reads a query, and gives None for one that only the route knows."""

    path: str
    permission: str
    read: Callable[[str], Question | None]


@dataclass(frozen=True, slots=True)
class Module:
    """A module family. `screens` are routers (prefix = the screen), `pollers` are what its data needs.

    `after` names, per poller (`rejects`: for what could not be read), the job that is scheduled in the same transaction when that poller stored changes; its
    key is the connection's id. `rest` and `wake` run in the transaction that switches the module off or on again: what it
    had planned is taken back, what was under way is taken up. `glance` says how it stands, for "My workspaces".
    `leaving`: by table and column how a value that is kept shorter than it is told is written where it leaves (exports).
    """

    name: str
    title: str
    screens: tuple[Any, ...] = ()
    pollers: tuple[Any, ...] = ()
    operations: tuple[OperationNeed, ...] = ()
    jobs: tuple[Kind, ...] = ()
    after: Mapping[str, Kind] = field(default_factory=dict)
    settings: type[BaseModel] | None = None
    rest: Callable[[AsyncSession], Awaitable[None]] | None = None
    wake: Callable[[AsyncSession], Awaitable[None]] | None = None
    indicators: tuple[Any, ...] = ()
    glance: Callable[[AsyncSession], Awaitable[Glance]] | None = None
    quick: tuple[QuickList, ...] = ()
    leaving: Mapping[tuple[str, str], Callable[[Any], Any]] = field(default_factory=dict)


class Installed:
    """The modules of this process, filled once from modules/registry.py; app, worker and cli read it here."""

    def __init__(self) -> None:
        self.modules: tuple[Module, ...] = ()
        self._closers: list[Callable[[], Awaitable[None]]] = []

    def fill(self, modules: Iterable[Module]) -> None:
        self.modules = tuple(modules)

    def get(self, name: str) -> Module:
        return next(module for module in self.modules if module.name == name)

    def enabled(self, names: Iterable[str]) -> tuple[Module, ...]:
        wanted = set(names)
        return tuple(module for module in self.modules if module.name in wanted)

    def kinds(self) -> tuple[Kind, ...]:
        """Every kind of work any module declares, once."""
        return tuple({kind.name: kind for module in self.modules for kind in module.jobs}.values())

    def operations(self, names: Iterable[str]) -> frozenset[str]:
        """The SP-API operations that the enabled modules name; the client refuses any other."""
        return frozenset(need.operation for module in self.enabled(names) for need in module.operations)

    def pollers(self, names: Iterable[str]) -> tuple[Any, ...]:
        return tuple({p.name: p for module in self.enabled(names) for p in module.pollers}.values())

    def after(self, names: Iterable[str], poller: str) -> tuple[Kind, ...]:
        """The jobs to schedule when `poller` stored changes."""
        return tuple(module.after[poller] for module in self.enabled(names) if poller in module.after)

    def leaving(self, table: str) -> dict[str, Callable[[Any], Any]]:
        """By column of the table; also of modules that are switched off, since what they kept is there."""
        found = [(key, told) for module in self.modules for key, told in module.leaving.items()]
        return {column: told for (name, column), told in found if name == table}

    def on_close(self, closer: Callable[[], Awaitable[None]]) -> None:
        """Register what must be closed when the process ends (clients, pools)."""
        self._closers.append(closer)

    async def close(self) -> None:
        for closer in reversed(self._closers):
            await closer()
        self._closers.clear()


_INSTALLED = Installed()


def installed() -> Installed:
    """The modules of this process."""
    return _INSTALLED
