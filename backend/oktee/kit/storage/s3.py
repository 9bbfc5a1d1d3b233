"""The object store in a bucket of S3 or of what speaks like it (boto3, called in threads)."""

import io
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from oktee.kit.storage.port import StoreUnavailable, Stream

PART_BYTES = 8 * 1024 * 1024
"""S3 wants parts of 5 MiB or more but for the last (User Guide, "multipart upload limits")."""
GONE = frozenset({"NoSuchKey", "404", "NotFound"})
T = TypeVar("T")


def _called(act: Callable[[], T]) -> T:
    """Raises FileNotFoundError or StoreUnavailable in place of boto3's errors."""
    try:
        return act()
    except ClientError as error:
        if str(error.response.get("Error", {}).get("Code")) in GONE:
            raise FileNotFoundError("there is no such object") from error
        raise StoreUnavailable("The object store refused or failed.") from error
    except BotoCoreError as error:
        raise StoreUnavailable("The object store does not answer.") from error


class S3Upload:
    """One request for a small body, a multipart upload for a large one; memory holds one part."""

    def __init__(self, client: Any, bucket: str, key: str, options: dict[str, str]) -> None:
        self._client, self._bucket, self._key, self._options = client, bucket, key, options
        self._waiting = bytearray()
        self._upload_id: str | None = None
        self._parts: list[dict[str, Any]] = []

    def write(self, data: bytes, /) -> None:
        self._waiting += data
        while len(self._waiting) >= PART_BYTES:
            self._send(bytes(self._waiting[:PART_BYTES]))
            del self._waiting[:PART_BYTES]

    def _send(self, part: bytes) -> None:
        if self._upload_id is None:
            begun = _called(
                lambda: self._client.create_multipart_upload(Bucket=self._bucket, Key=self._key, **self._options)
            )
            self._upload_id = begun["UploadId"]
        number = len(self._parts) + 1
        sent = _called(
            lambda: self._client.upload_part(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, PartNumber=number, Body=part
            )
        )
        self._parts.append({"PartNumber": number, "ETag": sent["ETag"]})

    def finish(self) -> None:
        rest = bytes(self._waiting)
        if self._upload_id is None:
            _called(lambda: self._client.put_object(Bucket=self._bucket, Key=self._key, Body=rest, **self._options))
            return
        if rest:
            self._send(rest)
        _called(
            lambda: self._client.complete_multipart_upload(
                Bucket=self._bucket, Key=self._key, UploadId=self._upload_id, MultipartUpload={"Parts": self._parts}
            )
        )

    def abort(self) -> None:
        self._waiting.clear()
        if self._upload_id is not None:
            _called(
                lambda: self._client.abort_multipart_upload(
                    Bucket=self._bucket, Key=self._key, UploadId=self._upload_id
                )
            )


class S3Stream:
    """A body of S3; a broken connection is StoreUnavailable."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int, /) -> bytes:
        found: bytes = _called(lambda: self._body.read(size))
        return found

    def close(self) -> None:
        self._body.close()


class S3Store:
    """Bodies as objects under a prefix of a bucket. Credentials come as boto3 finds them (environment, role)."""

    def __init__(
        self,
        bucket: str,
        prefix: str,
        *,
        endpoint: str | None = None,
        region: str | None = None,
        sse: str | None = None,
        sse_key: str | None = None,
    ) -> None:
        config = Config(connect_timeout=3, read_timeout=20, retries={"max_attempts": 3, "mode": "standard"})
        self._client = boto3.client("s3", endpoint_url=endpoint, region_name=region, config=config)
        self._bucket, self._prefix = bucket, f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._options = {
            name: value for name, value in (("ServerSideEncryption", sse), ("SSEKMSKeyId", sse_key)) if value
        }

    def begin(self, key: str) -> S3Upload:
        return S3Upload(self._client, self._bucket, self._prefix + key, self._options)

    def open(self, key: str, *, offset: int = 0) -> Stream:
        ranged = {"Range": f"bytes={offset}-"} if offset else {}
        try:
            found = _called(lambda: self._client.get_object(Bucket=self._bucket, Key=self._prefix + key, **ranged))
        except StoreUnavailable as error:
            if "InvalidRange" in str(error.__cause__):  # at the very end: nothing more to read
                return io.BytesIO()
            raise
        return S3Stream(found["Body"])

    def delete(self, key: str) -> None:
        _called(lambda: self._client.delete_object(Bucket=self._bucket, Key=self._prefix + key))

    def list(self, prefix: str) -> Iterator[tuple[str, float]]:
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        walk = iter(pages)
        while (page := _called(lambda: next(walk, None))) is not None:
            for found in page.get("Contents", ()):
                yield found["Key"][len(self._prefix) :], found["LastModified"].timestamp()
