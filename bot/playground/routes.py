"""Which address does what."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

from aiohttp import web
from aiohttp.typedefs import Handler

from bot.playground.admin import Admin
from bot.playground.api import Api, drop
from bot.playground.limits import most
from bot.playground.live import Live
from bot.playground.methods_files import receive
from bot.playground.person import Person
from bot.playground.values import Refused
from bot.playground.world import World

PAGE = Path(__file__).parent / "page"
_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@web.middleware
async def at_home(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Only for this machine: another site's page in a browser here must not get in."""
    host = (urlsplit(f"//{request.host}").hostname or "").lower()
    origin = request.headers.get("Origin")
    if host not in ("127.0.0.1", "localhost") or (origin and urlsplit(origin).netloc != request.host):
        return web.Response(status=403, text="this is for 127.0.0.1 only")
    return await handler(request)


def application(world: World, live: Live) -> web.Application:
    app = web.Application(middlewares=[at_home], client_max_size=most("upload.bytes"))
    person, rest, admin = Person(world, live), Rest(world), Admin(world)
    app.router.add_route("*", "/api/{method}", Api(world).answer)
    app.router.add_get("/link", rest.link)
    app.router.add_post("/response/{ident}", rest.response)
    app.router.add_post("/upload/{ident}", rest.upload)
    app.router.add_get("/files/{ident}/{name}", rest.file)
    app.router.add_get("/person/state", person.state)
    app.router.add_get("/person/wait", person.wait)
    app.router.add_get("/person/live", live.connect)
    app.router.add_post("/person/{verb}", person.post)
    app.router.add_get("/admin/{what}", admin.look)
    app.router.add_post("/admin/{what}", admin.do)
    app.router.add_delete("/admin/{what}", admin.clear)
    app.router.add_get("/", rest.page)
    app.router.add_get("/page/{file:.+}", rest.page)
    return app


class Rest:
    def __init__(self, world: World) -> None:
        self._world = world

    async def link(self, request: web.Request) -> web.StreamResponse:
        if self._world.faults.silent:
            return drop(request)
        return await self._world.sockets.connect(request)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """A response_url."""
        return await self._struck(request, "response_url", self._answered)

    async def upload(self, request: web.Request) -> web.StreamResponse:
        return await self._struck(request, "upload", self._taken)

    async def _struck(
        self, request: web.Request, name: str, deed: Callable[[web.Request], Awaitable[web.Response]]
    ) -> web.StreamResponse:
        """With what goes wrong on purpose: nothing done, or done and the answer lost."""
        faults = self._world.faults
        if faults.silent:
            return drop(request)
        if faults.beside("server_errors", name):
            return web.Response(status=500, text="fatal_error")
        if faults.beside("storms", name):
            return web.Response(status=429, headers={"Retry-After": str(faults.retry_after)})
        answer = await deed(request)
        return drop(request) if faults.beside("lost_answers", name) else answer

    async def _answered(self, request: web.Request) -> web.Response:
        try:
            body = json.loads(await request.text())
            self._world.responses.answer(request.match_info["ident"], body)
        except Refused as refused:
            status = 404 if refused.error.endswith("_url") else 400
            return web.json_response(refused.body(), status=status)
        except (ValueError, AttributeError):
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        return web.Response(text="ok")

    async def _taken(self, request: web.Request) -> web.Response:
        content = await request.read()
        if request.content_type == "multipart/form-data":
            return web.Response(status=400, text="send the bytes themselves")
        try:
            receive(self._world, request.match_info["ident"], content)
        except Refused as refused:
            return web.Response(status=400, text=refused.error)
        return web.Response(text=f"OK - {len(content)}")

    async def file(self, request: web.Request) -> web.StreamResponse:
        """For the app with its token; for a person with their name, or from the page, as with its cookie."""
        if self._world.faults.silent:
            return drop(request)
        if not self._may_read(request):
            raise web.HTTPFound("/?redir=" + request.path)  # Slack sends who has no token to its login
        ident = request.match_info["ident"]
        file, content = self._world.space.files.get(ident), self._world.space.contents.get(ident)
        if file is None or content is None:
            raise web.HTTPNotFound
        kind = file["mimetype"]
        safe = kind if kind.startswith("image/") and kind != "image/svg+xml" else "text/plain"
        charset = None if safe.startswith("image/") else "utf-8"
        headers = {"X-Content-Type-Options": "nosniff"}
        return web.Response(body=content, content_type=safe, charset=charset, headers=headers)

    def _may_read(self, request: web.Request) -> bool:
        seed, space = self._world.seed, self._world.space
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token:
            granted = seed.scopes is None or "files:read" in seed.scopes
            return token == seed.bot_token and granted and not self._world.faults.revoked
        inside = request.headers.get("Sec-Fetch-Site") in ("same-origin", "none")
        return inside or request.query.get("as") in space.users

    async def page(self, request: web.Request) -> web.StreamResponse:
        path = (PAGE / request.match_info.get("file", "index.html")).resolve()
        if not path.is_relative_to(PAGE.resolve()) or not path.is_file():
            raise web.HTTPNotFound
        kind = _TYPES.get(path.suffix, "text/plain")
        charset = None if kind == "image/png" else "utf-8"
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return web.Response(body=path.read_bytes(), content_type=kind, charset=charset, headers=headers)
