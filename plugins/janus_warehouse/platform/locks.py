"""The advisory locks of the warehouse's database, each with its number, so that none is shared."""

from enum import IntEnum


class AdvisoryLock(IntEnum):
    """What one process at a time may do, in one database."""

    migrations = 720_260_511
    contracts = 720_260_512
    build = 720_260_513
    vault = 720_260_514
    release = 720_260_515
    shipments = 720_260_517
