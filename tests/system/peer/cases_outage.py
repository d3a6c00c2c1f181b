# SPDX-License-Identifier: GPL-2.0
"""Attempts to connect while an address or an interface goes away."""

import contextlib
import errno
import subprocess
import tempfile
import time

from case import PORTAL, case, same
from cases_active import Scene
from cases_address import OTHER as SECOND
from cases_address import (DEVICE, MADE, OURS, comes_up_with_its_routes, crowded_device, device, ip,
                           ip_batch, loaded, on, promoting, settled, status_of, wait_for_status)
from link import Late, deadline_in
from wire import CONTROL, NONE

OTHER = "made2"         # an interface that has nothing to do with us


def refuse(scene, seconds=5):
    """The next attempt is answered NONE."""
    link, _ = scene.dialled(CONTROL, seconds=seconds)
    link.write(scene.peer.hello(NONE, dst_nid=scene.t.nid).encode())
    link.close()
    scene.t.things.remove(link)


def dials(scene, seconds):
    """Sends all the time, and answers each attempt with NONE: how many attempts there are."""
    end, n = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        scene.send()
        with contextlib.suppress(Late):
            refuse(scene, 0.02)
            n += 1
    return n


@contextlib.contextmanager
def made(name):
    ip("link", "add", name, "type", "dummy")
    try:
        yield
    finally:
        ip("link", "del", name)


@contextlib.contextmanager
def over_and_over(*words):
    """The commands are carried out all the time."""
    with tempfile.TemporaryFile() as lines:
        lines.write("".join(word + "\n" for word in words).encode() * 50000)
        lines.seek(0)
        batch = subprocess.Popen(["ip", "-batch", "-"], stdin=lines)
        try:
            yield
            same("it goes on", batch.poll(), None)
        finally:
            batch.kill()
            batch.wait()


@case(bare=True, seconds=22, limit=90)
def interface_that_goes_as_it_comes_is_waited_for_again(t):
    """The interface is down again before the module has looked. When it comes up seconds later
    the module waits for its routes as long as ever."""
    with crowded_device(), on(t, f"tcp({OURS})"):
        puppet = t.puppet()
        source = puppet.bind(0, 0)
        for _ in range(5):
            ip("link", "set", DEVICE, "down")
            wait_for_status(t, "down")
            same("the change", ip_batch(f"link set {DEVICE} up", f"link set {DEVICE} down").wait(), 0)
            time.sleep(3.5)
            comes_up_with_its_routes(t, puppet, source)


@case(bare=True, seconds=8, limit=60)
def interface_that_is_not_ours_makes_no_dials(t):
    """Another interface goes and comes all the time, or an address of our network that is not ours:
    a peer that refuses us is dialled no more often for it."""
    with made(OTHER), on(t, f"tcp({OURS})", min_reconnectms=1000):
        scene = Scene(t)
        quiet = dials(scene, 3)
        with over_and_over(f"link set {OTHER} up", f"link set {OTHER} down"):
            busy = dials(scene, 3)
        with over_and_over(f"addr add 10.9.0.9/24 dev {OTHER}", f"addr del 10.9.0.9/24 dev {OTHER}",
                           f"addr add 10.9.0.8/24 dev {DEVICE}",
                           f"addr del 10.9.0.8/24 dev {DEVICE}"):
            crowded = dials(scene, 3)
        t.note(f"{quiet} dials while nothing went, {busy} while an interface did, {crowded} while "
               "addresses did")
        assert 0 < quiet < 8 and busy < 8 and crowded < 8, f"{quiet} dials, then {busy}, {crowded}"


@case(bare=True, seconds=8, limit=60)
def address_that_goes_ends_what_waits_for_an_attempt(t):
    """A dial that waits for its time is not made, and no message waits for it. When the address is
    back the first message dials."""
    with on(t, f"tcp({OURS})", min_reconnectms=2000, sock_timeout=50):
        scene = Scene(t)
        scene.send()
        refuse(scene)
        refuse(scene)
        ip("link", "set", DEVICE, "down")
        scene.failed(-errno.ENETDOWN, 0.5)
        wait_for_status(t, "down")
        scene.send()
        scene.failed(-errno.ENETDOWN, 0.5)
        try:
            scene.listener.accept(4)
        except Late:
            pass
        else:
            assert False, "it dials while its address is not here"
        ip("link", "set", DEVICE, "up")
        wait_for_status(t, "up")
        scene.send()
        scene.dialled(CONTROL, seconds=0.5)


