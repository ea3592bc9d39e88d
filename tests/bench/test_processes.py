"""The one limiter and the one runner: limits hold for all that a process starts, and a killed run goes on."""

import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from collusion.base.errors import CollusionError, ConfigError, InputError
from collusion.bench import runner
from collusion.bench.processes import Answer, MemoryLimitError, TimeLimitError, Worker, memory_of_machine, run_bounded
from collusion.bench.runner import Record, Task, in_order, run_tasks
from collusion.bench.worker import answer

linux = pytest.mark.skipif(sys.platform != "linux", reason="the system does not say how much memory a process uses")

WORK = """
import os, subprocess, sys, time
from collusion.base.errors import ConfigError, InputError

SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]

def work(task, allow):
    what = task["do"]
    if what == "pid":
        return os.getpid()
    if what == "print":
        print("noise")
        return "said"
    if what == "die":
        sys.stderr.write("last words\\n")
        os._exit(7)
    if what == "refuse":
        raise InputError(["one", "two"])
    if what == "sleep":
        allow(task["allow"])
        time.sleep(600)
    if what == "child":
        child = subprocess.Popen(SLEEP, start_new_session=task["apart"])
        open(task["path"], "w").write(str(child.pid))
        allow(task["allow"])
        time.sleep(600)
    if what == "eat":
        held = b"1" * 2**29
        time.sleep(600)
"""


@pytest.fixture
def work(tmp_path, monkeypatch):
    (tmp_path / "odd_work.py").write_text(WORK, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(tmp_path), os.environ.get("PYTHONPATH", "")))))
    return "odd_work:work"


@pytest.fixture
def worker(work):
    worker = Worker(work)
    yield worker
    worker.close()


def gone(pid):
    for _ in range(200):
        try:
            # One that has ended, and whose parent has not been told, is still there by name.
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False


def test_one_process_does_task_after_task_and_another_follows_one_that_died(worker):
    first = worker.run({"do": "pid"}, 60, 0)
    assert worker.run({"do": "pid"}, 60, 0) == first
    assert worker.run({"do": "print"}, 60, 0) == Answer("done", "said")
    assert worker.run({"do": "die"}, 60, 0) == Answer("failed", "ended with exit code 7: last words")
    assert worker.run({"do": "pid"}, 60, 0) != first


def test_an_error_of_ours_is_raised_as_what_it_was(worker):
    with pytest.raises(InputError) as caught:
        worker.run({"do": "refuse"}, 60, 0).result()
    assert caught.value.problems == ("one", "two")
    with pytest.raises(CollusionError, match="ValueError: x"):
        Answer("failed", "x", "ValueError").result()
    assert Answer("done", 3).result() == 3


def test_a_task_may_set_its_own_limit_of_time(worker):
    assert worker.run({"do": "sleep", "allow": 0.2}, 60, 0) == Answer("time-out", "took more than 0 s")


@linux
def test_a_task_that_uses_too_much_memory_is_ended(worker):
    assert worker.run({"do": "eat"}, 60, 300 * 2**20) == Answer("memory", "took more than 300 MiB")


@linux
@pytest.mark.parametrize("apart", [False, True])
def test_all_that_a_task_started_ends_with_it(worker, tmp_path, apart):
    path = tmp_path / "child.pid"
    assert worker.run({"do": "child", "apart": apart, "path": str(path), "allow": 0.2}, 60, 0).status == "time-out"
    assert gone(int(path.read_text()))


def test_an_interrupted_run_ends_its_processes(work):
    stop = threading.Event()
    stop.set()
    worker = Worker(work, stop)
    assert worker.run({"do": "sleep", "allow": 60}, 60, 0) == Answer("stopped", "")
    assert worker._family is None


@linux
def test_a_worker_ends_when_whoever_gave_it_tasks_was_killed(work, tmp_path):
    path = tmp_path / "child.pid"
    task = {"do": "child", "apart": False, "path": str(path), "allow": 600}
    code = f"from collusion.bench.processes import Worker\nw = Worker({work!r})\nw._started()\nprint(w._family.process.pid, flush=True)\n"
    giver = subprocess.Popen([sys.executable, "-c", f"{code}w.run({task!r}, 600, 0)"], stdout=subprocess.PIPE, text=True)
    pid = int(giver.stdout.readline())
    while not path.exists() or not path.read_text():
        time.sleep(0.05)
    giver.kill()
    giver.communicate()
    assert gone(pid)
    assert gone(int(path.read_text()))


