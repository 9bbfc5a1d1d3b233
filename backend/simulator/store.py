"""The state file: a SQLite database written through, so that the same folder continues with the same orders, tokens and ledger."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import orjson

SCHEMA = """
create table if not exists documents (kind text not null, key text not null, body blob not null, primary key (kind, key)) without rowid;
create table if not exists orders (number text primary key, body blob not null) without rowid;
create table if not exists ledger (
  seq integer primary key, at text not null, application text, selling_partner_id text, operation text not null, method text not null,
  path text not null, query text not null, body_sha256 text, body blob, status integer, throttled integer not null,
  changed_state integer not null, request_id text not null, fault text, purchase_orders text not null
);
create index if not exists ledger_operation on ledger (operation, seq);
"""


class Store:
    """Documents by kind and key, orders, and the ledger of calls. One thread, one connection, a commit per write."""

    def __init__(self, folder: Path | None) -> None:
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
        path = ":memory:" if folder is None else str(folder / "simulator.sqlite3")
        # In-process tests open the application on one thread and close it on another.
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("pragma journal_mode = wal")
        # A killed process loses nothing that it wrote: only a crash of the machine could, and this is a simulator.
        self._db.execute("pragma synchronous = off")
        self._db.executescript(SCHEMA)

    def close(self) -> None:
        self._db.close()

    def put(self, kind: str, key: str, body: Any) -> None:
        self._db.execute(
            "insert or replace into documents values (?, ?, ?)", (kind, key, orjson.dumps(body, default=str))
        )

    def get(self, kind: str, key: str) -> Any | None:
        row = self._db.execute("select body from documents where kind = ? and key = ?", (kind, key)).fetchone()
        return None if row is None else orjson.loads(row[0])

    def all(self, kind: str) -> Iterator[tuple[str, Any]]:
        for key, body in self._db.execute("select key, body from documents where kind = ? order by key", (kind,)):
            yield key, orjson.loads(body)

    def put_orders(self, rows: Iterable[tuple[str, bytes]]) -> None:
        with self._db:
            self._db.execute("begin")
            self._db.executemany("insert or replace into orders values (?, ?)", rows)

    def orders(self) -> Iterator[bytes]:
        for (body,) in self._db.execute("select body from orders order by number"):
            yield body

    def forget(self, *kinds: str) -> None:
        """Drop the documents of these kinds and every order (a world is being rebuilt)."""
        with self._db:
            self._db.execute("begin")
            self._db.execute("delete from orders")
            self._db.executemany("delete from documents where kind = ?", [(kind,) for kind in kinds])

    def last_seq(self) -> int:
        row = self._db.execute("select max(seq) from ledger").fetchone()
        return int(row[0] or 0)

    def append_call(self, row: tuple[Any, ...]) -> None:
        self._db.execute("insert into ledger values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def mark_changed(self, seq: int) -> None:
        self._db.execute("update ledger set changed_state = 1 where seq = ?", (seq,))

    def calls(self, *, operation: str | None, since: int, limit: int) -> list[tuple[Any, ...]]:
        return self._db.execute(
            "select * from ledger where seq > ? and (? is null or operation = ?) order by seq limit ?",
            (since, operation, operation, limit),
        ).fetchall()

    def clear_calls(self) -> None:
        self._db.execute("delete from ledger")
