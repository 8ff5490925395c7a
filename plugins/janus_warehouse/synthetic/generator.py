"""Writing the whole synthetic bank as deliveries in a landing zone."""

import hashlib
import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

from janus_warehouse.deliveries.manifest import MANIFEST, DeliveredFile, Manifest
from janus_warehouse.synthetic import (
    census,
    completeness,
    earlier_inventory,
    registries,
)
from janus_warehouse.synthetic.answers import AnswerKey, DeliveryAnswer, TableAnswer
from janus_warehouse.synthetic.cancers import LINKAGE_2020, LINKAGE_2022
from janus_warehouse.synthetic.dirt import Planted
from janus_warehouse.synthetic.drafts import DRAFTS, Draft
from janus_warehouse.synthetic.errors import InvalidPlanError
from janus_warehouse.synthetic.plan import Plan
from janus_warehouse.synthetic.restatement import restatement
from janus_warehouse.synthetic.returns import write_return
from janus_warehouse.synthetic.world import World, make_world
from janus_warehouse.synthetic.writing import write_manifest, write_table

OnProgress = Callable[[str, int, int], None]
_ZIPPED = {("census", "occupations")}


def generate(
    out: Path, *, scale: float, seed: int, on_progress: OnProgress | None = None
) -> AnswerKey:
    """Write a synthetic Janus as deliveries below `out`, and return what is in them.

    The bytes depend on the scale and the seed alone. A delivery's manifest is written last.

    Args:
        out: A landing zone; made if it is not there. Folders of the same names are replaced.
        scale: 1 is the whole bank of 318,628 donors.
        seed: Any whole number from 0.
        on_progress: Called with a step, the number of tables written and of all tables.

    Raises:
        InvalidPlanError: A scale outside 0.0004 to 10, or a negative seed.
    """
    if seed < 0:
        raise InvalidPlanError(f"expected a seed of 0 or more, found {seed}; write for example 1")
    report = on_progress or (lambda step, done, total: None)
    plan = Plan.at(scale)
    total = sum(len(draft.tables) or 1 for draft in DRAFTS) + 1
    report("people and tumours", 0, total)
    world = make_world(plan, seed)
    key = AnswerKey(scale=scale, seed=seed, totals=_totals(world))
    out.mkdir(parents=True, exist_ok=True)
    written: dict[str, Manifest] = {}
    done = 1
    for draft in DRAFTS:
        key.deliveries.append(
            _write(out, draft, world, written, key.completeness, _counting(report, done, total))
        )
        done += len(draft.tables) or 1
    key.deliveries += _oddities(out, written)
    first, second = (registries.cases(world, day)[0] for day in (LINKAGE_2020, LINKAGE_2022))
    key.restatements.append(restatement(first, second))
    key.tube_findings = earlier_inventory.tube_findings(world)
    key.write(out)
    report("done", total, total)
    return key


def _totals(world: World) -> dict[str, int]:
    plan = world.plan
    return {
        "donors": plan.donors,
        "donors_registered_twice": plan.registered_twice,
        "draws": plan.draws,
        "tubes": plan.tubes,
        "cases_2020": plan.cases_2020,
        "cases_2022": plan.cases_2022,
        "cases_retracted": plan.retracted,
        **census.farming_totals(world),
    }


def _counting(report: OnProgress, done: int, total: int) -> Callable[[str, int], None]:
    return lambda step, more: report(step, done + more, total)


def _write(
    out: Path,
    draft: Draft,
    world: World,
    written: dict[str, Manifest],
    matrices: dict[str, completeness.Matrix],
    report: Callable[[str, int], None],
) -> DeliveryAnswer:
    folder = _fresh(out / draft.source / draft.folder)
    name = f"{draft.source}/{draft.folder}"
    corrected = (
        written[f"{draft.source}/{draft.supersedes}"].delivery_id if draft.supersedes else None
    )
    if draft.returned is not None:
        report(f"{draft.source} {draft.folder}", 0)
        made = draft.returned(world)
        manifest = write_return(folder, made, world, draft.as_of, corrected)
        answers = [_answer(draft, table, "returned", of) for table, of in made.planted.items()]
    else:
        files, answers = _write_tables(folder, draft, world, matrices, report)
        manifest = write_manifest(folder, draft.source, draft.as_of, files, supersedes=corrected)
    written[name] = manifest
    return DeliveryAnswer(
        name, manifest.delivery_id, draft.outcome, draft.why, corrected, tuple(answers)
    )


