# SPDX-License-Identifier: GPL-2.0
"""Changes settings of the kernel, in files, for a while."""

import contextlib
import os

from case import Skipped


def write(path, value):
    with open(path, "w", encoding="ascii") as setting:
        setting.write(str(value))


@contextlib.contextmanager
def settings(folder, *pairs):
    """Gives the files these values; in the end each gets its own back, the last one first."""
    with contextlib.ExitStack() as undo:
        for name, value in pairs:
            path = os.path.join(folder, name)
            with open(path, encoding="ascii") as setting:
                undo.callback(write, path, setting.read().strip())
            write(path, value)
        yield


def failing(folder, *pairs):
    """The same for settings of allocations that fail on request."""
    if not os.path.exists(folder):
        raise Skipped("this kernel fails no allocations on request")
    return settings(folder, *pairs)
