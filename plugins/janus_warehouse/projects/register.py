"""Writing an approved specification into `governance.projects`."""

from psycopg.types.json import Jsonb

from janus_warehouse.platform.database import Role, connect
from janus_warehouse.platform.settings import get_settings
from janus_warehouse.projects.loading import specification_sha256
from janus_warehouse.projects.specification import Project

_UPSERT = """
insert into governance.projects as p
    (project_id, title, specification, specification_sha256, valid_until)
values (%s, %s, %s, %s, %s)
on conflict (project_id) do update
    set title = excluded.title, specification = excluded.specification,
        specification_sha256 = excluded.specification_sha256,
        valid_until = excluded.valid_until, recorded_at = clock_timestamp()
    where p.specification_sha256 <> excluded.specification_sha256
"""


def register_project(project: Project) -> bool:
    """Record a specification as the one in force; return whether that changed anything."""
    digest = specification_sha256(project)
    document = project.model_dump(mode="json")
    with connect(Role.curator) as connection:
        done = connection.execute(
            _UPSERT,
            [project.project_id, project.title, Jsonb(document), digest, project.valid_until],
        )
        if done.rowcount == 0:
            return False
        connection.execute(
            "insert into ops.audit (actor, action, subject, detail) values (%s, %s, %s, %s)",
            [
                get_settings().actor,
                "register project",
                project.project_id,
                Jsonb({"specification_sha256": digest}),
            ],
        )
    return True
