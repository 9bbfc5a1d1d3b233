"""The object store in a local folder, one subfolder per organization."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from oktee.kit.storage.port import StoreUnavailable

PART = ".part"


class FolderUpload:
    """Written beside its place and renamed into it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.{uuid4().hex[:8]}{PART}")
        try:
            path.parent.mkdir(0o700, True, True)
            self._file = os.fdopen(os.open(self._part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")
        except OSError as error:
            raise StoreUnavailable("The file store cannot be written.") from error

    def write(self, data: bytes, /) -> None:
        try:
            self._file.write(data)
        except OSError as error:
            raise StoreUnavailable("The file store cannot be written.") from error

    def finish(self) -> None:
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            self._part.rename(self._path)
        except OSError as error:
            raise StoreUnavailable("The file store cannot be written.") from error

    def abort(self) -> None:
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)


class FolderStore:
    """Bodies as files (0600) under a root."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()

    def _path(self, key: str) -> Path:
        path = (self.root / key).resolve()
        if self.root not in path.parents:
            raise ValueError("an object key must stay inside the store")
        return path

    def begin(self, key: str) -> FolderUpload:
        return FolderUpload(self._path(key))

    def open(self, key: str, *, offset: int = 0) -> BinaryIO:
        file = self._path(key).open("rb")
        file.seek(offset)
        return file

    def delete(self, key: str) -> None:
        path = self._path(key)
        path.unlink(missing_ok=True)
        with suppress(OSError):  # the organization's last one leaves no folder behind
            path.parent.rmdir()

    def list(self, prefix: str) -> Iterator[tuple[str, float]]:
        folder = self._path(prefix.rstrip("/"))
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            with suppress(FileNotFoundError):
                if path.is_file():
                    yield f"{prefix.rstrip('/')}/{path.name}", path.stat().st_mtime
