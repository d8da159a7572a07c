"""A forked child is what an interpreter of its own is."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from tests import fork_server
from tests.fork_server import run_python

LOOK = """
import json, os, random, signal, sys, threading, time, uuid
import __main__
print(json.dumps({
    "arguments": sys.argv,
    "directory": os.getcwd(),
    "environment": dict(os.environ),
    "first_place": sys.path[0],
    "home": "/tmp/nowhere" in sys.path,
    "hour": time.localtime(0).tm_hour,
    "input": sys.stdin.read(),
    "terminal": [stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "encoding": [stream.encoding for stream in (sys.stdin, sys.stdout, sys.stderr)],
    "main": [__name__, __main__.__name__],
    "interrupt": signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "threads": threading.active_count(),
    "reactor": "twisted.internet.reactor" in sys.modules,
    "files": sorted(int(name) for name in os.listdir("/proc/self/fd"))[:3],
}))
print("said beside", file=sys.stderr)
"""


@pytest.fixture(autouse=True)
def forks() -> None:
    if not fork_server.FORKS:
        pytest.skip("no fork here: every child is an interpreter of its own")


def both(command: list[str], **more: Any) -> tuple[tuple[int, str, str], tuple[int, str, str]]:
    """How a command ends as a fork, and by itself."""
    forked, plain = (run_python(command, plain=plain, **more) for plain in (False, True))
    return (forked.returncode, forked.stdout, forked.stderr), (plain.returncode, plain.stdout, plain.stderr)


def test_it_sees_the_same_of_itself_and_of_the_world(tmp_path: Path) -> None:
    environment = {**os.environ, "TZ": "Asia/Ho_Chi_Minh", "WORD": "tế", "PYTHONPATH": "/tmp/nowhere"}
    environment.pop("HOME", None)
    forked, plain = both(["-c", LOOK, "one", "two words"], env=environment, cwd=tmp_path)
    assert plain[0] == 0, plain[2]
    seen, own = json.loads(forked[1]), json.loads(plain[1])
    for variable in ("PWD", "OLDPWD", "_"):
        seen["environment"].pop(variable, None)
        own["environment"].pop(variable, None)
    assert seen == own
    assert (seen["home"], seen["reactor"], seen["threads"]) == (True, False, 1)
    assert forked[2] == plain[2] == "said beside\n"


@pytest.mark.parametrize(
    "command",
    [
        ["-m", "archiver", "--version"],
        ["-m", "archiver", "crawl", "--depth", "-1", "http://news.example/"],
        ["-m", "archiver", "held", "http://news.example/"],
        ["-m", "archiver", "verify", "--archive", "none"],
        ["-c", "raise SystemExit('ends with a word')"],
        ["-c", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"],
        ["-c", "import atexit; atexit.register(print, 'last'); print('first')"],
    ],
)
def test_commands_end_with_the_same_code_and_words(tmp_path: Path, command: list[str]) -> None:
    forked, plain = both(command, cwd=tmp_path)
    assert forked == plain


def test_two_children_draw_different_numbers_when_they_run_side_by_side() -> None:
    draw = "import random, uuid; print(random.random(), uuid.uuid4())"
    drawn: list[str] = []
    threads = [threading.Thread(target=lambda: drawn.append(run_python(["-c", draw]).stdout)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({number for line in drawn for number in line.split()}) == 8


def test_what_it_spawns_works_and_is_a_process_of_its_own() -> None:
    program = """
import multiprocessing, os
spawn = multiprocessing.get_context("spawn")

workers = [spawn.Process(target=os.getpgid, args=(0,)) for _ in range(3)]
for worker in workers:
    worker.start()
for worker in workers:
    worker.join()
print([worker.exitcode for worker in workers], len({worker.pid for worker in workers} | {os.getpid()}))
failing = spawn.Process(target=os._exit, args=(3,))
failing.start()
failing.join()
print(failing.exitcode)
"""
    done = run_python(["-c", program])
    assert (done.returncode, done.stdout) == (0, "[0, 0, 0] 4\n3\n"), done.stderr


def test_a_child_that_goes_on_for_too_long_is_ended() -> None:
    with pytest.raises(fork_server.subprocess.TimeoutExpired):
        run_python(["-c", "import threading; threading.Event().wait()"], timeout=0.5)


def test_an_environment_that_speaks_to_the_interpreter_gets_one_of_its_own() -> None:
    done = run_python(
        ["-c", "import sys; print(sys.flags.utf8_mode, sys.flags.dev_mode)"], env={**os.environ, "PYTHONDEVMODE": "1"}
    )
    assert done.stdout.split()[1] == "True"
