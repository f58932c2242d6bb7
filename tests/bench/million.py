# ruff: noqa: S608 - constants of this module only
"""A large project by set-based SQL: items, texts, seats, votes, decisions and rulings.

Item n has a prompt, and a response unless n is a multiple of seven; three seats; veteran v (1 to 3)
has done it unless a hash of (n, v) ends in nought, so each has done nine tenths of the project.
Three units in ten are harmful to four of five people, who name one or two of its categories.
Veterans 4 to 8 have done as much on imported seats. Where all three voted there is a decision:
nineteen in twenty are settled, the rest are with the lead. A million items have 3,000,000 seats and
about 5,000,000 votes. Only the texts are not like real ones: they are of our own making.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Final

import psycopg
from psycopg import sql

from tests.bench import million_jury
from tests.bench.bulk import take_constraints, take_indexes
from tests.house import say

SLUG: Final = "million"
FRESH: Final = tuple(f"fresh{n}" for n in range(1, 9))
VETERANS: Final = tuple(f"veteran{n}" for n in range(1, 9))
LEAD: Final = "lead"
DOCUMENT: Final = f"""
contract = 1
[project]
slug = "{SLUG}"
name = "A million"
taxonomy = "aegis2@2.0"
targets = ["prompt", "response"]
questions = ["safety"]
overlap = 3
lease_seconds = 900
[policy]
name = "majority"
"""
TABLES: Final = (
    "intake_itemtext",
    "intake_item",
    "intake_turn",
    "intake_unit",
    "labeling_assignment",
    "labeling_annotation",
    "labeling_vote",
    "quality_decision",
    "quality_ruling",
)

_DONE: Final = "(hashint8extended({n}, {v}) & 1023) %% 10 <> 0"
_RANDOM_ID: Final = "translate(encode(uuid_send(gen_random_uuid()), 'base64'), '+/=', '-_')"
_RING: Final = (
    "(('x' || left(encode(sha256(convert_to(p.seed || E'\\x1f' || i.id || E'\\x1f' || v.v,"
    " 'UTF8')), 'hex'), 8))::bit(32) >> 1)::bigint"
)
_ASKS: Final = (
    """CASE WHEN i.line %% 7 = 0 THEN '{"prompt": ["safety"]}'"""
    """ ELSE '{"prompt": ["safety"], "response": ["safety"]}' END::jsonb"""
)

_STEPS: Final[tuple[tuple[str, str], ...]] = (
    (
        "texts",
        """
        CREATE UNLOGGED TABLE bench_text AS
        SELECT n, part, text, encode(sha256(convert_to(text, 'UTF8')), 'hex') AS digest
        FROM generate_series(1, %(items)s) n,
        LATERAL (VALUES
            ('prompt', 'Question ' || n || ': how do I bake bread of kind ' || n %% 997
             || repeat(', with rye and a long rest', 1 + n %% 12) || '?'),
            ('response', 'Answer ' || n || ': knead it'
             || repeat(', let it rise in a warm place', 2 + n %% 25) || '.')
        ) t(part, text)
        WHERE part = 'prompt' OR n %% 7 <> 0;
        INSERT INTO intake_itemtext (digest, text) SELECT digest, text FROM bench_text;
        """,
    ),
    (
        "items",
        f"""
        INSERT INTO intake_item (project_id, batch_id, line, public_id, external_id, digest,
            language, source, model, reconstruction_id, metadata, state, band)
        SELECT %(project)s, %(batch)s, n, {_RANDOM_ID}, 'row-' || n,
            encode(sha256(convert_to('item' || n, 'UTF8')), 'hex'), 'en', '', '', '', '{{}}',
            CASE WHEN done = 0 THEN 'open' WHEN done < 3 THEN 'in_work'
                WHEN n %% 20 = 3 THEN 'with_lead' ELSE 'settled' END, 5
        FROM generate_series(1, %(items)s) n, LATERAL (
            SELECT count(*) AS done FROM generate_series(1, 3) v WHERE {_DONE}
        ) d;
        """.replace("{n}", "n").replace("{v}", "v"),
    ),
    (
        "turns and units",
        """
        INSERT INTO intake_turn (item_id, position, role, target, text_id)
        SELECT i.id, CASE part WHEN 'prompt' THEN 0 ELSE 1 END,
            CASE part WHEN 'prompt' THEN 'user' ELSE 'assistant' END, part, t.digest
        FROM bench_text t JOIN intake_item i ON i.batch_id = %(batch)s AND i.line = t.n;
        INSERT INTO intake_unit (project_id, item_id, target, position, state)
        SELECT i.project_id, i.id, part, CASE part WHEN 'prompt' THEN 0 ELSE 1 END,
            CASE i.state WHEN 'settled' THEN 'settled' WHEN 'with_lead' THEN 'adjudicate'
                ELSE 'open' END
        FROM bench_text t JOIN intake_item i ON i.batch_id = %(batch)s AND i.line = t.n
        ORDER BY t.n, part;
        """,
    ),
    (
        "seats",
        f"""
        INSERT INTO labeling_assignment (public_id, project_id, item_id, kind, reason, state,
            round, number, asks, band, ring, person_id, holders, lease, skip_reason, skip_note,
            created_at, ended_at)
        SELECT {_RANDOM_ID}, i.project_id, i.id, 'label', 'first_pass',
            CASE WHEN done THEN 'done' ELSE 'open' END, 1, v.v, {_ASKS}, 5, {_RING},
            CASE WHEN done THEN v.person END,
            CASE WHEN done THEN jsonb_build_array(v.person) ELSE '[]' END,
            CASE WHEN done THEN 'seeded' ELSE '' END, '', '',
            now(), CASE WHEN done THEN now() END
        FROM intake_item i JOIN catalog_project p ON p.id = i.project_id
        CROSS JOIN unnest(%(veterans)s::bigint[]) WITH ORDINALITY v(person, v),
        LATERAL (SELECT {_DONE} AS done) d
        WHERE i.batch_id = %(batch)s AND v.v <= 3;
        """.replace("{n}", "i.line").replace("{v}", "v.v"),
    ),
    (
        "imported seats",
        f"""
        INSERT INTO labeling_assignment (public_id, project_id, item_id, kind, reason, state,
            round, number, asks, band, ring, person_id, holders, lease, skip_reason, skip_note,
            created_at, ended_at)
        SELECT {_RANDOM_ID}, i.project_id, i.id, 'label', 'imported', 'done', 1, v.v, {_ASKS}, 5,
            0, v.person, jsonb_build_array(v.person), 'seeded', '', '', now(), now()
        FROM intake_item i
        CROSS JOIN unnest(%(veterans)s::bigint[]) WITH ORDINALITY v(person, v)
        WHERE i.batch_id = %(batch)s AND v.v > 3 AND {_DONE};
        """.replace("{n}", "i.line").replace("{v}", "v.v"),
    ),
    (
        "annotations",
        """
        INSERT INTO labeling_annotation (public_id, assignment_id, item_id, person_id, revision,
            latest, phase, idempotency_key, body_digest, comment, flagged, seconds,
            taxonomy_version, guideline_version, reason, guideline, contested, created_at)
        SELECT s.public_id, s.id, s.item_id, s.person_id, 1, true, 'blind', 'k' || s.id,
            repeat('0', 64), '', false, 20, 'aegis2@2.0', '', '', '', false, now()
        FROM labeling_assignment s WHERE s.project_id = %(project)s AND s.state = 'done'
            AND s.reason = 'first_pass';
        """,
    ),
    (
        "votes",
        """
        INSERT INTO labeling_vote (unit_id, question, value, categories, severity, other,
            irregular, counts, population, annotation_id)
        SELECT u.id, 'safety', v.value, CASE WHEN v.value = 'unsafe' THEN (
                SELECT jsonb_agg(DISTINCT c.id ORDER BY c.id) FROM unnest(ARRAY[
                    (%(categories)s::text[])[1 + CASE WHEN h.q >= 900 THEN h.q ELSE h.k END %% 21],
                    (%(categories)s::text[])[1 + CASE WHEN h.q < 400 THEN h.k * 7 + 3 ELSE h.k END %% 21]
                ]) c(id)
            ) ELSE '[]' END, '', '', false, true, 'first_pass', a.id
        FROM labeling_annotation a JOIN labeling_assignment s ON s.id = a.assignment_id
        JOIN intake_unit u ON u.item_id = a.item_id,
        LATERAL (SELECT hashint8extended(u.id, 1) & 1023 AS k,
            hashint8extended(u.id * 8 + s.number, 2) & 1023 AS r,
            hashint8extended(u.id * 8 + s.number, 3) & 1023 AS q) h,
        LATERAL (SELECT CASE
            WHEN h.k < 300 THEN CASE WHEN h.r < 780 THEN 'unsafe' WHEN h.r < 860
                THEN 'needs_caution' ELSE 'safe' END
            ELSE CASE WHEN h.r < 30 THEN 'unsafe' WHEN h.r < 60 THEN 'needs_caution'
                ELSE 'safe' END END AS value) v
        WHERE s.project_id = %(project)s;
        """,
    ),
    (
        "decisions and rulings",
        """
        INSERT INTO quality_decision (unit_id, question, outcome, reasons, words, evidence,
            evidence_digest, policy_version_id, fit, current, created_at)
        SELECT u.id, 'safety',
            CASE i.state WHEN 'settled' THEN 'settled' ELSE 'adjudicate' END, '[]',
            'Three people voted.', '{}', repeat('0', 64), %(policy)s, '', true, now()
        FROM intake_item i JOIN intake_unit u ON u.item_id = i.id
        WHERE i.project_id = %(project)s AND i.state IN ('settled', 'with_lead');
        INSERT INTO quality_ruling (unit_id, question, value, categories, category_counts,
            severity, source, rule, contested, decision_id, current, created_at)
        SELECT unit_id, question, 'safe', '[]', '[]', '', 'human_majority', 'majority', false, id,
            true, now()
        FROM quality_decision WHERE outcome = 'settled';
        """,
    ),
)

_SESSIONS: Final = """
    INSERT INTO labeling_session (person_id, project_id, started_at, ended_at, last_seen_at,
        active_seconds, submitted, skipped)
    SELECT s.person_id, s.project_id, now(), now(), now(), 0, count(*), 0
    FROM labeling_assignment s
    WHERE s.state = 'done' AND NOT EXISTS (SELECT FROM labeling_session e
        WHERE e.person_id = s.person_id AND e.project_id = s.project_id AND e.submitted > 0)
    GROUP BY 1, 2
