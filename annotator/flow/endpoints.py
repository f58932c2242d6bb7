"""Which addresses a juror may have: public hosts, and what the administrator allowed by name."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from django.conf import settings

from annotator.core.errors import Invalid, Unavailable
from annotator.panel.models import SCRIPTED

__all__ = ["SCRIPTED", "permitted"]

PORTS = {"http": 80, "https": 443}


def permitted(base_url: str) -> None:
    """Raise Invalid unless a juror may be asked at this address.

    Private, loopback and link-local addresses, also those a name resolves to, need an entry
    `host:port` in JURY_ALLOWED_HOSTS. Raises Unavailable for a name that does not resolve.
    """
    try:
        parts = urlsplit(base_url)
        host, given = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:  # brackets that do not close, a port beyond all ports
        message = f"{base_url!r} is not an http(s) address."
        raise Invalid(message, fields={"base_url": message}) from None
    if parts.scheme not in PORTS or not host:
        message = f"{base_url!r} is not an http(s) address."
        raise Invalid(message, fields={"base_url": message})
    if parts.username or parts.password:
        raise Invalid("A juror's address holds no user name.", fields={"base_url": "no userinfo"})
    port = given or PORTS[parts.scheme]
    if f"{host}:{port}" in settings.JURY_ALLOWED_HOSTS:
        return
    for address in _addresses(host, port):
        if not address.is_global:
            message = (
                f"{host}:{port} is not a public address; the administrator can allow it in "
                "JURY_ALLOWED_HOSTS."
            )
            raise Invalid(message, fields={"base_url": message})


def _addresses(host: str, port: int) -> list[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:  # the latter for a label of more than 63 letters
        message = f"The host {host} cannot be found."
        raise Unavailable(message) from error
    addresses = []
    for entry in found:
        address = ipaddress.ip_address(str(entry[4][0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        addresses.append(mapped or address)
    return addresses
