"""A real browser for tests: Debian's Chromium, driven by Playwright; every request, complaint and error of a page is kept."""

import os
import shutil
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # whatever its dependencies still use
    playwright = pytest.importorskip("playwright.sync_api", reason="the package playwright is not installed")


@dataclass
class Heard:
    """What a page asked for and complained about."""

    requests: list = field(default_factory=list)
    complaints: list = field(default_factory=list)


@contextmanager
def browser():
    """A running Chromium without a network, or a skip that says what is missing."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no chromium on the PATH (Debian: apt-get install chromium)")
    with playwright.sync_playwright() as driver:
        # Whoever runs as root in a container has no sandbox to drop into.
        chromium = driver.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
        )
        try:
            yield chromium
        finally:
            chromium.close()


@contextmanager
def tab(chromium, *, offline=True, scheme="light", width=1400, height=950):
    """A page of its own, and what is heard from it."""
    context = chromium.new_context(offline=offline, color_scheme=scheme, viewport={"width": width, "height": height})
    page, heard = context.new_page(), Heard()
    context.on("request", lambda request: heard.requests.append(request.url))
    page.on("console", lambda message: heard.complaints.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.complaints.append(str(error)))
    page.set_default_timeout(20_000)
    try:
        yield page, heard
    finally:
        context.close()


def settle(page):
    """Wait until what was asked for is painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
