"""Parquet → records, by batches of rows; needs the extra ``parquet``."""

from __future__ import annotations

import io
from typing import Any

from storycluster.errors import FormatError, MissingExtraError
from storycluster.fields import TEXT_NAMES, has_text
from storycluster.formats.intake import Records

ROWS = 512
"""Rows in memory at a time: a few megabytes of articles."""


def read_parquet(file: io.BufferedReader | io.BytesIO, source: str) -> Records:
    """Read the rows of a Parquet file.

    Args:
        file: Seekable.
        source: Its name, for messages.

    Yields:
        Number from 1 and record of each row.

    Raises:
        FormatError: It is no Parquet file, is cut off, or has no column with texts.
        MissingExtraError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("reading Parquet files", "parquet") from None
    number = 0
    try:
        table = pyarrow.parquet.ParquetFile(file)
        columns = table.schema_arrow.names
        if not has_text(columns):
            raise FormatError(
                f"{source}: expected a column under one of the names {TEXT_NAMES}; got {', '.join(columns)!r:.200}"
            )
        for batch in table.iter_batches(batch_size=ROWS):
            for record in in_microseconds(batch, pyarrow).to_pylist():
                number += 1
                yield number, record
    except (pyarrow.ArrowException, OSError) as error:
        raise FormatError(
            f"{source}: expected a Parquet file, got one that breaks off after {number:,} rows: {error}"
        ) from None


def in_microseconds(batch: Any, pyarrow: Any) -> Any:
    """A record batch whose times Python can hold: pandas writes nanoseconds, of which datetime keeps none."""
    for i, column in enumerate(batch.schema):
        if pyarrow.types.is_timestamp(column.type) and column.type.unit == "ns":
            coarser = batch.column(i).cast(pyarrow.timestamp("us", tz=column.type.tz), safe=False)
            batch = batch.set_column(i, column.name, coarser)
    return batch
