"""The console: static files built from `agent_console/`, and `index.html` for every page of the app."""

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

STATIC = Path(__file__).parent / "static"

_NOT_BUILT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Console not built</title>
<h1>The console has not been built</h1>
<p>This installation runs from source. Build the console once with
<code>cd agent_console &amp;&amp; npm ci &amp;&amp; npm run build</code>, then reload this page.</p>
<p lang="zh">控制台尚未构建。请运行上面的命令，然后刷新本页。</p></html>"""


class Console(StaticFiles):
    """Serves files; an address without a file name is a page of the app."""

    def __init__(self, directory: Path = STATIC) -> None:
        super().__init__(directory=directory, check_dir=False)
        self.config_checked = True  # without a build there is no directory, and a page that says so
        self._index = directory / "index.html"

    async def get_response(self, path: str, scope: Scope) -> Response:
        if path == "." or path == "index.html":
            return self._page()
        try:
            response = await super().get_response(path, scope)
        except HTTPException as error:
            is_page = error.status_code == 404 and "." not in Path(path).name
            if not is_page or path.split("/")[0] in ("api", "metrics"):
                raise
            return self._page()
        if path.startswith("assets/"):  # their names carry a hash of their content
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response

    def _page(self) -> Response:
        if not self._index.is_file():
            return HTMLResponse(_NOT_BUILT, 503)
        return FileResponse(self._index, headers={"Cache-Control": "no-cache"})
