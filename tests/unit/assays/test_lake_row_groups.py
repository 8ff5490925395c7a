"""Files of the lake that are put together from columns encoded apart: what a reader sees."""

import io

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from janus_warehouse.assays.lake.catalogue import MEASURED, schema_of
from janus_warehouse.assays.lake.pages import at_places, in_runs
from janus_warehouse.assays.lake.row_groups import META, RowGroups, encode
from janus_warehouse.assays.lake.thrift import Items, read_head, read_struct, write_struct
from janus_warehouse.assays.lake.writing import arrow_schema
from janus_warehouse.assays.tables import STATUSES

SCHEMA = arrow_schema(schema_of("small_rna_sequencing"))
OFTEN = ("delivery_id", "study_code", "sample_code", "sample_kind", "replicate")


def rows(block: int, height: int = 40, width: int = 50) -> dict[str, pa.Array]:
    """Return a block of long rows, of which only analyte, value and status differ by block."""
    rng = np.random.default_rng(block)
    n = height * width

    def named(names: list[str], indices, mask=None) -> pa.DictionaryArray:
        index = pa.array(np.asarray(indices, np.int32), mask=mask)
        return pa.DictionaryArray.from_arrays(index, pa.array(names))

    column = np.tile(np.arange(width), height)
    codes = [f"S{k:08d}" for k in range(width)]
    values = rng.poisson(3, n).astype(np.int32)
    return {
        "delivery_id": named(["laboratories-1"], np.zeros(n)),
        "study_code": named(codes, column, mask=column % 7 == 0),
        "sample_code": named(codes, column),
        "sample_kind": named(["sample", "control"], column % 7 == 0),
        "replicate": pa.array((column % 3).astype(np.int32)),
        "analyte_code": named(
            [f"R{block:03d}-{k:03d}" for k in range(height)], np.repeat(np.arange(height), width)
        ),
        "value": pa.array(values, mask=rng.random(n) < 0.1),
        "status": named(["detected", "below_lod"], values == 0),
    }


def put_together(blocks: list[dict[str, pa.Array]]) -> bytes:
    stream = io.BytesIO()
    file = RowGroups(stream, SCHEMA)
    often = encode({name: blocks[0][name] for name in OFTEN}, SCHEMA)
    for block in blocks:
        file.add(encode({n: c for n, c in block.items() if n not in OFTEN}, SCHEMA), often)
    file.close()
    return stream.getvalue()


def as_table(blocks: list[dict[str, pa.Array]]) -> pa.Table:
    tables = [pa.table([b[n] for n in SCHEMA.names], schema=SCHEMA) for b in blocks]
    return pa.concat_tables(tables).unify_dictionaries()


@pytest.mark.parametrize("kinds", [[1], [0, 1], [2, 6], [0, 3, 5], [0, 1, 2, 3, 4, 5, 6]])
@pytest.mark.parametrize("height", [1, 2, 3, 40, 300])
def test_pages_made_here_read_as_those_of_the_library(kinds, height):
    width = 7
    block = rows(1, height, width)
    names = pa.array([f"R{k:03d}" for k in range(height)])
    n = height * width
    places = np.random.default_rng(height).choice(kinds, n).astype(np.uint8)
    made = [
        encode({name: block[name] for name in (*OFTEN, "value")}, SCHEMA),
        in_runs("analyte_code", names, width, SCHEMA),
        at_places("status", STATUSES, places, SCHEMA),
    ]
    stream = io.BytesIO()
    file = RowGroups(stream, SCHEMA)
    for _ in range(2):
        file.add(*made)
    file.close()
    read = pl.read_parquet(io.BytesIO(stream.getvalue()))
    assert read["analyte_code"].to_list() == np.repeat(names.to_pylist(), width).tolist() * 2
    assert read["status"].to_list() == [STATUSES[place] for place in places] * 2
    found = pq.ParquetFile(io.BytesIO(stream.getvalue()))
    by_arrow = found.read_row_group(1, columns=["analyte_code", "status"])
    assert pl.DataFrame(pl.from_arrow(by_arrow)).equals(read.select(by_arrow.column_names)[n:])
    group = found.metadata.row_group(1)
    told = {c.path_in_schema: c for c in (group.column(k) for k in range(group.num_columns))}
    seen = sorted(set(read["status"]))
    assert told["status"].num_values == told["analyte_code"].num_values == n
    assert told["status"].statistics.to_dict()["min"] == seen[0]
    assert told["status"].statistics.to_dict()["max"] == seen[-1]
    assert told["analyte_code"].statistics.to_dict()["max"] == names[-1].as_py()
    whole = pa.table([by_arrow["analyte_code"].combine_chunks().dictionary_encode()], ["a"])
    theirs = io.BytesIO()
    pq.write_table(whole, theirs, compression="zstd", store_schema=False)
    other = pq.read_metadata(io.BytesIO(theirs.getvalue())).row_group(0).column(0)
    assert told["analyte_code"].total_uncompressed_size <= other.total_uncompressed_size + 100


