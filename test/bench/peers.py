"""The kernels that are compared: Warren from this checkout, and two others built from their sources at fixed versions.

They go to bin/peers, their kernelspecs to a folder of the run: nothing is installed for the user.
"""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BUILT = ROOT / "bin" / "peers"

GONB = "github.com/janpfeifer/gonb"
GONB_VERSION = "v0.11.4"
GOPHERNOTES = "github.com/gopherdata/gophernotes"
GOPHERNOTES_VERSION = "v0.7.5"
TOOLS = "golang.org/x/tools"
TOOLS_VERSION = "v0.52.0"


class Unavailable(Exception):
    """A peer cannot be had on this machine; the text says why."""


@dataclass
class Peer:
    """A kernel and how the same things are said to it."""

    name: str  # of its kernelspec
    title: str
    declare: list[str]  # cells that make the session variable x, an int
    add: str  # a cell that adds {n} to x and prints it
    first: str  # the first cell of a notebook
    problem: str = ""  # why it cannot be measured, when it cannot
    env: dict[str, str] = field(default_factory=dict)


def warren() -> Peer:
    return Peer("warren", "Warren", ["x := 1"], "x += {n}\nfmt.Println(x)", "6 * 7")


def gonb() -> Peer:
    return Peer("gonb", f"GoNB {GONB_VERSION[1:]}", ["var x = 1"], "%%\nx += {n}\nfmt.Println(x)", "%%\nfmt.Println(6 * 7)")


def gophernotes() -> Peer:
    # Its interpreter reads the packages of the Go installation it finds and panics at those of Go 1.26. Without one it
    # falls back to what was compiled into it.
    return Peer(
        "gophernotes", f"gophernotes {GOPHERNOTES_VERSION[1:]} (interpreter)", ['import "fmt"', "x := 1"],
        "x += {n}\nfmt.Println(x)", "6 * 7", env={"GOROOT": "/nonexistent"},
    )  # fmt: skip


def set_up(prefix: Path) -> list[Peer]:
    """Builds what is missing and writes kernelspecs below prefix. The first of the list is Warren."""
    run([ROOT / "bin" / "warren", "install", "--prefix", prefix], ROOT)
    run([ROOT / "bin" / "warren", "warm"], ROOT)
    BUILT.mkdir(parents=True, exist_ok=True)
    os.environ["PATH"] = f"{BUILT}:{os.environ['PATH']}"  # GoNB looks there for goimports
    peers = [warren()]
    for peer, build, arguments in [
        (gonb(), build_gonb, ["--kernel", "{connection_file}", "-logtostderr=true"]),
        (gophernotes(), build_gophernotes, ["{connection_file}"]),
    ]:
        try:
            write_spec(prefix, peer, [build(), *arguments])
        except Unavailable as e:
            peer.problem = str(e)
        peers.append(peer)
    return peers


def build_gonb() -> str:
    target = BUILT / "gonb"
    if not (BUILT / "goimports").exists():
        build_alone(BUILT / "goimports", TOOLS, TOOLS_VERSION, "/cmd/goimports")
    if not target.exists():
        build_alone(target, GONB, GONB_VERSION)
    return str(target)


def build_gophernotes() -> str:
    """Builds gophernotes from Warren's own module graph, where it is the baseline of other tests, too."""
    target = BUILT / "gophernotes"
    if not target.exists():
        run(["go", "build", "-o", target, GOPHERNOTES], ROOT)
    return str(target)


def build_alone(target: Path, module: str, version: str, package: str = "") -> None:
    """Builds a program in a module of its own. Unlike "go install" this asks for no list of the module's versions."""
    folder = BUILT / "module" / target.name
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "go.mod").write_text(f"module peer\n\ngo 1.26.0\n\nrequire {module} {version}\n")
    run(["go", "build", "-mod=mod", "-o", target, module + package], folder)


def write_spec(prefix: Path, peer: Peer, argv: list[str]) -> None:
    folder = prefix / "share" / "jupyter" / "kernels" / peer.name
    folder.mkdir(parents=True)
    spec = {"argv": argv, "display_name": peer.title, "language": "go", "env": peer.env}
    (folder / "kernel.json").write_text(json.dumps(spec))


def run(command: list, folder: Path) -> str:
    """Runs a program and returns what it prints."""
    done = subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr.strip() or done.stdout.strip() or "no output").splitlines()
        raise Unavailable(f"{Path(command[0]).name} {command[1]} failed: {lines[-1].strip()}")
    return done.stdout
