"""Progress that other processes can watch: rows in `ops.progress`, one per job and step."""

from dataclasses import dataclass

from janus_warehouse.platform.database import Role, connect

_UPSERT = """
insert into ops.progress as p (job, step, done, total, state)
values (%s, %s, %s, %s, %s)
on conflict (job, step) do update
    set done = excluded.done, total = excluded.total, state = excluded.state,
        started_at = case when excluded.done = 0 then now() else p.started_at end,
        updated_at = now()
"""


@dataclass(frozen=True)
class Progress:
    """The steps of one job, for example a delivery or a build; seen by `janus status`."""

    job: str
    role: Role = Role.loader

    def finish(self) -> None:
        """Record that no step of the job runs any more, done or not."""
        with connect(self.role, autocommit=True) as connection:
            connection.execute(
                "update ops.progress set state = 'done', updated_at = now() "
                "where job = %s and state = 'running'",
                [self.job],
            )

    def step(self, name: str, done: int, total: int | None = None, state: str = "running") -> None:
        """Record that `done` of `total` units of a step are finished."""
        with connect(self.role, autocommit=True) as connection:
            connection.execute(_UPSERT, [self.job, name, done, total, state])
