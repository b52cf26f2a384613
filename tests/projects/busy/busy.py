"""A backend whose hook does what ``config_settings["do"]`` says, and returns what came of it."""

import asyncio
import copy
import multiprocessing
import os
import socket
import subprocess
import sys
import threading

PYTHON = sys.executable
FAIL = [PYTHON, "-c", "raise SystemExit(3)"]


def run():
    return [subprocess.run(FAIL, check=False).returncode]


def wait():
    return [subprocess.Popen(FAIL).wait()]


def poll():
    process = subprocess.Popen(FAIL)
    while process.poll() is None:
        pass
    return [process.returncode, process.poll(), process.wait()]


def communicate():
    process = subprocess.Popen([PYTHON, "-c", "print(input())"], stdin=-1, stdout=-1)
    out, _ = process.communicate(b"text\n")
    return [out.decode().strip(), process.returncode]


def with_():
    with subprocess.Popen(FAIL) as process:
        before = process.returncode
    return [before, process.returncode, "returncode" in vars(process)]


def timed_out():
    process = subprocess.Popen([PYTHON, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        process.wait(0.01)
    except subprocess.TimeoutExpired:
        between = process.returncode
    process.stdin.close()
    return [between, process.wait()]


class Mine(subprocess.Popen):
    """Has an attribute and a method more."""

    started = "mine"

    def wait(self, timeout=None):
        return 100 + super().wait(timeout)


def subclass():
    process = Mine(FAIL)
    return [process.wait(), process.returncode, process.started]


def copied():
    process = subprocess.Popen(FAIL)
    process.wait()
    return [copy.copy(process).returncode]


def shell():
    return [subprocess.call("exit 4", shell=True)]


def system():
    status = os.system("exit 5")
    return [status if os.name == "nt" else os.WEXITSTATUS(status)]


def popen():
    return [os.WEXITSTATUS(os.popen("exit 6").close())]


def asynchronous():
    async def main():
        process = await asyncio.create_subprocess_exec(*FAIL)
        return await process.wait()

    return [asyncio.run(main())]


def posix_spawn():
    pid = os.posix_spawn(PYTHON, FAIL, {"ONLY": "this"})
    return [os.WEXITSTATUS(os.waitpid(pid, 0)[1])]


def fork_and_exec():
    pid = os.fork()
    if pid == 0:
        os.environ["CHILD"] = "yes"
        os.execv(PYTHON, FAIL)
    return [os.WEXITSTATUS(os.waitpid(pid, 0)[1])]


def fork_and_exec_of_much():
    pid = os.fork()
    if pid == 0:
        os.execv(PYTHON, [*FAIL, *(["\u00e9" * 50] * 100)])
    return [os.WEXITSTATUS(os.waitpid(pid, 0)[1])]


def _work():
    subprocess.run(FAIL, check=False)


def multiprocess():
    process = multiprocessing.get_context("fork").Process(target=_work)
    process.start()
    process.join()
    return [process.exitcode]


def not_found():
    try:
        subprocess.run(["no-such-program-at-all"], check=False)
    except FileNotFoundError:
        return ["not found"]


def not_found_by_spawn():
    try:
        subprocess.run(["/no-such-program-at-all"], check=False, close_fds=False)
    except FileNotFoundError:
        return ["not found"]


def killed():
    process = subprocess.Popen([PYTHON, "-c", "input()"], stdin=subprocess.PIPE)
    process.kill()
    return [process.wait()]


def changed():
    env = {**os.environ, "ADDED": "a b", "MY_TOKEN": "very-secret-value"}
    del env["GONE"]
    subprocess.run([PYTHON, "-c", "raise SystemExit(0)"], env=env, cwd="sub", check=True)
    os.environ["LATER"] = "too"
    command = [PYTHON, "-c", "raise SystemExit(0)", "very-secret-value"]
    return [subprocess.run(command, check=True).returncode]


def threads():
    started = [threading.Thread(target=_work) for _ in range(8)]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()
    return []


def connect():
    server = socket.create_server(("127.0.0.1", 0))
    port = server.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        return [str(port)]


def resolve():
    socket.getaddrinfo("localhost", 80)
    return []


def files():
    outside = os.environ["OUTSIDE"]
    with open(os.path.join(outside, "read")) as file:
        file.read()
    with open(os.path.join(outside, "written"), "w") as file:
        file.write("x")
    with open("inside", "w") as file:
        file.write("x")
    return []


def imports():
    try:
        import no_such_project_module  # noqa: F401
    except ImportError:
        pass
    import optional

    optional.seek()
    optional.seek()
    return []


def temporary():
    import tempfile

    with tempfile.TemporaryFile() as file:
        file.write(b"x")
    return []


def get_requires_for_build_wheel(config_settings=None):
    told = globals()[config_settings["do"]]()
    return [str(it) for it in told]
