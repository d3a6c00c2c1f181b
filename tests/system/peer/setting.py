# SPDX-License-Identifier: GPL-2.0
"""Changes settings of the kernel, in files, for a while."""

import contextlib
import ipaddress
import os
import subprocess

from case import Skipped


# Ours, in the cases that are about IPv6: less and greater than those of peers.
IPV6, IPV6_HIGH = "fd00:988::1", "fd00:988::f:1"
IPV6_ALL = "fd00:988::/64"     # and those of peers: all are here


def ip(*words):
    subprocess.run(["ip", *words], check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def ipv6():
    """Makes the addresses of the cases that are about IPv6. Ours are an interface's: the others,
    of which there are any number, are those of a route."""
    if not os.path.exists("/proc/net/if_inet6"):
        raise Skipped("this kernel has no IPv6")
    with open("/proc/net/ipv6_route", encoding="ascii") as routes:
        if f"{int(ipaddress.ip_address(IPV6)):032x} 80" in routes.read():
            return
    ip("-6", "route", "add", "local", IPV6_ALL, "dev", "lo")
    for address in (IPV6, IPV6_HIGH):
        ip("-6", "addr", "add", f"{address}/128", "dev", "lo", "nodad")


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
