"""Runs MiniStack, with our alarms and mail, on a port that nobody else can have taken, until standard input closes; then
ends it with every function it started, and removes its work folder.

Standard input is a pipe from the process that wants MiniStack. It closes however that process ends, SIGKILL included,
so nothing is left behind. Argument: the work folder, in which this file and its neighbours stand; a file `port` there tells
the port.
"""

import os
import shutil
import signal
import socket
import sys
import threading
import traceback

work = sys.argv[1]


def end_all():
    shutil.rmtree(work, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)  # we lead a process group of our own; the functions are in it


def watch():
    while os.read(0, 64):
        pass
    end_all()


def take_port():
    """Takes a free port and keeps it: MiniStack listens on this very socket. (It would bind a number seconds later, and by
    then somebody else's connection may have it.)"""
    taken = socket.socket()
    taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    taken.bind(("127.0.0.1", 0))
    os.environ["GATEWAY_PORT"] = str(taken.getsockname()[1])
    descriptor = taken.detach()

    class Taken(hypercorn.config.Config):
        bind = property(lambda _: [f"fd://{descriptor}"], lambda *_: None)

    hypercorn.config.Config = Taken


def tell_port():
    unfinished = os.path.join(work, "port.new")
    with open(unfinished, "w") as file:
        file.write(os.environ["GATEWAY_PORT"])
    os.rename(unfinished, os.path.join(work, "port"))


try:
    import cbor2  # noqa: F401  MiniStack runs without it, but then answers 500 to the CloudWatch SDK
    import hypercorn.config

    take_port()  # before MiniStack reads its number
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
tell_port()
try:
    main()
except Exception:
    traceback.print_exc()  # nothing is printed once the group is killed
finally:
    sys.stdout.flush()
    sys.stderr.flush()
    end_all()
