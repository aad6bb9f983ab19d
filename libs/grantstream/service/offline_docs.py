"""`/docs`: Swagger UI from files of an installed package, so that it works without any network."""

from importlib.resources import files
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from starlette.staticfiles import StaticFiles

_FILES_URL: Final = "/docs/files"


def add_offline_docs(api: FastAPI) -> None:
    """Adds `/docs` and the files it loads. `api` must have been made with `docs_url=None` and `redoc_url=None`."""
    api.mount(_FILES_URL, StaticFiles(directory=_swagger_files()), name="docs-files")

    async def docs() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=api.openapi_url or "/openapi.json",
            title=api.title,
            swagger_js_url=f"{_FILES_URL}/swagger-ui-bundle.js",
            swagger_css_url=f"{_FILES_URL}/swagger-ui.css",
            swagger_favicon_url=f"{_FILES_URL}/favicon.png",
        )

    api.add_api_route("/docs", docs, include_in_schema=False)


def _swagger_files() -> Path:
    # Only the files of fastapi-offline are used: the released Swagger UI, in a maintained wheel.
    return Path(str(files("fastapi_offline").joinpath("static")))
