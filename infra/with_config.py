"""Puts a config into the functions' zips, built here or downloaded; nothing is compiled. Python 3.8 or newer, nothing else.

    python3 with_config.py yakei.toml [FILE THAT IT NAMES ...] ZIP ...

The config becomes yakei.toml in each zip, whatever its name here; what it names in holiday_files goes under the name by
which it names it, as seen from the config's folder. Run it again after a change: what an earlier run put in is replaced.
A mistake in the config is told when the stack is made: its custom resource fails with every mistake and its line, and
CloudFormation takes back what it had made.
"""

import os
import shutil
import sys
import zipfile

PROGRAM = "bootstrap"


def put(archive, files):
    """Writes the archive anew: the program as it is, then these files; readable by Lambda's user."""
    new = archive + ".new"
    with zipfile.ZipFile(archive) as old, zipfile.ZipFile(new, "w", zipfile.ZIP_DEFLATED) as made:
        if PROGRAM not in old.namelist():
            raise ValueError(f"there is no {PROGRAM} in it: is it a function of Yakei?")
        with old.open(PROGRAM) as source, made.open(old.getinfo(PROGRAM), "w") as target:
            shutil.copyfileobj(source, target)
        for name, text in files:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            made.writestr(entry, text)
    os.replace(new, archive)


def main(arguments):
    zips = [path for path in arguments if path.endswith(".zip")]
    texts = [path for path in arguments if not path.endswith(".zip")]
    if not zips or not texts:
        sys.exit(__doc__)
    config = texts[0]
    beside = os.path.dirname(os.path.abspath(config))
    try:
        files = []
        for path in texts:
            name = "yakei.toml" if path == config else os.path.relpath(os.path.abspath(path), beside).replace(os.sep, "/")
            if name.startswith("../"):
                raise ValueError("a file that the config names lies in the config's folder")
            with open(path, "rb") as file:
                files.append((name, file.read()))
        for path in zips:
            put(path, files)
            print(f"{path}: {', '.join(name for name, _ in files)}")
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        sys.exit(f"error: {path}: {error}")


main(sys.argv[1:])
