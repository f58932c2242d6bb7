"""Scripted jurors, not models: a word list behind a real endpoint, to try a project without one."""

from __future__ import annotations

from jury.providers.scripted.jurors import MODELS, ScriptedReply, judge_brief, judge_text
from jury.providers.scripted.server import ScriptedServer, build_app

__all__ = ["MODELS", "ScriptedReply", "ScriptedServer", "build_app", "judge_brief", "judge_text"]
