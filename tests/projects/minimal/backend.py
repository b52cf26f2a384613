"""The smallest whole backend: it needs nothing but the standard library."""

import base64
import hashlib
import os
import zipfile

METADATA = "Metadata-Version: 2.1\nName: minimal\nVersion: 1.0\n"
WHEEL = "Wheel-Version: 1.0\nGenerator: backend\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
DIST_INFO = "minimal-1.0.dist-info"


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    os.mkdir(os.path.join(metadata_directory, DIST_INFO))
    with open(os.path.join(metadata_directory, DIST_INFO, "METADATA"), "w") as file:
        file.write(METADATA)
    return DIST_INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "minimal-1.0-py3-none-any.whl"
    files = {
        "minimal.py": "VALUE = 1\n",
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
