"""The lake: results of thousands of analytes in a sample, as Iceberg tables beside PostgreSQL.

`door` takes returns in, `reading` gives slices back. Nothing is imported here: a DAG and a
command that do not touch the lake do not wait for its libraries.
"""
