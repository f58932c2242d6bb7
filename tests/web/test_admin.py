"""The administrators' site: to look at, behind the one sign-in page."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import Client

from annotator.accounts.models import Person
from annotator.accounts.services import create_person

pytestmark = pytest.mark.django_db


def test_sign_in_to_the_admin_site_goes_through_the_one_sign_in_page() -> None:
    reply = Client().get("/admin/", follow=True)
    assert reply.redirect_chain[-1][0].startswith("/login?next=/admin/")


def test_every_page_of_the_admin_site_opens_and_none_can_change_anything() -> None:
    client = Client()
    root = Person.objects.get(pk=create_person(username="root", administrator=True))
    client.force_login(root)
    checked = 0
    for model in apps.get_models():
        if not model.__module__.startswith("annotator.") or not admin.site.is_registered(model):
            continue
        label, name = model.__module__.split(".")[1], model.__name__.lower()
        address = f"/admin/{label}/{name}/"
        assert client.get(address).status_code == 200, address
        assert client.get(f"{address}add/").status_code == 403, address
        checked += 1
    assert checked >= 25


def test_others_do_not_get_in() -> None:
    client = Client()
    client.force_login(Person.objects.get(pk=create_person(username="ann")))
    chain = client.get("/admin/", follow=True).redirect_chain
    assert "/" in [address for address, _ in chain]
