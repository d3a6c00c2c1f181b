# SPDX-License-Identifier: GPL-2.0
"""A user of the RPC client and of sysfs whose allocations in the kernel may fail.

usage: failing.py MARKED DEVICE SAMPLE SYSFS

If MARKED is 1, the process has itself marked for the kernel's fault injection while it is in the
modules: not before, as User Mode Linux faults in exec and in copies to pages that are not there
yet, if memory for these is refused. It carries SAMPLE there and back through DEVICE, adds and
removes a network, and reads what is in SYSFS of networks and portals. Exits with 0 if the sample
came back, with 1 if that ended with an error, with 2 if it came back changed."""

import gc
import glob
import os
import sys

NETWORK = "tcp1(127.0.0.1/32)"


def write_all(fd, data):
    done = 0
    while done < len(data):
        done += os.write(fd, data[done:done + 65536])


def read_all(fd, into):
    done = 0
    while done < len(into):
        got = os.readv(fd, [into[done:done + 65536]])
        if not got:
            break
        done += got
    return done


def tried(path, flags, work):
    """What work() of the open file returns; None if something of it failed."""
    try:
        fd = os.open(path, flags)
    except OSError as error:
        print(f"{path}: {error.strerror}")
        return None
    try:
        return work(fd)
    except OSError as error:
        print(f"{path}: {error.strerror}")
        return None
    finally:
        os.close(fd)


def main(marked, device, sample, sysfs):
    with open(sample, "rb") as file:
        data = memoryview(file.read())
    back = memoryview(bytearray(b"\xff" * len(data)))       # all its pages are there
    page = memoryview(bytearray(b"\xff" * 4096))
    texts = [path for place in ("nis/*/*", "portals/0/*") for path in glob.glob(f"{sysfs}/{place}")]
    gc.disable()
    mark = os.open("/proc/self/make-it-fail", os.O_WRONLY)

    def put(fd):
        write_all(fd, data)
        os.fsync(fd)
        return True

    os.write(mark, marked.encode())
    there = tried(device, os.O_WRONLY, put)
    got = there and tried(device, os.O_RDONLY, lambda fd: read_all(fd, back))
    for text in (f"+{NETWORK}", f"-{NETWORK.partition('(')[0]}"):
        tried(f"{sysfs}/networks", os.O_WRONLY, lambda fd, text=text: os.write(fd, text.encode()))
    for path in texts:
        tried(path, os.O_RDONLY, lambda fd: os.readv(fd, [page]))
    os.write(mark, b"0")
    if got is None:
        return 1
    return 0 if back == data else 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