@case(bare=True, seconds=12, limit=60)
def address_that_was_away_while_a_peer_was_admitted(t):
    """The module has sent a HELLO and has a good answer, but all connections have ended meanwhile,
    and it is another incarnation. No connection is left on which the peer knows the old one."""
    with on(t, f"tcp({OURS})", sock_timeout=1, min_reconnectms=200):
        scene, before = Scene(t), t.module.closed()["net_down"]
        with t.module.windows.opened("sock_dial_admit", 9000000) as come:
            scene.send()
            link, old = scene.dialled(CONTROL)
            scene.answer(link, old)
            end = deadline_in(3)
            while not come():
                assert time.monotonic() < end, "the answer is not looked at"
                time.sleep(0.01)
            ip("link", "set", DEVICE, "down")
            wait_for_status(t, "down")
            time.sleep(5)
            scene.peer.remote.incarnation = None
            ip("link", "set", DEVICE, "up")
            wait_for_status(t, "up")
        link.closed_within(10)
        same("refused for it", t.module.closed()["net_down"] - before, 1)
        scene.send()
        _, new = scene.dialled(CONTROL)
        assert new.incarnation != old.incarnation, "it says the old incarnation"


@case(bare=True, seconds=20, limit=90)
def address_that_is_back_before_an_attempt_has_failed(t):
    """An attempt that began while there was no route fails only when there is one again: that is
    no reason for a pause."""
    with crowded_device(), on(t, f"tcp({OURS})", min_reconnectms=20000):
        puppet = t.puppet()
        source, turn, before = puppet.bind(0, 0), 0, t.module.closed()["error"]
        with t.module.windows.opened("sock_greet_begun", 100000):
            while turn < 4 or (t.module.closed()["error"] == before and turn < 20):
                turn += 1
                used = []
                batch = ip_batch(f"link set {DEVICE} down", f"link set {DEVICE} up")
                while batch.poll() is None:
                    used.append(f"12345-10.9.0.{30 + (50 * turn + len(used) % 50) % 200}@tcp")
                    puppet.put(source, used[-1], PORTAL, ack=False)
                    time.sleep(0.01)
                time.sleep(0.5)
                wait_for_status(t, "up")
                time.sleep(0.5)
                settled(puppet)
                for target in used:
                    puppet.put(source, target, PORTAL, ack=False)
                puppet.silent(0.3)
        failed = t.module.closed()["error"] - before
        t.note(f"{failed} attempts found no way in {turn} turns")
        assert failed, "each attempt found a way, or was ended with all others"


@case(bare=True, seconds=6, limit=60)
def address_that_another_interface_has_too(t):
    """It is enough that one of the two is up, no matter which comes and goes."""
    with made(MADE), on(t, f"tcp({OURS})", sock_timeout=1):
        peer = t.connected()
        peer.ping_remote()
        links = peer.live()
        for words in (("addr", "add", f"{OURS}/24", "dev", MADE), ("link", "set", MADE, "up"),
                      ("link", "set", MADE, "down"), ("addr", "del", f"{OURS}/24", "dev", MADE)):
            since = t.log.now()
            ip(*words)
            time.sleep(0.3)
            same(" ".join(words), status_of(t), "up")
            same("lines", t.log.lines("is down: its address", since), [])
        time.sleep(2)
        same("connections", peer.live(), links)
        peer.ping_remote()


@case(bare=True, seconds=12, limit=60)
def address_that_flaps_is_said_to_be_where_it_is(t):
    """It flaps too often for a line each time. But when it stays down the log says so in the end,
    and the last line of all says that it is up."""
    with on(t, f"tcp({OURS})"):
        since = t.log.now()

        def said():
            return t.log.lines(f"{OURS}@tcp is ", since)

        for changes in range(2, 100, 2):
            ip("link", "set", DEVICE, "down")
            wait_for_status(t, "down")
            ip("link", "set", DEVICE, "up")
            wait_for_status(t, "up")
            if len(said()) < changes:
                break
        t.note(f"{len(said())} lines for {changes} changes")
        ip("link", "set", DEVICE, "down")
        wait_for_status(t, "down")
        end = deadline_in(8)
        while "is down" not in said()[-1]:
            assert time.monotonic() < end, f"the last line is still '{said()[-1]}'"
            time.sleep(0.1)
        ip("link", "set", DEVICE, "up")
        wait_for_status(t, "up")
        assert "is up again" in said()[-1], f"the last line is '{said()[-1]}'"


@case(bare=True, seconds=6, limit=60)
def address_that_is_promoted_is_another_way(t):
    """Our address is secondary, and the primary one goes with all routes: a peer that could not be
    reached is tried again at once."""
    promoting(DEVICE)
    with device():
        ip("addr", "add", f"{SECOND}/24", "dev", DEVICE)
        with loaded(t, f"tcp({SECOND}/32)", SECOND, min_reconnectms=20000):
            scene = Scene(t)
            scene.send()
            link, _ = scene.dialled(CONTROL)
            link.close()
            scene.failed(-errno.ECONNRESET)
            scene.send()
            scene.failed(-errno.ECONNRESET, 1)
            ip("addr", "del", f"{OURS}/24", "dev", DEVICE)
            time.sleep(0.3)
            same("status", status_of(t), "up")
            scene.send()
            scene.dialled(CONTROL, seconds=0.5)
