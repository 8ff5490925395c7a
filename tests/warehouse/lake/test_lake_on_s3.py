"""Landing zone and lake on S3-compatible storage: a real server on this machine."""

import polars as pl
import pytest
from tests.warehouse.assays.bank_of_returns import SENT, lay_bank
from tests.warehouse.lake.conftest import as_built
from tests.warehouse.lake.matrices import PLATFORM, counts, lay_matrix, rna, tsv


@pytest.fixture
def on_s3(warehouse, monkeypatch):
    """Give a bucket that the settings name for the lake and for the landing zone."""
    import boto3
    from moto.server import ThreadedMotoServer

    from janus_warehouse.platform.settings import get_settings

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = "http://{}:{}".format(*server.get_host_and_port())
    settings = {
        "JANUS_S3_ENDPOINT": address, "JANUS_S3_ACCESS_KEY": "of-tests",
        "JANUS_S3_SECRET_KEY": "of-tests", "JANUS_LAKE_URL": "s3://bank/lake",
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    get_settings.cache_clear()
    client = boto3.client(
        "s3", endpoint_url=address, region_name="us-east-1", aws_access_key_id="of-tests",
        aws_secret_access_key="of-tests",
    )  # fmt: skip
    client.create_bucket(Bucket="bank")
    yield client
    server.stop()


def test_a_matrix_goes_from_one_bucket_into_a_lake_in_it(warehouse, on_s3, monkeypatch):
    from janus_warehouse.assays.lake import door
    from janus_warehouse.assays.lake.quality import differences, figures
    from janus_warehouse.assays.lake.slices import slice_lake
    from janus_warehouse.assays.lake.strays import remove, strays
    from janus_warehouse.deliveries import find_deliveries, ingest
    from janus_warehouse.platform.settings import get_settings

    lay_bank(warehouse)
    numbers = counts(40)
    returned = lay_matrix(warehouse, "2019", {"mirna.tsv": tsv(numbers)})
    for path in warehouse.landing.rglob("*"):
        if path.is_file():
            key = f"landing/{path.relative_to(warehouse.landing).as_posix()}"
            on_s3.upload_file(str(path), "bank", key)
    monkeypatch.setenv("JANUS_LANDING_URL", "s3://bank/landing")
    get_settings.cache_clear()
    assert find_deliveries("assay") == [returned]

    def dies(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(door, "note_append", dies)
        with pytest.raises(KeyboardInterrupt):
            ingest(returned)
    assert ingest(returned).state == "accepted"

    keys = [o["Key"] for o in on_s3.list_objects_v2(Bucket="bank", Prefix="lake/")["Contents"]]
    assert any(key.endswith(".parquet") for key in keys)
    assert not (warehouse.home / "lake").exists()
    chosen = pl.DataFrame(pl.from_arrow(slice_lake(PLATFORM, [rna(3)])))
    assert (chosen.height, chosen["value"].sum()) == (SENT, numbers[3].sum())
    found = figures(PLATFORM)
    assert found["n_values"].sum() == 40 * SENT, "once, although it was appended before the crash"
    assert differences(found, "analytes").is_empty()

    left = f"lake/assay/{PLATFORM}/data/{returned}-0123456789ab-00-000000.parquet"
    on_s3.put_object(Bucket="bank", Key=left, Body=b"half a file")
    assert [one.path for one in strays()] == [f"bank/{left}"]
    remove(strays())
    assert strays() == [] and figures(PLATFORM)["n_values"].sum() == 40 * SENT
    check_release(warehouse, on_s3)


def check_release(warehouse, on_s3) -> None:
    """See that a release pins what is in the bucket, and tells of a file that is not any more."""
    from janus_warehouse.releases import cut_release, verify_release
    from janus_warehouse.releases.cells import analytes_of

    as_built(warehouse)
    release = cut_release("2022.1")
    [file] = release.lake[PLATFORM].files
    assert verify_release("2022.1").problems == {}
    assert analytes_of(release, PLATFORM, "janus", [rna(3), "none"]) == {rna(3)}
    on_s3.delete_object(Bucket="bank", Key=f"lake/assay/{PLATFORM}/{file.name}")
    assert verify_release("2022.1").problems == {f"assay.{PLATFORM} {file.name}": "is missing"}
