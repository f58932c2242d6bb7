"""Addresses of the quality page."""

from __future__ import annotations

from django.urls import path

from annotator.web.quality import views, whatif

urlpatterns = [
    path("quality", views.quality, name="quality"),
    path("quality/votes.csv", views.votes, name="quality-votes"),
    path("quality/what-if", whatif.page, name="whatif"),
    path("quality/what-if/figures", whatif.figures, name="whatif-figures"),
    path("quality/what-if/apply", whatif.apply, name="whatif-apply"),
    path("quality/runs/<int:run>/roll-back", whatif.roll_back, name="run-roll-back"),
    path("quality/runs/<int:run>/resume", whatif.resume, name="run-resume"),
    path("quality/fits", whatif.fit_now, name="fit-now"),
    path("quality/fits/<int:fit>/dismiss", whatif.dismiss, name="fit-dismiss"),
]
