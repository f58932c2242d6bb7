"""All pages: people's own at the root, a project's under /projects/<slug>."""

from __future__ import annotations

from django.urls import include, path

from annotator.web.account.urls import urlpatterns as account
from annotator.web.asides.urls import urlpatterns as asides
from annotator.web.data.urls import root_urlpatterns as jobs
from annotator.web.data.urls import urlpatterns as data
from annotator.web.guidelines.urls import urlpatterns as guidelines
from annotator.web.home.urls import urlpatterns as home
from annotator.web.items.urls import urlpatterns as items
from annotator.web.jury.urls import urlpatterns as jury
from annotator.web.label.urls import urlpatterns as label
from annotator.web.overview.urls import urlpatterns as overview
from annotator.web.people.urls import urlpatterns as people
from annotator.web.quality.urls import urlpatterns as quality
from annotator.web.release.urls import urlpatterns as release
from annotator.web.review.urls import urlpatterns as review
from annotator.web.setup.urls import urlpatterns as setup

project = [
    *label,
    *items,
    *review,
    *people,
    *data,
    *quality,
    *asides,
    *jury,
    *release,
    *guidelines,
    *setup,
]

urlpatterns = [
    *home,
    *account,
    *jobs,
    *overview,
    path("projects/<slug:slug>/", include(project)),
]
