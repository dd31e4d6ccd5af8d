"""The local copy of one table: a RocksDB for each partition, all within one bounded cache."""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from faust.stores import rocksdb
from faust.types import TP
from rocksdict import BlockBasedOptions, Cache, Options, Rdict, WriteBatch

BLOOM_BITS_PER_KEY: Final = 10
BUFFERS: Final = 2
OPEN_FILES: Final = 128
WAL_BUFFERS: Final = 4
"""The log that a restart reads again is at most so many buffers long."""

Value = bytes | None


class StoreOptions(rocksdb.RocksDBOptions):
    """``cache_bytes`` for all partitions together, ``write_buffer_bytes`` for each."""

    def __init__(self, *, cache_bytes: int, write_buffer_bytes: int) -> None:
        super().__init__(use_rocksdict=True)
        self._cache = Cache(cache_bytes)
        self._write_buffer_bytes = write_buffer_bytes

    def open(self, path: Path, *, read_only: bool = False) -> Rdict:  # noqa: ARG002 - Faust's own signature
        return Rdict(str(path), options=self.as_options())

    def as_options(self) -> Options:
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._cache)
        blocks.set_bloom_filter(BLOOM_BITS_PER_KEY, block_based=False)
        blocks.set_cache_index_and_filter_blocks(True)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_size(self._write_buffer_bytes)
        options.set_max_write_buffer_number(BUFFERS)
        options.set_max_total_wal_size(WAL_BUFFERS * self._write_buffer_bytes)
        options.set_max_open_files(OPEN_FILES)
        options.set_keep_log_file_num(2)
        return options


class PartitionStore(rocksdb.Store):
    """Faust's RocksDB store, read and written by partition and by many keys at once.

    A write is atomic and survives the death of the process, not of the machine: after that it is a little older,
    the offset that it is known to hold included, and what is missing comes from the changelog.
    """

    def __init__(self, *args: Any, cache_bytes: int, write_buffer_bytes: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rocksdb_options = StoreOptions(cache_bytes=cache_bytes, write_buffer_bytes=write_buffer_bytes)

    def read(self, partition: int, keys: Sequence[bytes]) -> list[Value]:
        """The values of ``keys``, in their order."""
        values: list[Value] = self._db_for_partition(partition).get(list(keys))
        return values

    def write(self, partition: int, entries: Iterable[tuple[bytes, Value]], offset: int | None = None) -> None:
        """Put, or delete where the value is None; ``offset`` is that of the changelog up to which this is complete."""
        batch = WriteBatch(raw_mode=True)
        for key, value in entries:
            if value is None:
                batch.delete(key)
            else:
                batch.put(key, value)
        if offset is not None:
            batch.put(self.offset_key, str(offset).encode())
        self._db_for_partition(partition).write(batch)

    def scan(self, partition: int, after: bytes | None, limit: int) -> list[tuple[bytes, bytes]]:
        """Up to ``limit`` entries in key order, behind ``after``; fewer only at the end."""
        found: list[tuple[bytes, bytes]] = []
        for key, value in self._entries(partition, after):
            if key in (after, self.offset_key):
                continue
            found.append((key, value))
            if len(found) == limit:
                break
        return found

    def estimated_keys(self, partition: int) -> int:
        """RocksDB's own estimate; keys overwritten lately are counted more than once."""
        estimate = self._db_for_partition(partition).property_int_value("rocksdb.estimate-num-keys")
        return int(estimate or 0)

    def _entries(self, partition: int, after: bytes | None) -> Iterator[tuple[bytes, bytes]]:
        entries: Iterator[tuple[bytes, bytes]] = self._db_for_partition(partition).items(from_key=after)
        return entries

    async def stop(self) -> None:
        for db in self._dbs.values():
            db.close()
        self._dbs.clear()

    def revoke_partitions(self, table: Any, tps: set[TP]) -> None:
        # Faust leaves closing to the collector; a worker beside this one may want the lock at once.
        for tp in tps:
            if tp.topic in table.changelog_topic.topics and (db := self._dbs.pop(tp.partition, None)):
                db.close()


def wipe(directory: Path) -> None:
    """Remove every local store; what they held is in the changelog."""
    shutil.rmtree(directory, ignore_errors=True)
