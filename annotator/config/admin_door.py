"""The way into the administrators' site: the one sign-in page, which throttles before it hashes."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse


def sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """Send strangers to sign in, and those who are no administrators to their own start page."""
    if request.user.is_authenticated:
        return redirect("/")
    return redirect(f"{reverse('login')}?next={reverse('admin:index')}")
