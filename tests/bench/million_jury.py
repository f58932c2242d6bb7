"""The answers of three jurors on every unit of the large project, by set-based SQL.

A juror takes a harmful unit for harmful four times in five, a harmless one once in thirty; a third
of its slips hang on the unit, not on the juror, so that jurors err together. It names one or two
categories. One unit in two hundred gets no answer of it. What people vote is as without a jury.
"""

from __future__ import annotations

from typing import Final

JURORS: Final = ("first", "second", "third")
DOCUMENT: Final = "".join(
    f'\n[[juror]]\nname = "{name}"\nbase_url = "scripted"\nmodel = "scripted-strict"\n'
    "price_in = 0.0\nprice_out = 0.0\n"
    for name in JURORS
)
TABLES: Final = ("panel_inquiry", "panel_opinion", "panel_vote")
STEPS: Final[tuple[tuple[str, str], ...]] = (
    (
        "inquiries",
        """
        INSERT INTO panel_inquiry (public_id, project_id, item_id, juror_version_id, purpose,
            state, owner, attempts, failures, reason, created_at, ended_at)
        SELECT replace(gen_random_uuid()::text, '-', ''), i.project_id, i.id, v.id, 'panel',
            'given', '', 1, 0, '', now(), now()
        FROM intake_item i CROSS JOIN panel_jurorversion v
        JOIN panel_juror j ON j.id = v.juror_id AND j.project_id = i.project_id
        WHERE i.project_id = %(project)s AND v.current;
        """,
    ),
    (
        "opinions",
        """
        INSERT INTO panel_opinion (inquiry_id, unit_id, state, reason, rationale, evidence_at,
            created_at)
        SELECT q.id, u.id, CASE WHEN silent THEN 'abstained' ELSE 'given' END,
            CASE WHEN silent THEN 'refused' ELSE '' END, '', now(), now()
        FROM panel_inquiry q JOIN intake_unit u ON u.item_id = q.item_id,
        LATERAL (SELECT hashint8extended(u.id * 8 + q.juror_version_id, 4) & 1023 < 5 AS silent) s
        WHERE q.project_id = %(project)s;
        """,
    ),
    (
        "votes of jurors",
        """
        INSERT INTO panel_vote (opinion_id, unit_id, question, value, categories, severity, other,
            irregular, counts)
        SELECT o.id, u.id, 'safety', v.value, CASE WHEN v.value = 'unsafe' THEN (
                SELECT jsonb_agg(DISTINCT c.id ORDER BY c.id) FROM unnest(ARRAY[
                    (%(categories)s::text[])[1 + CASE WHEN h.r %% 8 = 0 THEN h.r ELSE h.k END %% 21],
                    (%(categories)s::text[])[1 + CASE WHEN h.r %% 3 = 0 THEN h.k * 7 + 3 ELSE h.k END %% 21]
                ]) c(id)
            ) ELSE '[]' END, '', '', false, true
        FROM panel_opinion o JOIN panel_inquiry q ON q.id = o.inquiry_id
        JOIN intake_unit u ON u.id = o.unit_id,
        LATERAL (SELECT hashint8extended(u.id, 1) & 1023 AS k,
            hashint8extended(u.id * 8 + q.juror_version_id, 5) & 1023 AS r,
            hashint8extended(u.id, 6) & 1023 AS s) h,
        LATERAL (SELECT CASE WHEN h.r %% 3 = 0 THEN h.s ELSE h.r END AS slip) l,
        LATERAL (SELECT CASE WHEN (h.k < 300 AND l.slip < 820) OR (h.k >= 300 AND l.slip < 35)
            THEN 'unsafe' ELSE 'safe' END AS value) v
        WHERE q.project_id = %(project)s AND o.state = 'given';
        """,
    ),
)
