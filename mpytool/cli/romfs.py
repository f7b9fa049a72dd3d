"""``mpyc romfs``: images of MicroPython's read-only file system, built, listed, taken apart and checked."""

from __future__ import annotations

import os
import sys
from contextlib import closing, redirect_stdout
from typing import TYPE_CHECKING, Any

import click

from mpytool.batch import Outcome, guarded
from mpytool.cli.compiling import CompilerCommand, compiler_options
from mpytool.cli.modules import attempt, write_output
from mpytool.cli.options import given_options
from mpytool.cli.process import cores, end_on_signals
from mpytool.cli.report import FORMATS, Reporter
from mpytool.diagnostics import Diagnostic, ToolError
from mpytool.errors import READ_FAILED
from mpytool.files import STDIN, STDIN_NAME, InputError, Job, file_diagnostic, read_file
from mpytool.manifest.variables import parse_variables
from mpytool.options import Options
from mpytool.render.text import clean

if TYPE_CHECKING:
    from mpytool.romfs.build import Build
    from mpytool.romfs.collect import Item
    from mpytool.romfs.image import Image

_FORMAT = click.option(
    "--format", "style", type=click.Choice(FORMATS), default="human", help="Of the diagnostics."
)


@click.group("romfs", short_help="Build, list, extract and verify ROMFS images.")
def command() -> None:
    """Build, list, extract and verify images of MicroPython's read-only file system (1.25 and later).

    The code of a module in such an image runs in place: importing it takes no RAM for bytecode and strings.
    """


# --- build -------------------------------------------------------------------------------------------------


@command.command("build", cls=CompilerCommand)
@click.argument("source", metavar="DIR|MANIFEST")
@click.option("-o", "--output", metavar="FILE", help="The image; - is standard output. [default: DIR.romfs]")
@click.option("--mpy/--no-mpy", default=True, help="Compile .py files, or store them as they are.")
@click.option("--exclude", multiple=True, metavar="PATTERN", help="Leave out names or paths like this.")
@click.option("--relative-names", is_flag=True, help="Embed paths in the image, not DIR/path, as names.")
@click.option(
    "--var", "variables", multiple=True, metavar="NAME=VALUE", help="$(NAME) in a manifest; repeatable."
)
@compiler_options
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")
@click.option("-v", "--verbose", is_flag=True, help="Say what is done with each file.")
@_FORMAT
@click.option("--no-cache", is_flag=True, help="Neither read nor fill the compile cache.")
def build(**given: Any) -> int:
    """Make an image of a folder, or of the files that a manifest names.

    The same files as with 'mpremote romfs build' give the same bytes. A .mpy file is stored as it is, and so
    is a .py file that has a .mpy file beside it.

    Exit status: 0 if the image was written, 1 if not, 2 for a wrong command line.
    """
    try:
        options = given_options(given)
        output = given["output"] or _default_output(given["source"])
        if given["exclude"] and not os.path.isdir(given["source"]):
            raise InputError("--exclude is for folders")
        parse_variables(given["variables"])
    except InputError as error:
        raise click.UsageError(str(error)) from None
    found: list[Build] = []
    reporter = Reporter(given["style"], 1, quiet=True)
    with end_on_signals(), reporter:
        attempt(reporter, given["source"], lambda: found.append(_collect(given, options)))
    if not found:
        return 1
    with end_on_signals():
        return _build(found[0], options, output, given)


def _default_output(source: str) -> str:
    if os.path.isdir(source):
        return source.rstrip("/" + os.sep) + ".romfs"
    raise InputError(f"'{source}' is no folder: name the image with -o")


def _collect(given: dict[str, Any], options: Options) -> Build:
    from mpytool.romfs.build import Build
    from mpytool.romfs.collect import collect_folder

    if not os.path.isdir(given["source"]):
        return Build(_from_manifest(given, options))
    items = collect_folder(
        given["source"],
        compiling=given["mpy"],
        exclude=given["exclude"],
        relative_names=given["relative_names"],
    )
    return Build(items)


def _from_manifest(given: dict[str, Any], options: Options) -> list[Item]:
    from mpytool.manifest.collect import Manifests
    from mpytool.romfs.from_manifest import collect_entries

    manifests = Manifests(parse_variables(given["variables"]))
    # What a manifest prints must not get into an image on standard output.
    with redirect_stdout(sys.stderr):
        manifests.run(given["source"])
    return collect_entries(manifests.collection.entries, options, compiling=given["mpy"])


def _build(build: Build, options: Options, output: str, given: dict[str, Any]) -> int:
    cache = None
    if not given["no_cache"]:
        from mpytool.cache import Cache, default_folder

        cache = Cache(default_folder())
    files = [item.job for item in build.items if item.job is not None]
    processes = given["jobs"] or cores()
    reporter = Reporter(given["style"], len(files), quiet=given["quiet"], verbose=given["verbose"])
    with reporter, closing(build.contents(options, cache=cache, processes=processes)) as outcomes:
        for outcome in outcomes:
            reporter.add(outcome)
    if cache is not None:
        cache.close()
    if reporter.exit_status:
        return 1
    reporter = Reporter(given["style"], 1, quiet=True)
    with reporter:
        image = build.image()
        written = attempt(reporter, output, lambda: write_output(output, image))
    if written and output != STDIN and not given["quiet"]:
        compiled = sum(item.compiled for item in build.items)
        counted = f"{_files(len(files))}, {compiled:,} compiled"
        click.echo(f"{clean(output)}: {len(image):,} bytes, {counted}")
    return reporter.exit_status