"""


def remember_sessions(url: str) -> None:
    """Let who has done something have a session that says so: the product looks at who did least."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SESSIONS)


def seed(url: str, items: int, *, jury: bool = False) -> Mapping[str, int]:
    """Fill an applied project whose people are there; return how many rows each table got.

    With `jury` its jurors have answered everything. Indexes and uniqueness are taken away and
    built once at the end.
    """
    tables = TABLES + (million_jury.TABLES if jury else ())
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET synchronous_commit = off")
        connection.execute("SET work_mem = '256MB'")
        connection.execute("SET maintenance_work_mem = '1GB'")
        values = _values(connection, items)
        put_back = take_constraints(connection, tables) + take_indexes(connection, tables)
        for name, statements in _STEPS + (million_jury.STEPS if jury else ()):
            began = time.monotonic()
            for statement in filter(str.strip, statements.split(";\n")):
                connection.execute(sql.SQL(statement), values)
            say(f"seeded {name}: {time.monotonic() - began:.1f} s")
        connection.execute("DROP TABLE bench_text")
        began = time.monotonic()
        for definition in put_back:
            connection.execute(definition)
        say(f"indexes: {time.monotonic() - began:.1f} s")
        for table in tables:
            connection.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
        connection.execute("CHECKPOINT")
        return {table: _count(connection, table) for table in tables}


