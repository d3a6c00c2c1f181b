# SPDX-License-Identifier: GPL-2.0
"""The values of peers and workers in sysfs, each compared with the state it stands for."""

import contextlib
import os
import subprocess
import time

import wire
from case import PORTAL, case, same
from cases_active import Scene
from cases_ends import settle
from wire import BULK_OUT, CONTROL, PUT

IDLE = {"state": "up", "connections": "3", "credits": "128", "queue": "0", "version": "3",
        "last_error": "0", "last_error_text": "no error"}
LAST_FILE = "last_error"        # of sysfs_peer.c's peer_attrs[]
REFUSED = "the connection was refused: is LNet running there?"
LNETSTAT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../scripts/lnetstat")


def folder(t, peer):
    """All values of a peer that was heard from just now, except the time since then, which another
    case is about. A reader may see a folder that is being made: its files come one by one, so
    this waits for the last one."""
    def read():
        return t.module.folder("nis", wire.nid_text(t.nid), "peers", f"12345-{t.nid_of(peer)}")

    peer.wait_for("its folder", lambda: LAST_FILE in read())
    values = read()
    assert 0 <= int(values.pop("last_alive", 0)) <= 3
    return values


@case
def sysfs_of_a_peer_that_is_connected(t):
    """With each version, and with some connections only."""
    for version in (1, 2, 3):
        peer = t.connected(version=version)
        want = {**IDLE, "version": str(version), "incarnation": str(peer.incarnation)}
        t.wait_counter(peer, "connections", "3")
        same("values", folder(t, peer), want)
    peer = t.peer().connect((CONTROL,))
    t.wait_counter(peer, "connections", "1")
    same("values", folder(t, peer), {**IDLE, "connections": "1",
                                     "incarnation": str(peer.incarnation)})


@case
def sysfs_of_a_peer_that_goes(t):
    """It is known for a while longer: it is idle, and nothing is wrong with it. Its version is 3
    again, as it may come back with a newer one."""
    peer = t.connected(version=2)
    peer.hang_up()
    t.wait_counter(peer, "state", "idle")
    same("values", folder(t, peer),
         {**IDLE, "state": "idle", "connections": "0", "incarnation": "0"})


@case
def sysfs_of_a_peer_that_is_dialled(t):
    """Its state is connecting, with waiting messages in its queue; then up."""
    scene = Scene(t)
    for _ in range(3):
        scene.send()
    link, hello = scene.dialled(CONTROL)
    same("values", folder(t, scene.peer),
         {**IDLE, "state": "connecting", "connections": "0", "queue": "3", "incarnation": "0"})
    scene.adopt(link, hello)
    t.wait_counter(scene.peer, "state", "up")
    scene.take_rest((2, 3))
    for _ in range(3):
        scene.delivered()
    t.wait_counter(scene.peer, "queue", "0")
    t.wait_counter(scene.peer, "connections", "3")
    same("values", folder(t, scene.peer), {**IDLE, "incarnation": str(scene.peer.incarnation)})


@case(min_reconnectms=60000)
def sysfs_of_a_peer_that_cannot_be_reached(t):
    scene = Scene(t, listen=False)
    scene.send()
    scene.failed(-111)
    t.wait_counter(scene.peer, "state", "down")
    same("values", folder(t, scene.peer),
         {**IDLE, "state": "down", "connections": "0", "incarnation": "0", "last_error": "111",
          "last_error_text": REFUSED})
    page = subprocess.run([LNETSTAT], stdout=subprocess.PIPE, timeout=30,
                          check=True).stdout.decode()
    trouble = f"  12345-{t.nid_of(scene.peer)}: cannot be reached, error 111: {REFUSED}"
    assert trouble in page.splitlines(), page


@case(seconds=3)
def sysfs_last_alive_is_seconds_since_it_was_heard(t):
    peer = t.connected()
    peer.ping_remote()
    begin = time.monotonic()
    t.wait_counter(peer, "last_alive", "2")
    took = time.monotonic() - begin
    assert 1 <= took <= 2.6, f"2 s after {took:.1f} s"
    peer.ping_remote()
    assert t.of_peer(peer, "last_alive") in ("0", "1")


@case
def sysfs_incarnation_is_the_peers(t):
    peer = t.connected(incarnation=(1 << 64) - 1)
    t.wait_counter(peer, "incarnation", str((1 << 64) - 1))


@contextlib.contextmanager
def worked(t, **want):
    """The code inside makes all workers together count so much more, and nothing else."""
    def total():
        workers = t.module.workers()
        return {name: sum(worker[name] for worker in workers) for name in workers[0]}

    before = total()
    yield
    end = time.monotonic() + 3
    while True:
        now = total()
        more = {name: now[name] - before[name] for name in now if now[name] != before[name]}
        rounds, wakeups = more.pop("rounds", 0), more.pop("wakeups", 0)
        if more == want or time.monotonic() > end:
            break
        time.sleep(0.02)
    same("counts", more, want)
    assert rounds >= 1, "no worker looked at a connection"
    assert wakeups >= 1, "no worker was asleep before"


@case(zerocopy="always", keepalive=0, seconds=4)
def sysfs_of_workers(t):
    """Messages, bytes with their headers, NOOPs, and copied bytes: counted to the last one."""
    settle(t)
    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 5000, options="put,truncate,remote")
    time.sleep(0.1)
    with worked(t, messages_in=1, bytes_in=96 + 3000, messages_out=1, bytes_out=96):
        peer.put(PORTAL, 0, bytes(3000)).wait()
        puppet.good("PUT", sink)
    with worked(t, messages_in=1, bytes_in=96 + 77):
        peer.put(PORTAL + 1, 0, bytes(77), ack=False)
    with worked(t, messages_out=1, bytes_out=96 + 2000, copied_out=2000):
        puppet.put(puppet.bind(2000, 6), t.nid_of(peer), PORTAL, ack=False)
        peer.take(PUT)
    with worked(t, messages_out=1, bytes_out=96 + 65536, uncopied_out=65536):
        puppet.put(puppet.bind(65536, 6, "pages"), t.nid_of(peer), PORTAL, ack=False)
        peer.take(PUT)
    with worked(t, noops_in=1, bytes_in=24):
        peer.find(BULK_OUT).noop(0, wire.KEEPALIVE)
    with worked(t, messages_in=1, bytes_in=96, noops_out=1, bytes_out=24):
        peer.put(PORTAL + 1, 0, b"", ack=False, cookie=True)
        peer.wait_cookies()
    same("connections", sum(worker["connections"] for worker in t.module.workers()), 6)
