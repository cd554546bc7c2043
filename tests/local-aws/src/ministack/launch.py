"""Runs MiniStack, with our alarms and mail, until standard input closes; then ends it with every function it started, and
removes its work folder.

Standard input is a pipe from the process that wants MiniStack. It closes however that process ends, SIGKILL included,
so nothing is left behind. Argument: the work folder, in which this file and its neighbours stand.
"""

import os
import shutil
import signal
import sys
import threading

work = sys.argv[1]


def end_all():
    shutil.rmtree(work, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)  # we lead a process group of our own; the functions are in it


def watch():
    while os.read(0, 64):
        pass
    end_all()


try:
    import cbor2  # noqa: F401  MiniStack runs without it, but then answers 500 to the CloudWatch SDK
    from ministack.app import main

    import alarms
    import mail
except ImportError as error:
    print(f"{error}", file=sys.stderr)
    sys.exit(3)

alarms.install()
mail.install()
threading.Thread(target=watch, daemon=True).start()
sys.argv = ["ministack"]
try:
    main()
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    end_all()