def _values(connection: psycopg.Connection, items: int) -> dict[str, object]:
    project = _one(connection, "SELECT id FROM catalog_project WHERE slug = %s", SLUG)
    policy = _one(connection, "SELECT id FROM catalog_policyversion WHERE project_id = %s", project)
    people: dict[str, int] = dict(
        connection.execute("SELECT username, id FROM accounts_person").fetchall()
    )
    batch = _one(
        connection,
        "INSERT INTO intake_batch (project_id, number, filename, sha256, rows, imported,"
        " already_present, rejected, id_reused, duplicate_text, created_at)"
        " VALUES (%s, 1, 'rows.jsonl', repeat('0', 64), %s, %s, 0, 0, 0, 0, now()) RETURNING id",
        project,
        items,
        items,
    )
    return {
        "items": items,
        "project": project,
        "policy": policy,
        "batch": batch,
        "veterans": [people[name] for name in VETERANS],
        "categories": _categories(connection, project),
    }


def _categories(connection: psycopg.Connection, project: int) -> list[str]:
    row = connection.execute(
        "SELECT t.document FROM catalog_taxonomy t JOIN catalog_project p ON p.taxonomy_id = t.id"
        " WHERE p.id = %s",
        [project],
    ).fetchone()
    if row is None:
        raise LookupError(project)
    return [category["id"] for category in row[0]["categories"]]


def _count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    ).fetchone()
    return int(row[0]) if row else 0


def _one(connection: psycopg.Connection, query: str, *values: object) -> int:
    row = connection.execute(query.encode(), values).fetchone()
    if row is None:
        raise LookupError(query)
    return int(row[0])
