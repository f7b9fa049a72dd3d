"""Debian packages: of another suite, fetched by name without touching the machine's own apt; or installed.

The mirror is the one that the machine already uses. Lists, state and downloads live in a private folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_SYSTEM = Path("/etc/apt")


class AptError(Exception):
    """A package cannot be fetched; the text says why."""


@dataclass(frozen=True, slots=True)
class Mirror:
    """An archive of Debian itself: where it is and the key file that signs it, if one is named."""

    uri: str
    signed_by: str | None


def _paragraphs(text: str) -> Iterator[dict[str, str]]:
    """The fields of each paragraph of a ``.sources`` file (deb822)."""
    for block in re.split(r"\n\s*\n", re.sub(r"(?m)^#.*\n?", "", text)):
        fields = {}
        for line in block.splitlines():
            key, colon, value = line.partition(":")
            if colon and not line[:1].isspace():
                fields[key.strip().lower()] = value.strip()
        if fields:
            yield fields


_ONE_LINE = re.compile(r"deb\s+(?:\[(?P<options>[^]]*)\]\s+)?(?P<uri>\S+)\s+(?P<suite>\S+)\s+(?P<rest>.*)")


def _entries(folder: Path) -> Iterator[tuple[str, list[str], list[str], str | None]]:
    """(uri, suites, components, key file) of each enabled binary source, in both formats."""
    for path in sorted(folder.glob("sources.list.d/*.sources")):
        for fields in _paragraphs(path.read_text()):
            if fields.get("enabled", "yes").lower() == "no" or "deb" not in fields.get("types", "").split():
                continue
            for uri in fields.get("uris", "").split():
                suites, components = fields.get("suites", "").split(), fields.get("components", "").split()
                yield uri, suites, components, fields.get("signed-by")
    for path in [folder / "sources.list", *sorted(folder.glob("sources.list.d/*.list"))]:
        if not path.exists():
            continue
        for line in path.read_text().splitlines():
            match = _ONE_LINE.match(line)
            if match is not None:
                options = dict(o.partition("=")[::2] for o in (match["options"] or "").split())
                yield match["uri"], [match["suite"]], match["rest"].split(), options.get("signed-by")


def system_mirror(folder: Path = _SYSTEM, release: Path = Path("/etc/os-release")) -> Mirror:
    """The mirror from which this Debian machine gets its own packages. AptError if it is no Debian."""
    words = (
        dict(line.partition("=")[::2] for line in release.read_text().splitlines())
        if release.exists()
        else {}
    )
    codename = words.get("VERSION_CODENAME", "").strip('"')
    if words.get("ID", "").strip('"') != "debian" or not codename:
        raise AptError("this machine is no Debian")
    for uri, suites, components, signed_by in _entries(folder):
        if codename in suites and "main" in components:
            return Mirror(uri, signed_by if signed_by and signed_by.startswith("/") else None)
    raise AptError(f"no source for {codename} in {folder}")


_CONFIGURATION = """\
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
Dir::State "{root}/state";
Dir::State::status "{root}/state/status";
Dir::State::lists "{root}/lists";
Dir::Cache "{root}/cache";
Dir::Cache::archives "{root}/cache/archives";
Dir::Etc::sourcelist "{root}/suite.sources";
Dir::Etc::sourceparts "-";
Dir::Etc::preferencesparts "-";
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "{user}";
APT::Get::AllowUnauthenticated "false";
Acquire::Languages "none";
"""


class PrivateApt:
    """One suite and architecture, with all of apt's files below ``root``."""

    def __init__(self, root: Path, suite: str, architecture: str) -> None:
        self._root = root.resolve()
        self._suite = suite
        self._architecture = architecture

    def update(self) -> None:
        """Write the private configuration and fetch the suite's lists of packages."""
        mirror = system_mirror()
        for part in ("state", "lists/partial", "cache/archives/partial"):
            (self._root / part).mkdir(parents=True, exist_ok=True)
        (self._root / "state/status").touch()
        signed = f"Signed-By: {mirror.signed_by}\n" if mirror.signed_by else ""
        (self._root / "suite.sources").write_text(
            f"Types: deb deb-src\nURIs: {mirror.uri}\nSuites: {self._suite}\nComponents: main\n{signed}"
        )
        user = "root" if os.geteuid() == 0 else ""
        (self._root / "apt.conf").write_text(
            _CONFIGURATION.format(root=self._root, architecture=self._architecture, user=user)
        )
        self._apt("update")

    def packages(self, *names: str) -> list[Path]:
        """The ``.deb`` files of packages and of all that they depend on, downloaded."""
        self._apt("install", "--download-only", "--yes", "--no-install-recommends", *names)
        return sorted((self._root / "cache/archives").glob("*.deb"))

    def source(self, name: str) -> Path:
        """The upstream archive (``*.orig.tar.*``) of a source package, downloaded."""
        folder = self._root / "source"
        folder.mkdir(exist_ok=True)
        self._apt("source", "--download-only", name, cwd=folder)
        found = sorted(folder.glob(f"{name}_*.orig.tar.*"))
        if not found:
            raise AptError(f"the source package {name} has no upstream archive")
        return found[0]

    def _apt(self, *arguments: str, cwd: Path | None = None) -> None:
        command = ["apt-get", "-q", "-c", str(self._root / "apt.conf"), *arguments]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=600, cwd=cwd, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AptError(f"apt-get {arguments[0]}: {error}") from error
        if done.returncode:
            raise AptError(f"apt-get {arguments[0]}: {(done.stderr or done.stdout).strip()[-500:]}")


def unpack(packages: list[Path], folder: Path) -> None:
    """Unpack ``.deb`` files into a folder, without installing them."""
    for package in packages:
        subprocess.run(["dpkg-deb", "-x", package, folder], check=True, capture_output=True)


INSTALL_SECONDS = 900.0


def install(*packages: str) -> None:
    """Install packages on this machine as root, with what they recommend left out. AptError."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        raise AptError(f"not installed, and only root of a Debian could (packages: {' '.join(packages)})")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    options = ("-q", "-y", "-o", "DPkg::Lock::Timeout=300", "-o", "Acquire::Retries=3")
    for command in (("update",), ("install", "--no-install-recommends", *packages)):
        try:
            done = subprocess.run(
                ["apt-get", *options, *command],
                env=environment,
                capture_output=True,
                text=True,
                timeout=INSTALL_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise AptError(f"apt-get {command[0]}: {error}") from error
        if done.returncode:
            raise AptError(f"apt-get {command[0]}: {(done.stderr or done.stdout).strip()[-500:]}")