def _write_tables(
    folder: Path,
    draft: Draft,
    world: World,
    matrices: dict[str, completeness.Matrix],
    report: Callable[[str, int], None],
) -> tuple[list[DeliveredFile], list[TableAnswer]]:
    files: list[DeliveredFile] = []
    answers = []
    for done, (table, make) in enumerate(draft.tables.items()):
        report(f"{draft.source} {table}", done)
        content, planted = make(world)
        if planted.rows == 0:
            continue  # as a sender would: a table that has nothing to say is left out
        contract = world.contracts[draft.source, table]
        compressed = (draft.source, table) in _ZIPPED
        files.append(write_table(folder, contract, content, compressed=compressed))
        answers.append(_answer(draft, table, files[-1].path, planted))
        survey = completeness.survey_of(table)
        if survey is not None:
            matrices[survey] = completeness.matrix(world, contract, content, planted)
    return files, answers


def _answer(draft: Draft, table: str, path: str, planted: Planted) -> TableAnswer:
    answer = TableAnswer.of(table, path, planted)
    if draft.outcome == "accepted":
        return answer
    return TableAnswer(table, path, answer.rows, 0, 0, {}, {}, {})


def _fresh(folder: Path) -> Path:
    # A manifest beside half-replaced files would be a damaged delivery.
    (folder / MANIFEST).unlink(missing_ok=True)
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    return folder


def _oddities(out: Path, written: dict[str, Manifest]) -> Iterator[DeliveryAnswer]:
    """Write the deliveries that are wrong as a whole, out of good ones."""
    yield _sent_again(out, written["cause_of_death/2020-12-31"], "cause_of_death", "2020-12-31")
    yield _cut_short(out, written["cancer_registry/2022-12-31"], "cancer_registry", "2022-12-31")
    first = "cancer_registry/2020-12-31"
    yield _half(out, written[first], first, date(2021, 12, 31))
    yield _still_copying(out, "census", "1999-12-31")


def _sent_again(out: Path, manifest: Manifest, source: str, original: str) -> DeliveryAnswer:
    folder = _fresh(out / source / f"{original}-sent-again")
    for file in manifest.files:
        shutil.copyfile(out / source / original / file.path, folder / file.path)
    write_manifest(folder, source, manifest.as_of, manifest.files)
    return DeliveryAnswer(
        f"{source}/{folder.name}", manifest.delivery_id, "repeated",
        f"the same content as {source}/{original}",
    )  # fmt: skip


def _cut_short(out: Path, manifest: Manifest, source: str, original: str) -> DeliveryAnswer:
    """Write a delivery whose file ends early although its checksum is that of the file."""
    folder = _fresh(out / source / f"{original}-cut-short")
    (file,) = manifest.files
    data = (out / source / original / file.path).read_bytes()
    data = data[: data.rindex(b"\n", 0, len(data) * 3 // 5) + 1]
    (folder / file.path).write_bytes(data)
    changed = file.model_copy(
        update={"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    )
    made = write_manifest(folder, source, manifest.as_of, [changed])
    rows = data.count(b"\n") - 1
    return DeliveryAnswer(
        f"{source}/{folder.name}", made.delivery_id, "refused",
        f"the manifest says {file.rows} rows and the file has {rows}",
        tables=(TableAnswer(file.table, file.path, rows, 0, 0, {}, {}, {}),),
    )  # fmt: skip


def _half(out: Path, manifest: Manifest, original: str, as_of: date) -> DeliveryAnswer:
    """Write half of a linkage with an honest manifest: whole as a file, in doubt as a linkage."""
    folder = _fresh(out / manifest.source / f"{as_of}-half")
    (file,) = manifest.files
    lines = (out / original / file.path).read_bytes().splitlines(keepends=True)
    rows = (len(lines) - 1) // 2
    data = b"".join(lines[: rows + 1])
    (folder / file.path).write_bytes(data)
    changed = file.model_copy(
        update={
            "sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data), "rows": rows,
        }
    )  # fmt: skip
    made = write_manifest(folder, manifest.source, as_of, [changed])
    return DeliveryAnswer(
        f"{manifest.source}/{folder.name}", made.delivery_id, "held",
        f"half of {original} as of a later day: fewer rows, half of them retracted",
        tables=(TableAnswer(file.table, file.path, rows, 0, 0, {}, {}, {}),),
    )  # fmt: skip


def _still_copying(out: Path, source: str, original: str) -> DeliveryAnswer:
    folder = _fresh(out / source / f"{original}-copying")
    (whole,) = (out / source / original).glob("*.gz")
    with whole.open("rb") as good, (folder / whole.name).open("wb") as part:
        part.write(good.read(64 * 1024))
    return DeliveryAnswer(f"{source}/{folder.name}", None, "copying", "there is no manifest yet")
