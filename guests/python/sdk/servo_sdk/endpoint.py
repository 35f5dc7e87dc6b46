"""An address that the operator types and thereby grants."""

from __future__ import annotations

SCHEMA = {"type": "string", "format": "uri", "pattern": r"^https?://[^/\s]\S*$", "x-servo-grant": "http"}
"""What the settings of a connector may say; the mark makes the host grant the origin."""


class Endpoint(str):
    """An `http` or `https` URL in the settings; the host grants its origin to the instance.

    A trailing slash is dropped, so that paths can be appended.
    """

    def __new__(cls, url: str) -> Endpoint:
        host = url.partition("://")[2]
        scheme = url.startswith(("http://", "https://"))
        if not scheme or not host or host.startswith("/") or any(char.isspace() for char in url):
            raise ValueError(f"`{url}` is not an address; write it like `http://host:8080`")
        return super().__new__(cls, url.rstrip("/"))
