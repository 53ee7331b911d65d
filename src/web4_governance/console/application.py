"""Puts the pages together: which address is which page, the two files beside them, and what an error looks like."""

from __future__ import annotations

import os
import sys
from importlib import metadata

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from web4_governance import __version__
from web4_governance.app.visible import safe
from web4_governance.console.desk import Desk
from web4_governance.console.pages import call, files, policy, proofs, sessions, timeline, trust
from web4_governance.console.paper import HERE
from web4_governance.core.errors import InputError, Web4Error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

PAGES = (timeline, call, sessions, files, trust, policy, proofs)
# htmx as its package carries it; the package's own code, and the framework it is made for, are never imported.
CARRIER = ("django-htmx", "django_htmx/static/django_htmx/htmx-2.min.js")
OWN = {"console.css": "text/css", "icon.svg": "image/svg+xml"}
HTMX = "htmx.js"


def application(home: str, *, root: str, policy: str = "") -> ASGIApp:
    """Give the pages of a home below `root`; `policy` is a file that the what-if offers, UsageError where it names none."""
    files = assets()
    desk = Desk(home, root=root, policy=policy, given={"htmx": HTMX in files, "version": __version__})

    def asset(request: Request) -> Response:
        found = files.get(request.path_params["name"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1])

    async def failed(_request: Request, error: Exception) -> Response:
        return _failed(desk, error)

    routes = [Route("/static/{name}", asset), *(route for page in PAGES for route in page.routes(desk))]
    return Starlette(routes=routes, exception_handlers=dict.fromkeys((Web4Error, HTTPException, Exception), failed))


def assets() -> dict[str, tuple[bytes, str]]:
    """Give the files that pages ask for, by name, each with its type: a fixed few, read once; htmx where it is installed."""
    found: dict[str, tuple[bytes, str]] = {}
    for name, kind in OWN.items():
        with open(os.path.join(HERE, "static", name), "rb") as file:
            found[name] = (file.read(), kind)
    script = _htmx()
    return {**found, HTMX: (script, "text/javascript")} if script else found


def _htmx() -> bytes:
    name, path = CARRIER
    try:
        with open(str(metadata.distribution(name).locate_file(path)), "rb") as file:
            return file.read()
    except (metadata.PackageNotFoundError, OSError):
        return b""


def _failed(desk: Desk, error: Exception) -> Response:
    if isinstance(error, Web4Error):
        status = 400 if isinstance(error, InputError) else 503
        return desk.paper.page("failed.html", status=status, title="Not so", message=error.message, hint=error.hint)
    if isinstance(error, HTTPException):
        return desk.paper.page(
            "failed.html", status=error.status_code, title="Not here", message="there is no such page", hint=""
        )
    # A fault of ours: the page says so, and the terminal names it in letters that steer nothing.
    sys.stderr.write(f"web4 console: a page failed: {safe(f'{type(error).__name__}: {error}')}\n")
    return desk.paper.page(
        "failed.html", status=500, title="This went wrong", message="the page could not be made", hint=""
    )