@pytest.mark.parametrize("height", [20, 50_000])
def test_a_page_made_here_tells_of_all_its_names_however_many_the_library_would_part(height):
    names = pa.array([f"isomiR-{k:020d}" for k in range(height)])
    made = in_runs("analyte_code", names, 1, SCHEMA)
    others = {n: c for n, c in rows(1, height, 1).items() if n != "analyte_code"}
    stream = io.BytesIO()
    file = RowGroups(stream, SCHEMA)
    file.add(made, encode(others, SCHEMA))
    file.close()

    data = stream.getvalue()
    assert pq.read_table(io.BytesIO(data))["analyte_code"].to_pylist() == names.to_pylist()
    told = pq.read_metadata(io.BytesIO(data)).row_group(0).column(5)
    assert (told.path_in_schema, told.statistics.max) == ("analyte_code", names[-1].as_py())
    # What stands in the file: a page of names and one of places, and nothing behind them.
    at, unpacked, heads = told.dictionary_page_offset, 0, []
    while at < told.dictionary_page_offset + told.total_compressed_size:
        head, length = read_head(data[at : at + 1000])
        unpacked, at = unpacked + length + head[2][1], at + length + head[3][1]
        heads.append(head)
    assert told.total_uncompressed_size == unpacked
    assert at == told.dictionary_page_offset + told.total_compressed_size
    names_page, page = heads
    assert names_page[7][1][1][1] == page[5][1][1][1] == height
    assert 5 not in page[5][1], "least and greatest name of some of the page's names"
    kinds = made.chunks["analyte_code"][2][META][1][13][1].values
    assert [kind[3][1] for kind in kinds] == [1, 1]


# More row groups than a short list of Thrift has room for.
@pytest.mark.parametrize("n", [1, 2, 20])
def test_a_file_put_together_reads_as_if_it_were_written_at_once(n):
    blocks = [rows(block) for block in range(n)]
    expected = pl.DataFrame(pl.from_arrow(as_table(blocks))).with_columns(
        pl.col(pl.Categorical).cast(pl.String)
    )
    data = put_together(blocks)
    assert pl.read_parquet(io.BytesIO(data)).equals(expected)
    read = pq.read_table(io.BytesIO(data))
    assert pl.DataFrame(pl.from_arrow(read)).equals(expected)
    # Every column of every group by itself: none leans on the bytes before it.
    file = pq.ParquetFile(io.BytesIO(data))
    for group in (0, n - 1):
        for name in SCHEMA.names:
            found = file.read_row_group(group, columns=[name])[name].combine_chunks()
            assert found.to_pylist() == blocks[group][name].to_pylist()


def test_what_a_file_says_of_itself_is_what_the_library_would_say():
    blocks = [rows(block) for block in range(3)]
    whole = io.BytesIO()
    with pq.ParquetWriter(
        whole, SCHEMA, compression="zstd", store_schema=False, write_statistics=list(MEASURED)
    ) as writer:
        for block in blocks:
            table = as_table([block])
            writer.write_table(table, row_group_size=len(table))
    expected = pq.read_metadata(io.BytesIO(whole.getvalue()))
    data = put_together(blocks)
    found = pq.read_metadata(io.BytesIO(data))

    assert found.schema.equals(expected.schema)
    assert (found.num_rows, found.num_row_groups) == (expected.num_rows, 3)
    last = 4
    for group in range(3):
        ours, theirs = found.row_group(group), expected.row_group(group)
        assert ours.num_rows == theirs.num_rows
        assert ours.total_byte_size == sum(
            ours.column(c).total_uncompressed_size for c in range(ours.num_columns)
        )
        for place in range(ours.num_columns):
            column, other = ours.column(place), theirs.column(place)
            assert column.path_in_schema == other.path_in_schema
            assert (column.statistics is None) == (other.statistics is None)
            if column.statistics is not None:
                assert column.statistics.to_dict() == other.statistics.to_dict()
            begin = column.dictionary_page_offset or column.data_page_offset
            assert begin == last
            last = begin + column.total_compressed_size
    assert data[last:][-4:] == b"PAR1"


def test_any_structure_of_thrift_comes_back_as_it_was():
    inner = {1: (5, -7), 3: (8, b"name"), 200: (2, False)}
    content = {
        1: (6, 2**40), 2: (1, True), 4: (3, 200), 30: (7, b"\0" * 8), 31: (12, inner),
        32: (9, Items(12, [inner] * 20)), 33: (9, Items(5, [-1, 0, 64, -65])), 34: (4, -32768),
    }  # fmt: skip
    assert read_struct(write_struct(content)) == content


def test_a_structure_with_what_nobody_here_reads_is_refused():
    with pytest.raises(ValueError, match="type 11"):
        read_struct(bytes([0x1B, 0, 0]))
