from __future__ import annotations

from annotator.core.ids import public_id


def test_no_public_id_is_taken_for_an_option_of_a_command() -> None:
    made = {public_id() for _ in range(2_000)}  # one in 64 would be
    assert len(made) == 2_000
    assert not any(each.startswith("-") for each in made)
