"""Addresses of items."""

from __future__ import annotations

from django.urls import path

from annotator.web.items import views

urlpatterns = [
    path("items", views.listing, name="items"),
    path("items/<str:item_id>", views.item, name="item"),
    path("items/<str:item_id>/unseal", views.unseal, name="item-unseal"),
]
