"""Rules about what a return says of itself: project, laboratory, platform, approval, embargo."""

from collections.abc import Iterator

from janus_warehouse.assays.gate.context import Context
from janus_warehouse.assays.gate.findings import Finding, NotAsked
from janus_warehouse.assays.gate.landed import Form, Landed
from janus_warehouse.assays.platforms import known_platforms


def judge_form(landed: Landed, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield what is found about the form."""
    form = landed.form
    nothing = context.sent(form).is_empty()
    if context.is_at_laboratory:
        why = "the list of what was sent does not name the laboratory"
        yield NotAsked("gate.sent_to_laboratory", why)
    else:
        yield Finding(
            "gate.sent_to_laboratory", 1, int(nothing),
            f"The bank has sent nothing of project {form.project_id} to {form.laboratory}.",
        )  # fmt: skip
    yield Finding(
        "gate.platform_known", 1, int(form.platform not in known_platforms()),
        f"Platform {form.platform} is not one of {', '.join(known_platforms())}.",
    )  # fmt: skip
    ended = form.embargo_until is not None and form.embargo_until <= form.as_of
    yield Finding(
        "gate.embargo_to_come", 1, int(ended),
        f"The embargo until {form.embargo_until} was over on the day of the return, "
        f"{form.as_of}.",
    )  # fmt: skip
    if context.approval is None:
        yield from _without_approval(form, context)
        return
    over = context.valid_until is not None and context.valid_until < form.as_of
    yield Finding(
        "gate.approval_in_force", 1, int(over),
        f"The approval of project {form.project_id} ended on {context.valid_until}, before the "
        f"return of {form.as_of}.",
    )  # fmt: skip
    yield Finding(
        "gate.approval_named", 1, int(form.approval != context.approval),
        f"The return names another approval than the {context.approval!r} of the project.",
    )  # fmt: skip


def _without_approval(form: Form, context: Context) -> Iterator[Finding | NotAsked]:
    """Yield what is told of an approval that is not known: at the bank it should be."""
    if context.is_at_laboratory:
        why = "the approval of the project is not known here"
        yield NotAsked("gate.approval_in_force", why)
        yield NotAsked("gate.approval_named", why)
        return
    why = f"the bank has no specification of project {form.project_id} at hand"
    yield NotAsked("gate.approval_in_force", why)
    yield Finding(
        "gate.approval_named", 1, 1,
        f"The bank has no specification of project {form.project_id}: whether the approval "
        f"{form.approval!r} was in force nobody can tell.",
    )  # fmt: skip