@linux
@pytest.mark.parametrize("started", ["", "import subprocess, sys; subprocess.run([sys.executable, '-c', code]); 0/0"])
def test_a_command_is_bounded_with_all_that_it_starts(tmp_path, started):
    code = "import time; x = b'1' * 2**28; time.sleep(60)"
    with pytest.raises(MemoryLimitError, match=r"took more than 128 MiB"):
        run_bounded([sys.executable, "-c", f"code = {code!r}; {started}" if started else code], 60, 2**27, tmp_path, 1)
    with pytest.raises(TimeLimitError, match="took more than 0 s"):
        run_bounded([sys.executable, "-c", "import time; time.sleep(60)"], 0.1, 0, tmp_path, 1)


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("raise ValueError('no')", "failed: ValueError: no"),
        ("open('/no/such/file')", "failed: FileNotFoundError: [Errno 2] No such file or directory:"),
        ("raise SystemExit(3)", "failed: exit code 3"),
    ],
)
def test_a_command_that_fails_says_why_without_paths(tmp_path, code, says):
    with pytest.raises(CollusionError) as caught:
        run_bounded([sys.executable, "-c", code], 30, 0, tmp_path, 1)
    assert str(caught.value) == says


def test_where_the_system_does_not_say_how_much_memory_there_is_none_is_known(monkeypatch):
    monkeypatch.setattr("collusion.bench.processes.os", SimpleNamespace())
    assert memory_of_machine() == 0


@linux
def test_what_a_command_leaves_behind_is_ended_when_it_is_done(tmp_path):
    code = "import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']).pid)"
    assert gone(int(run_bounded([sys.executable, "-c", code], 60, 0, tmp_path, 1)))


def test_variables_are_given_to_the_command_alone(tmp_path):
    code = "import os; print(os.environ['OURS'], os.environ['OMP_NUM_THREADS'], os.getcwd())"
    said = run_bounded([sys.executable, "-c", code], 30, 0, tmp_path, 3, {"OURS": "yes"})
    assert said.split() == ["yes", "3", str(tmp_path.resolve())]
    assert "OURS" not in os.environ


def record_of(path):
    return Record(path, lambda row: {"row": row}, lambda value: value["row"])


def test_a_record_leaves_out_a_line_cut_short_and_names_one_that_is_not_its_own(tmp_path):
    record = record_of(tmp_path / "rows.jsonl")
    assert record.read() == []
    record.append(1)
    with record.path.open("a", encoding="utf-8") as file:
        file.write('{"row": 2')
    assert record.read() == [1]
    record.rewrite([3, 4])
    assert record.read() == [3, 4]
    record.path.write_text('{"row": 1}\n{"half\n', encoding="utf-8")
    with pytest.raises(InputError, match="line 2 is not a row of a benchmark"):
        record.read()


@pytest.mark.usefixtures("no_processes")
def test_tasks_that_are_known_are_not_done_and_rows_are_on_record_before_they_are_told(tmp_path, monkeypatch):
    def refuse(task, _):
        raise ConfigError(str(task["n"]))

    monkeypatch.setattr("collusion.bench.worker.find_work", lambda _: refuse)
    record, known, seen = record_of(tmp_path / "rows.jsonl"), {"0": "old"}, []
    tasks = [Task(str(k), {"n": k}, str(k % 2)) for k in (0, 1, 2, 2)]
    for row in run_tasks(
        "x:y", tasks, lambda _, answer: answer.value, known, stage="s", jobs=1, record=record, progress=lambda *told: seen.append(told)
    ):
        assert record.read()[-1] == row
    assert in_order(tasks, known) == ["old", "1", "2", "2"]
    assert seen == [("s", 1, 3), ("s", 2, 3), ("s", 3, 3)]


def test_a_process_that_cannot_be_started_is_an_error(monkeypatch):
    def broken(_work, _stop):
        raise OSError("no processes left")

    monkeypatch.setattr(runner, "Worker", broken)
    with pytest.raises(CollusionError, match="could not be run"):
        list(run_tasks("x:y", [Task("1", {})], lambda *_: 0, {}, stage="s", jobs=1))


def test_limits_inside_the_work_have_their_own_statuses():
    def slow(_task, _allow):
        raise TimeLimitError("took more than 5 s")

    assert json.loads(json.dumps(answer(slow, {}, None))) == {"status": "time-out", "value": "took more than 5 s"}
