"""Addresses of the overview: the project's own address, and what stands under it."""

from __future__ import annotations

from django.urls import path

from annotator.web.overview import views, waiting

urlpatterns = [
    path("projects/<slug:slug>", views.overview, name="overview"),
    path("projects/<slug:slug>/overview/agreement", views.agreement_card, name="agreement-card"),
    path("projects/<slug:slug>/waiting", waiting.page, name="waiting"),
    path("projects/<slug:slug>/waiting/send", waiting.send, name="waiting-send"),
    path("projects/<slug:slug>/first-steps", views.take_step, name="first-steps"),
    path("projects/<slug:slug>/first-steps/dismiss", views.dismiss_steps, name="first-steps-away"),
]
