"""Addresses of sign-in and account."""

from __future__ import annotations

from django.urls import path

from annotator.web.account import views

urlpatterns = [
    path("login", views.login, name="login"),
    path("logout", views.logout, name="logout"),
    path("enter/<str:secret>", views.enter, name="enter"),
    path("account", views.page, name="account"),
    path("account/password", views.password, name="password"),
    path("account/preferences", views.preferences, name="preferences"),
    path("account/tokens", views.issue_token, name="token-issue"),
    path("account/tokens/<str:token_id>/revoke", views.revoke_token, name="token-revoke"),
]
