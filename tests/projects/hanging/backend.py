"""A backend whose build_wheel hangs in the way that ``hang`` names: see ``WAYS``.

``hang`` is a config setting (``-C hang=lock``), else the environment variable ``HANG``;
without one the wheel is made. ``hook`` (``-C hook=prepare_metadata``) moves the hang to another
hook. ``-C hang=connect -C port=8080`` connects to a port of this machine that somebody else has.
"""

import base64
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile

METADATA = "Metadata-Version: 2.1\nName: hanging\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
DIST_INFO = "hanging-1.0.dist-info"
SECONDS = 1000


def sleep(settings):
    time.sleep(SECONDS)  # the line that hangs


def compute(settings):
    while True:
        pass


def process(settings):
    subprocess.run(["sleep", str(SECONDS)], check=True)


def stdin(settings):
    """Hooks have an empty standard input; this one gives its child one that never ends."""
    child = subprocess.Popen([sys.executable, "-c", "input('Password: ')"], stdin=subprocess.PIPE)
    child.wait()


def connect(settings):
    """Reads what a server never sends."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(settings.get("port", server.getsockname()[1]))
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.recv(1)


def lock(settings):
    """Waits for a lock that another process of the same build has taken."""
    import fcntl

    with tempfile.NamedTemporaryFile("w", suffix=".lock") as file:
        holder = (
            "import fcntl, sys, time; file = open(sys.argv[1]); fcntl.flock(file, fcntl.LOCK_EX);"
            "print('has it', flush=True); time.sleep(%d)" % SECONDS
        )
        command = [sys.executable, "-c", holder, file.name]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            child.stdout.readline()
            fcntl.flock(file, fcntl.LOCK_EX)


def deadlock(settings):
    """Waits for a lock that it has itself, through another descriptor."""
    import fcntl

    with tempfile.NamedTemporaryFile("w", suffix=".lock") as file, open(file.name) as again:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.flock(again, fcntl.LOCK_EX)


def thread(settings):
    worker = threading.Thread(target=time.sleep, args=(SECONDS,), daemon=True)
    worker.start()
    worker.join()


WAYS = {
    way.__name__: way for way in (sleep, compute, process, stdin, connect, lock, deadlock, thread)
}


def hang(hook, config_settings):
    settings = config_settings or {}
    way = settings.get("hang") or os.environ.get("HANG")
    if way and settings.get("hook", "build_wheel") == hook:
        print("hangs now: %s" % way, flush=True)
        WAYS[way](settings)


def get_requires_for_build_wheel(config_settings=None):
    hang("get_requires", config_settings)
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    hang("prepare_metadata", config_settings)
    os.mkdir(os.path.join(metadata_directory, DIST_INFO))
    with open(os.path.join(metadata_directory, DIST_INFO, "METADATA"), "w") as file:
        file.write(METADATA)
    return DIST_INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    hang("build_wheel", config_settings)
    name = "hanging-1.0-py3-none-any.whl"
    files = {
        "hanging.py": "VALUE = 1\n",
        DIST_INFO + "/METADATA": METADATA,
        DIST_INFO + "/WHEEL": WHEEL,
    }
    record = []
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as wheel:
        for path, text in files.items():
            wheel.writestr(path, text)
            digest = base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest())
            record.append("%s,sha256=%s,%d" % (path, digest.rstrip(b"=").decode(), len(text)))
        record.append(DIST_INFO + "/RECORD,,")
        wheel.writestr(DIST_INFO + "/RECORD", "\n".join(record) + "\n")
    return name
