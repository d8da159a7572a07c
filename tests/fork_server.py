"""``run_python`` runs Python as ``subprocess.run`` would, in a fork of a process that has the archiver's libraries loaded already.

Loading Scrapy takes most of the time of a short command. One server for each process of pytest loads it once; every call forks a
child of it, which then is what a fresh interpreter is: its arguments, directory, environment and streams are the caller's, it has
no reactor and one thread, its random numbers are its own, and it ends by itself. Processes that it spawns by ``multiprocessing`` are
forks too. Where there is no fork to be trusted, or the environment speaks to the interpreter itself, ``run_python`` starts a plain process.
Tests that send signals, or that measure memory or what is imported, start their own.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import gc
import importlib
import json
import multiprocessing.util
import os
import pkgutil
import runpy
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FORKS = sys.platform == "linux"
SPARE = 2
"""Processes that each child keeps for the workers that it may start: a worker loads as much again."""


def run_python(
    command: list[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | str | None = None,
    timeout: float = 120,
    plain: bool = False,
) -> subprocess.CompletedProcess[str]:
    """Run ``python COMMAND``, which begins with ``-m MODULE`` or ``-c TEXT``, and wait for its end; ``plain``: without the server."""
    environment = dict(os.environ if env is None else env)
    if plain or not FORKS or _for_python(environment) != _for_python(os.environ):
        return subprocess.run(
            [sys.executable, *command],
            env=environment,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
    with contextlib.ExitStack() as stack:
        nothing = stack.enter_context(Path(os.devnull).open("rb"))
        out, err = (stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8")) for _ in range(2))
        link = stack.enter_context(socket.socket(socket.AF_UNIX))
        link.connect(_server())
        asked = json.dumps({"command": command, "env": environment, "cwd": str(cwd or Path.cwd())})
        socket.send_fds(link, [f"{len(asked):10}".encode()], [nothing.fileno(), out.fileno(), err.fileno()])
        link.sendall(asked.encode())
        answers = stack.enter_context(link.makefile())
        pid = int(answers.readline())
        if not select.select([link], [], [], timeout)[0]:
            os.kill(pid, signal.SIGKILL)
            answers.readline()
            raise subprocess.TimeoutExpired(command, timeout, _text(out), _text(err))  # type: ignore[arg-type]
        return subprocess.CompletedProcess(command, int(answers.readline()), _text(out), _text(err))


def _for_python(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables that an interpreter reads while it starts; the path is one that a child can take over."""
    return {
        name: value
        for name, value in environment.items()
        if name.startswith(("PYTHON", "LC_", "LANG")) and name != "PYTHONPATH"
    }


def _text(file: Any) -> str:
    file.seek(0)
    return str(file.read())


_lock = threading.Lock()
_address = ""


def _server() -> str:
    """The address of this process's server, which is started when first needed and ends with this process."""
    global _address  # noqa: PLW0603  one for each process
    with _lock:
        if not _address:
            folder = tempfile.mkdtemp(prefix="archiver-fork-")
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(f"{folder}/server")
            listener.listen()
            process = subprocess.Popen(
                [sys.executable, "-P", __file__, str(listener.fileno())],
                env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
            listener.close()

            def end() -> None:
                assert process.stdin is not None
                process.stdin.close()
                process.wait()
                shutil.rmtree(folder)

            atexit.register(end)
            _address = f"{folder}/server"
    return _address


def _serve(listener: socket.socket) -> dict[str, Any]:
    """Fork for each request until the other end of stdin is closed; what is asked, in the child that is to do it."""
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        ready, _, _ = select.select([0, listener], [], [])
        if 0 in ready:
            os._exit(0)
        link, _ = listener.accept()
        if os.fork():
            link.close()
            continue
        # A process between the two waits for the child, so that the server need not.
        listener.close()
        head, streams, _, _ = socket.recv_fds(link, 10, 3)
        with link.makefile("rb") as file:
            asked: dict[str, Any] = json.loads(file.read(int(head)))
        child = os.fork()
        if child:
            link.sendall(f"{child}\n".encode())
            _, status = os.waitpid(child, 0)
            with contextlib.suppress(OSError):
                link.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
            os._exit(0)
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
        for stream in streams:
            os.close(stream)
        link.close()
        return asked


def _become(asked: dict[str, Any]) -> None:
    """Do what the command says, as an interpreter that was started with it."""
    how, what, *arguments = asked["command"]
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    named = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:0] = [asked["cwd"] if how == "-m" else "", *named]
    importlib.invalidate_caches()
    sys.argv = [how, *arguments]
    _keep_spares()
    if how == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        sys.modules["__main__"] = main = types.ModuleType("__main__")
        exec(compile(what, "<string>", "exec"), main.__dict__)


def _spare() -> tuple[int, socket.socket]:
    """A process that waits to become a worker, and the way to tell it; it ends with this one, if it is not needed."""
    ours, theirs = socket.socketpair()
    if pid := os.fork():
        theirs.close()
        return pid, ours
    ours.close()
    message, received, _, _ = socket.recv_fds(theirs, 4096, 16)
    if not message:
        os._exit(0)
    program, arguments, wanted = json.loads(message)
    # Its command names files by number: out of the way first, then each to its own.
    apart = [fcntl.fcntl(file, fcntl.F_DUPFD, 200) for file in received]
    for file in received:
        os.close(file)
    theirs.close()
    for file, number in zip(apart, wanted, strict=True):
        os.dup2(file, number, inheritable=False)
        os.close(file)
    sys.argv = ["-c", *arguments]
    exec(program, {"__name__": "__main__"})
    raise AssertionError("a worker ends by itself")


def _keep_spares() -> None:
    """Processes that are spawned from here on are taken from those that wait."""
    spares = [_spare() for _ in range(SPARE)]
    spawn, lock = multiprocessing.util.spawnv_passfds, threading.Lock()

    def taken(path: bytes, command: list[str], files: list[int]) -> int:
        with lock:
            spare = spares.pop() if spares and "--multiprocessing-fork" in command else None
        if spare is None:
            return int(spawn(path, command, files))
        pid, link = spare
        program = command.index("-c") + 1
        message = json.dumps([command[program], command[program + 1 :], list(files)])
        with link:
            socket.send_fds(link, [message.encode()], list(files))
        return pid

    multiprocessing.util.spawnv_passfds = taken


def _load() -> None:
    """All of the archiver, and what a crawl and its workers load; none of it may install a reactor or start a thread."""
    for name in (
        "archiver",
        "spiders",
        "scrapy.downloadermiddlewares",
        "scrapy.extensions",
        "scrapy.spidermiddlewares",
    ):
        for module in pkgutil.walk_packages(importlib.import_module(name).__path__, f"{name}."):
            if not module.name.endswith(("__main__", ".migrations.env", ".statsmailer")):  # they run, or are warned of
                importlib.import_module(module.name)
    importlib.import_module("archiver.extract.article_reader").warm_up()
    assert "twisted.internet.reactor" not in sys.modules
    assert threading.active_count() == 1
    gc.collect()
    gc.freeze()


if __name__ == "__main__":
    _load()
    # The child leaves the loop, and ends as every interpreter does.
    _become(_serve(socket.socket(fileno=int(sys.argv[1]))))
