"""A backend of three hooks: build_wheel imports what nothing declares, and hangs when told so."""

import os
import time

DIST_INFO = "story-1.0.dist-info"


def get_requires_for_build_wheel(config_settings=None):
    return []


def prepare_metadata_for_build_wheel(metadata_directory, config_settings=None):
    os.mkdir(os.path.join(metadata_directory, DIST_INFO))
    with open(os.path.join(metadata_directory, DIST_INFO, "METADATA"), "w") as file:
        file.write("Metadata-Version: 2.1\nName: story\nVersion: 1.0\n")
    return DIST_INFO


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    print("building story")
    with open("made-by-the-hook.txt", "w") as file:
        file.write("made by the hook\n")
    if (config_settings or {}).get("hang"):
        print("and now it hangs", flush=True)
        time.sleep(1000)
    from small_helper import wheel

    return wheel(wheel_directory, "story", "1.0")
