"""Chromium without a screen, driven through chromedriver by the WebDriver protocol (W3C).

Debian's packages ``chromium`` and ``chromium-driver`` are installed if they are missing and that can be.
"""

from __future__ import annotations

import base64
import fcntl
import json
import shutil
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from tests.peers.apt import AptError, install
from tests.peers.places import cache_dir

START_SECONDS = 60.0
_PACKAGES = ("chromium", "chromium-driver", "fonts-dejavu-core")

_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--force-color-profile=srgb",
)


class BrowserMissingError(Exception):
    """There is no browser on this machine; the text says why."""


class BrowserError(Exception):
    """What chromedriver answered instead of doing it."""


def _programs() -> tuple[str, str] | None:
    driver, browser = shutil.which("chromedriver"), shutil.which("chromium")
    return (driver, browser) if driver and browser else None


def programs() -> tuple[str, str]:
    """Paths of chromedriver and chromium; installs them first if need be. BrowserMissingError."""
    with open(cache_dir() / "chromium.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = _programs()
        if found is None:
            try:
                install(*_PACKAGES)
            except AptError as error:
                raise BrowserMissingError(f"chromium and chromedriver: {error}") from error
            found = _programs()
    if found is None:
        raise BrowserMissingError("the packages chromium and chromium-driver hold no such programs")
    return found


class Browser:
    """One window. ``profile`` is an empty folder; ``close`` ends both programs."""

    def __init__(self, profile: Path, width: int = 1280, height: int = 800) -> None:
        driver, browser = programs()
        self._process = subprocess.Popen(
            [driver, "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        try:
            self._base = f"http://127.0.0.1:{self._port()}"
            self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            chrome = {"binary": browser, "args": [*_ARGUMENTS, f"--user-data-dir={profile}"]}
            wanted = {
                "goog:chromeOptions": chrome,
                "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            }
            made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
            self._base += f"/session/{made['sessionId']}"
            self.resize(width, height)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    def _port(self) -> int:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "successfully on port" in line:
                return int(line.rstrip().rstrip(".").rpartition(" ")[2])
        raise BrowserError("chromedriver ended at once")

    def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        data = json.dumps(body or {}).encode() if method == "POST" else None
        request = urllib.request.Request(
            self._base + path, data, {"Content-Type": "application/json"}, method=method
        )
        try:
            with self._opener.open(request, timeout=START_SECONDS) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            said = json.load(error)["value"]
            raise BrowserError(f"{said['error']}: {said['message']}") from None

    def close(self) -> None:
        try:
            self._call("DELETE", "")
        finally:
            self._process.terminate()
            self._process.wait(30)

    def open(self, page: Path) -> None:
        """Load a page from a file, the pointer in its corner; its logs begin here."""
        self._move(0, 0)
        self.log("browser")
        self.log("performance")
        self._call("POST", "/url", {"url": page.resolve().as_uri()})

    def run(self, script: str, *arguments: object) -> Any:
        """The value that the body of a JavaScript function returns."""
        return self._call("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def wait(self, expression: str, *arguments: object, seconds: float = 5.0) -> Any:
        """The value of a JavaScript expression as soon as it is true; it is asked for again and again."""
        end = time.monotonic() + seconds
        while True:
            value = self.run(f"return {expression}", *arguments)
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"never true: {expression} {arguments}")
            time.sleep(0.02)

    def devtools(self, command: str, **parameters: object) -> Any:
        return self._call("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def resize(self, width: int, height: int) -> None:
        self.devtools(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """Set the user's ``prefers-color-scheme``."""
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def _centre(self, selector: str) -> tuple[int, int]:
        script = """const box = document.querySelector(arguments[0]).getBoundingClientRect();
            return [box.left + Math.min(box.width / 2, 60), box.top + box.height / 2]"""
        x, y = self.run(script, selector)
        return round(x), round(y)

    def point(self, selector: str, click: bool = False) -> None:
        """Move the pointer onto the first element that matches, and click if wanted."""
        clicks = [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        self._move(*self._centre(selector), *(clicks if click else ()))

    def _move(self, x: int, y: int, *then: dict[str, object]) -> None:
        steps: list[dict[str, object]] = [{"type": "pointerMove", "duration": 0, "x": x, "y": y}, *then]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self._call("POST", "/actions", {"actions": [mouse]})

    def press(self, *keys: str) -> None:
        """Press and release keys: characters, or names of ``KEYS``."""
        steps = [{"type": kind, "value": KEYS.get(key, key)} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": steps}]})

    def log(self, kind: str) -> list[dict[str, Any]]:
        """What the console (``browser``) or the network (``performance``) did since it was last asked."""
        entries: list[dict[str, Any]] = self._call("POST", "/se/log", {"type": kind})
        return entries

    def requests(self) -> list[str]:
        """The addresses that were asked for since the page was opened."""
        messages = [json.loads(entry["message"])["message"] for entry in self.log("performance")]
        return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]

    def screenshot(self) -> bytes:
        """The window as a PNG file."""
        return base64.b64decode(self._call("GET", "/screenshot"))


KEYS = {
    "Tab": "\ue004", "Enter": "\ue007", "Escape": "\ue00c", "PageUp": "\ue00e", "PageDown": "\ue00f",
    "End": "\ue010", "Home": "\ue011", "Left": "\ue012", "Up": "\ue013", "Right": "\ue014", "Down": "\ue015",
}  # fmt: skip
"""Keys without a character, as WebDriver writes them."""
