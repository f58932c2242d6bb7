"""A project file (project.toml) as checked values; nothing here touches the database."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from annotator.catalog.presets import PresetError, load_taxonomy
from annotator.catalog.queries import TargetView
from annotator.core.errors import Invalid
from annotator.flow.endpoints import SCRIPTED
from annotator.flow.toml_table import Table
from annotator.intake.targets import EVERY_MESSAGE, TARGETS, declarable
from annotator.panel.services import JurorSettings
from jury.dialects import DIALECTS
from jury.policy.base import Policy, PolicyError
from jury.policy.parts import PARTS, ByPart
from jury.policy.registry import load_policy
from jury.taxonomy import Taxonomy
from jury.verdict import PAIR_TARGET, PRESETS, QuestionSchema, safety_schema

CONTRACT: Final = 1
SLUG: Final = re.compile(r"[a-z0-9-]{1,50}")
USERNAME: Final = re.compile(r"[\w.@+-]{1,150}")
ROLES: Final = ("annotator", "adjudicator", "manager", "auditor")
REVEALS: Final = ("never", "after_submit", "randomised")
_ENV: Final = re.compile(r"env:[A-Za-z_][A-Za-z0-9_]*")
_HUGE: Final = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Endpoint:
    """What jurors without an address of their own use."""

    base_url: str = ""
    api_key: str = ""


@dataclass(frozen=True, slots=True)
class ProjectFile:
    """All that a project file says, checked, with its defaults."""

    slug: str
    fields: Mapping[str, object]
    taxonomy: Taxonomy
    targets: tuple[TargetView, ...]
    questions: tuple[QuestionSchema, ...]
    policy: Policy
    jurors: tuple[JurorSettings, ...]
    members: tuple[tuple[str, str], ...]


def read_project_file(
    document: Mapping[str, object], *, folder: Path | None = None, endpoint: Endpoint
) -> ProjectFile:
    """Return what a project file says.

    Args:
        document: The TOML file as a mapping.
        folder: Where a relative path of a taxonomy starts.
        endpoint: What jurors without base_url use.

    Raises:
        Invalid: With a sentence for every key that is unknown, missing or wrong.
    """
    root = Table(document, "", {})
    if root.integer("contract", -1, 1, _HUGE) != CONTRACT:
        root.problem("contract", f"must be {CONTRACT}.")
    head = root.table("project")
    taxonomy = _taxonomy(head, folder)
    slug = head.text("slug")
    if slug and not SLUG.fullmatch(slug):
        head.problem("slug", "must be 1 to 50 of a-z, 0-9 and -.")
    fields = _fields(head, root.table("budget"))
    declared = head.choices("targets", declarable())
    questions = _questions(head, severity=bool(fields["severity"]))
    head.done()
    policy = _policy(root.table("policy"), taxonomy, overlap=int(str(fields["overlap"])))
    jurors = tuple(_juror(table, endpoint) for table in root.tables("juror"))
    members = tuple(_member(table) for table in root.tables("member"))
    _each_once(root, "juror", [juror.name for juror in jurors])
    _each_once(root, "member", [username for username, _ in members])
    root.done()
    targets = _targets(head, declared, questions, policy) if policy else ()
    if root.problems or taxonomy is None or policy is None:
        raise Invalid("The project file is not valid.", fields=root.problems)
    return ProjectFile(
        slug=slug,
        fields=fields,
        taxonomy=taxonomy,
        targets=targets,
        questions=questions,
        policy=policy,
        jurors=jurors,
        members=members,
    )


def _fields(head: Table, budget: Table) -> dict[str, object]:
    found = {
        "name": head.text("name"),
        "overlap": head.integer("overlap", 3, 1, 99),
        "lease_seconds": head.integer("lease_seconds", 900, 30, 86_400),
        "reveal": head.choice("reveal", REVEALS, "never"),
        "severity": head.flag("severity", default=False),
        "seed": head.integer("seed", 1, -_HUGE, _HUGE),
        "spend_limit": budget.number("spend", None, 0.0, 1e9),
        "price_per_label": budget.number("per_label", None, 0.0, 1e6),
        "price_per_hour": budget.number("per_hour", None, 0.0, 1e6),
    }
    budget.done()
    return found


def _taxonomy(head: Table, folder: Path | None) -> Taxonomy | None:
    ref = head.text("taxonomy", longest=500)
    if not ref:
        return None
    is_path = ref.endswith((".yaml", ".yml"))
    try:
        return load_taxonomy((folder or Path()) / ref if is_path else ref)
    except PresetError as error:
        head.problem("taxonomy", str(error))
        return None


def _questions(head: Table, *, severity: bool) -> tuple[QuestionSchema, ...]:
    graded = safety_schema(severity=severity)
    return tuple(
        graded if key == graded.key else PRESETS[key]
        for key in head.choices("questions", tuple(PRESETS))
    )


def _policy(table: Table, taxonomy: Taxonomy | None, *, overlap: int) -> Policy | None:
    name = table.text("name", "majority")
    options = {**table.table("options").values}
    if table.values.get(PARTS) is not None:
        options[PARTS] = [dict(part.values) for part in table.tables(PARTS)]
    table.done()
    if taxonomy is None:
        return None
    try:
        return load_policy(name, options, taxonomy=taxonomy, overlap=overlap)
    except PolicyError as error:
        table.problem("options", str(error))
        return None


def _targets(
    head: Table, declared: Sequence[str], questions: Sequence[QuestionSchema], policy: Policy
) -> tuple[TargetView, ...]:
    """Return declared, derived and following targets; note what does not go together."""
    wanted = policy.human_targets
    if wanted is not None and set(declared) != set(wanted):
        head.problem("targets", f"the policy {policy.name} judges {', '.join(wanted)} only.")
    if EVERY_MESSAGE & set(declared) and len(declared) > 1:
        names = ", ".join(sorted(EVERY_MESSAGE))
        head.problem("targets", f"{names} names every message, so it stands alone.")
    found = [_target(key) for key in declared]
    found += [
        _target(key, people=False, jury=TARGETS[key].asks_jury_when_derived)
        for key in policy.derived_targets
        if key not in declared
    ]
    if any(question.applies_to(PAIR_TARGET) for question in questions):
        lacking = [key for key in ("response_0", "response_1") if key not in declared]
        if lacking:
            head.problem("targets", f"comparing needs {' and '.join(lacking)} too.")
        found.append(_target(PAIR_TARGET))
    if isinstance(policy, ByPart):
        _check_parts(head, policy, [target.key for target in found], questions)
    for question in questions:
        if not any(question.applies_to(target.key) for target in found):
            head.problem("questions", f"{question.key} is asked of no target of the project.")
    return tuple(found)


def _check_parts(
    head: Table, policy: ByPart, targets: Sequence[str], questions: Sequence[QuestionSchema]
) -> None:
    """Note a part of the policy about what the project does not judge."""
    known = {question.key for question in questions}
    for part in policy.parts:
        if part.target and part.target not in targets:
            head.problem("targets", f"policy.for names {part.target}, which is not judged here.")
        if part.question and part.question not in known:
            head.problem("questions", f"policy.for names {part.question}, which is not asked here.")


def _target(key: str, *, people: bool = True, jury: bool = True) -> TargetView:
    preset = TARGETS[key]
    return TargetView(key, preset.title, preset.badge, people, jury)


def _juror(table: Table, endpoint: Endpoint) -> JurorSettings:
    own = table.values.get("base_url") is not None
    found = JurorSettings(
        name=table.text("name", longest=60),
        base_url=_base_url(table, endpoint),
        model=table.text("model"),
        family=table.text("family", "", longest=100),
        dialect=table.choice("dialect", tuple(sorted(DIALECTS)), "judge"),
        api_key=_api_key(table, "" if own else endpoint.api_key),
        in_flight=table.integer("in_flight", 64, 1, 512),
        rpm=table.integer("rpm", 0, 0, _HUGE),
        tpm=table.integer("tpm", 0, 0, _HUGE),
        price_in=table.number("price_in", None, 0.0, 1e6),
        price_out=table.number("price_out", None, 0.0, 1e6),
        timeout_seconds=table.number("timeout_seconds", 60.0, 0.1, 3600.0) or 60.0,
        attempts=table.integer("attempts", 5, 1, 100),
    )
    table.done()
    return found


def _base_url(table: Table, endpoint: Endpoint) -> str:
    url = table.text("base_url", endpoint.base_url, longest=500)
    if not url:
        table.problem("base_url", "is missing, and OPENAI_BASE_URL is not set.")
        return ""
    if url == SCRIPTED:
        return url
    try:
        parts = urlsplit(url)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        parts, fits = None, False
    if not fits or parts is None:
        table.problem("base_url", "must be an http(s) address.")
    elif parts.username is not None or parts.password is not None:
        table.problem("base_url", "holds a user name; use api_key.")
    elif parts.query or parts.fragment:
        table.problem("base_url", "ends before ? and #.")
    return url.rstrip("/")


def _api_key(table: Table, default: str) -> str:
    key = table.text("api_key", default)
    if key and not _ENV.fullmatch(key):
        # The value itself is never repeated: it may be a key.
        table.problem("api_key", "must be env:NAME; a key is never written into the file.")
    return key


def _member(table: Table) -> tuple[str, str]:
    username = table.text("username", longest=150)
    if username and not USERNAME.fullmatch(username):
        table.problem("username", "has letters, digits and @ . + - _ only.")
    role = table.choice("role", ROLES)
    table.done()
    return username, role


def _each_once(root: Table, key: str, names: Sequence[str]) -> None:
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        root.problem(key, f"twice: {', '.join(twice)}.")