# --- list, extract, verify ---------------------------------------------------------------------------------


def _read(path: str) -> bytes:
    """The bytes of an image. ToolError if it cannot be read."""
    try:
        return read_file(path)
    except OSError as error:
        raise ToolError([file_diagnostic(READ_FAILED, _shown(path), error)]) from None


def _shown(path: str) -> str:
    return STDIN_NAME if path == STDIN else path


def _outcome(path: str, diagnostics: tuple[Diagnostic, ...]) -> Outcome:
    return Outcome(Job(path, path, STDIN), diagnostics)


@command.command("list")
@click.argument("image", metavar="IMAGE")
@click.option("--json", "as_json", is_flag=True, help="A JSON object.")
@_FORMAT
def list_entries(image: str, as_json: bool, style: str) -> int:
    """List what is in an image: size and offset of each file in bytes, and its path.

    What can be read of a damaged image is listed too. IMAGE - is standard input.

    Exit status: 0 if the image is sound, 1 if not, 2 for a wrong command line.
    """
    reporter = Reporter(style, 1, quiet=True)

    def run() -> None:
        from mpytool.romfs.read import examine

        found, findings = examine(_read(image), _shown(image))
        if found is not None:
            text = _json(found, image) if as_json else _table(found)
            write_output(STDIN, text.encode("utf-8", "backslashreplace"))
        reporter.add(_outcome(image, tuple(findings)))

    with end_on_signals(), reporter:
        try:
            attempt(reporter, image, run)
        except BrokenPipeError:  # whoever reads has seen enough
            return 1
    return reporter.exit_status


def _files(count: int) -> str:
    return f"{count:,} file" if count == 1 else f"{count:,} files"


def _table(image: Image) -> str:
    from mpytool.romfs.image import File, walk

    lines = [f"{'bytes':>9}  {'offset':>9}  path\n"]
    files = total = 0
    for path, entry in walk(image.root):
        if isinstance(entry, File):
            files += 1
            total += len(entry.data)
            lines.append(f"{len(entry.data):>9,}  {entry.offset:>#9x}  {_printable(path)}\n")
        else:
            lines.append(f"{'':>9}  {entry.offset:>#9x}  {_printable(path)}/\n")
    lines.append(
        f"{total:>9,}  {'':>9}  {files:,} file{'s' * (files != 1)} in an image of {image.size:,} bytes\n"
    )
    return "".join(lines)


def _printable(text: str) -> str:
    """Text in which nothing can end the line or steer the terminal."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in clean(text))


def _json(image: Image, path: str) -> str:
    import json

    from mpytool.romfs.image import File, walk

    entries = [
        {"path": clean(name), "kind": "file", "size": len(entry.data), "offset": entry.offset}
        if isinstance(entry, File)
        else {"path": clean(name), "kind": "folder", "offset": entry.offset}
        for name, entry in walk(image.root)
    ]
    found = {"image": path, "size": image.size, "trailing": image.trailing, "entries": entries}
    return json.dumps(found, indent=2) + "\n"


@command.command("extract")
@click.argument("image", metavar="IMAGE")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("-o", "--out-dir", metavar="DIR", help="Where to. [default: IMAGE without .romfs, and .files]")
@click.option("-q", "--quiet", is_flag=True, help="Nothing but errors.")
@_FORMAT
def extract_files(image: str, paths: tuple[str, ...], out_dir: str | None, quiet: bool, style: str) -> int:
    """Write the files of an image, or those at PATH and below, to a folder.

    Nothing is written of an image that is damaged, and nothing outside of DIR whatever its names and links
    are. Files that exist are replaced. IMAGE - is standard input.

    Exit status: 0 if all was written, 1 if not, 2 for a wrong command line.
    """
    if out_dir is None:
        if image == STDIN:
            raise click.UsageError("standard input needs -o DIR")
        out_dir = image.removesuffix(".romfs") + ".files"
    folder = out_dir
    reporter = Reporter(style, 1, quiet=True)
    written: list[str] = []

    def run() -> None:
        from mpytool.romfs.extract import extract, select
        from mpytool.romfs.read import read_image

        found = read_image(_read(image), _shown(image))
        for path, failure in extract(select(found, paths, _shown(image)), folder):
            if failure is not None:
                reporter.add(_outcome(image, (failure,)))
            else:
                written.append(path)

    with end_on_signals(), reporter:
        attempt(reporter, image, run)
    if not quiet and not reporter.exit_status:
        click.echo(f"{clean(folder)}: {len(written):,} files and folders")
    return reporter.exit_status


@command.command("verify")
@click.argument("images", nargs=-1, required=True, metavar="IMAGE...")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing; the exit status says it.")
@_FORMAT
def verify(images: tuple[str, ...], quiet: bool, style: str) -> int:
    """Check that images are well formed, and the .mpy files in them as 'mpyc verify' does.

    MicroPython trusts an image: a length or an offset that is wrong makes it read beyond. IMAGE - is
    standard input.

    Exit status: 0 if nothing but warnings was found, 1 if something was, 2 for a wrong command line.
    """
    from mpytool.romfs.check import check_image

    reporter = Reporter(style, len(images), quiet=quiet)
    failed = False
    with end_on_signals(), reporter:
        for path in images:
            result = guarded(lambda path=path: _read(path), path)  # type: ignore[misc]
            findings = result if isinstance(result, tuple) else tuple(check_image(result, _shown(path)))
            outcome = _outcome(path, findings)
            failed = failed or outcome.failed
            if not quiet:
                reporter.add(outcome)
    return int(failed)
