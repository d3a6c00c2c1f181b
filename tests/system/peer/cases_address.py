# SPDX-License-Identifier: GPL-2.0
"""networks=, and an address or interface of ours that comes, goes, changes, and comes back."""

import contextlib
import errno
import os
import subprocess
import time

import wire
from case import PORTAL, case, same
from cases_ends import counted
from link import deadline_in
from module import Broken
from peer import Peer, Remote
from setting import ip, ipv6, write
from wire import CONTROL, STATUS_DOWN, STATUS_UP

DEVICE, OURS, PREFIX = "dummy0", "10.9.0.1", "10.9.0.0/24"
MADE, OTHER = "made", "10.9.0.2"        # an interface and an address that some cases add
BACK = 3                # seconds, until a change is noticed


@contextlib.contextmanager
def device():
    """The interface is there and has our address."""
    ip("link", "set", DEVICE, "up")
    ip("addr", "add", f"{OURS}/24", "dev", DEVICE)
    try:
        yield
    finally:
        ip("addr", "flush", "dev", DEVICE)
        ip("link", "set", DEVICE, "down")


def closed(t):
    """Closes all connections and removes the modules."""
    for thing in t.things:
        thing.close()
    t.things.clear()
    t.module.unload()


@contextlib.contextmanager
def loaded(t, networks, address, **words):
    """The modules are loaded with those networks; there is no witness, as in other cases."""
    t.module.unload()
    t.module.load({"networks": networks, "address": address, **words})
    try:
        yield
    finally:
        closed(t)


@contextlib.contextmanager
def on(t, networks, address=OURS, **words):
    """The same, and the interface is there."""
    with device(), loaded(t, networks, address, **words):
        yield


def works(t, nid):
    """The module has an NI of that NID, and messages go both ways."""
    same("NIs", sorted(t.puppet().nids()), ["12345-0@lo", f"12345-{nid}"])
    peer, puppet = t.connected(), t.puppet()
    same("NIDs in a ping", [wire.nid_text(ni) for ni, _ in peer.ping_remote().nis], ["0@lo", nid])
    source = puppet.bind(10, 3)
    puppet.put(source, t.nid_of(peer), PORTAL)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    same("source", wire.nid_text(peer.remote.nid), nid)


BOTH = "fd00:98b::1"


@case(bare=True, limit=60, seconds=6)
def networks_by_all_of_a_family(t):
    """A prefix of no bits is not of the other family, and does not name the loopback."""
    ipv6()
    with device():
        try:
            with loaded(t, "tcp(::/0)", BOTH):
                raise AssertionError(f"NIs for ::/0 without IPv6: {t.puppet().nids()}")
        except Broken:
            t.module.unload()
        ip("-6", "addr", "add", f"{BOTH}/64", "dev", DEVICE, "nodad")
        for text, ours in (("::/0", BOTH), ("0.0.0.0/0", OURS)):
            with loaded(t, f"tcp({text})", ours):
                same("NI", t.puppet().nids()[1:], [f"12345-{ours}@tcp"])
        ip("addr", "flush", "dev", DEVICE)
        ip("-6", "addr", "add", f"{BOTH}/64", "dev", DEVICE, "nodad")
        try:
            with loaded(t, "tcp(0.0.0.0/0)", OURS):
                raise AssertionError(f"NIs for 0.0.0.0/0 without IPv4: {t.puppet().nids()}")
        except Broken:
            t.module.unload()


@case(bare=True, limit=60, seconds=4)
def networks_by_prefix_and_by_nothing(t):
    """Other cases have the network by interface and by address."""
    for text in (f"tcp0({PREFIX})", '" tcp "'):
        with on(t, text):
            works(t, f"{OURS}@tcp")


SOON = 2                # seconds, sock_timeout of the cases about outages


def status_of(t):
    return t.module.value("nis", wire.nid_text(t.nid), "status")


def wait_for_status(t, status):
    end = deadline_in(BACK)
    while status_of(t) != status:
        assert time.monotonic() < end, f"status {status} did not happen in {BACK} s"
        time.sleep(0.01)


def pinged(peer):
    """The status of the NI in the answer to a ping."""
    return peer.ping_remote().nis[1][1]


def short_outage(t, take, give):
    """The NI says that it is down; a message sent meanwhile arrives when the NI is back, by the
    same connections."""
    peer, puppet = t.connected(), t.puppet()
    source = puppet.bind(10, 3)
    same("status in a ping", pinged(peer), STATUS_UP)
    links = peer.live()
    since = t.log.now()
    with counted(t):
        take()
        wait_for_status(t, "down")
        puppet.put(source, t.nid_of(peer), PORTAL)
        time.sleep(0.3)
        give()
        wait_for_status(t, "up")
        same("payload", peer.take(wire.PUT, 10).payload, wire.pattern(10, 3))
        same("connections", peer.live(), links)
    same("lines", len(t.log.lines("is down: its address is not here", since)), 1)
    same("lines", len(t.log.lines("is up again", since)), 1)
    same("status in a ping", pinged(peer), STATUS_UP)
    peer.close()
    peer.wait_for("the end", lambda: t.of_peer(peer, "connections") == "0")


@case(bare=True, seconds=8, limit=60)
def address_and_interface_that_are_away_for_a_moment(t):
    with on(t, f"tcp({DEVICE})"):
        short_outage(t, lambda: ip("addr", "del", f"{OURS}/24", "dev", DEVICE),
                     lambda: ip("addr", "add", f"{OURS}/24", "dev", DEVICE))
        short_outage(t, lambda: ip("link", "set", DEVICE, "down"),
                     lambda: ip("link", "set", DEVICE, "up"))


def refuse_once(t, peer, listener):
    """Answers one attempt with NONE, like a node that has just learnt that we have started anew;
    returns how many seconds the next attempt took to come."""
    with contextlib.closing(listener.accept(5)) as link:
        link.read_request()
        link.write(peer.hello(wire.NONE, dst_nid=t.nid).encode())
        begin = time.monotonic()
    with contextlib.closing(listener.accept(5)):
        return time.monotonic() - begin


@case(bare=True, seconds=8, limit=60)
def address_that_was_away_for_long_is_heard_of_by_none(t):
    """A peer that still believes in its old connections says NONE, once: that costs no pause."""
    with on(t, f"tcp({DEVICE})", sock_timeout=SOON, min_reconnectms=4000):
        peer, puppet = t.connected(), t.puppet()
        source = puppet.bind(10, 3)
        ip("link", "set", DEVICE, "down")
        t.wait_counter(peer, "connections", "0", SOON + BACK)
        peer.close()
        ip("link", "set", DEVICE, "up")
        wait_for_status(t, "up")
        listener = t.listener(peer.address)
        puppet.put(source, t.nid_of(peer), PORTAL)
        took = refuse_once(t, peer, listener)
        assert took < 1, f"{took:.2f} s"


def long_outage(t, take, give):
    """Longer than sock_timeout: all connections end, messages fail, and the module comes back as
    another incarnation, or the peer would take new connections for its old ones."""
    peer, puppet = t.connected(), t.puppet()
    source = puppet.bind(10, 3)
    before, peer.remote.incarnation = peer.remote.incarnation, None
    with counted(t, net_down=3):
        take()
        t.wait_counter(peer, "connections", "0", SOON + BACK)
    # The peer hears nothing of the end over that network.
    peer.hang_up()
    puppet.put(source, t.nid_of(peer), PORTAL)
    same("status of a SEND", puppet.event("SEND", source).status, -errno.ENETDOWN)
    give()
    wait_for_status(t, "up")
    puppet.events.clear()
    begin = time.monotonic()
    puppet.put(source, t.nid_of(peer), PORTAL)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    t.note(f"{time.monotonic() - begin:.2f} s after it was back")
    peer.wait_live()
    assert peer.remote.incarnation != before, "the same incarnation"
    # A peer that hangs up while the last connection is being opened is dialled once more, so
    # it must stop listening.
    peer.close()
    peer.wait_for("the end", lambda: t.of_peer(peer, "connections") == "0")


@case(bare=True, seconds=14, limit=60)
def address_and_interface_that_go_and_come_back(t):
    with on(t, f"tcp({DEVICE})", sock_timeout=SOON):
        long_outage(t, lambda: ip("addr", "del", f"{OURS}/24", "dev", DEVICE),
                    lambda: ip("addr", "add", f"{OURS}/24", "dev", DEVICE))
        long_outage(t, lambda: ip("link", "set", DEVICE, "down"),
                    lambda: ip("link", "set", DEVICE, "up"))


AWAY = "12345-10.9.0.77@tcp"    # no node is there, which takes sock_timeout to notice


def ip_batch(*lines):
    """A process that carries out the lines."""
    batch = subprocess.Popen(["ip", "-batch", "-"], stdin=subprocess.PIPE)
    batch.stdin.write("".join(line + "\n" for line in lines).encode())
    batch.stdin.close()
    return batch


@contextlib.contextmanager
def crowded_device():
    """The interface has hundreds of addresses. When it comes up the route of each is made in turn,
    that of an address added later last."""
    try:
        others = [f"addr add 10.9.{2 + n // 250}.{1 + n % 250}/32 dev {DEVICE}"
                  for n in range(300)]
        same("addresses", ip_batch(*others).wait(), 0)
        yield
    finally:
        ip("addr", "flush", "dev", DEVICE)


def put_while(puppet, source, process):
    """Sends to AWAY until the process has ended."""
    end = time.monotonic() + BACK
    while process.poll() is None and time.monotonic() < end:
        puppet.put(source, AWAY, PORTAL, ack=False)
    same("the change", process.wait(), 0)


def put_waits(puppet, source):
    """There is a route to AWAY: a message to it waits."""
    puppet.put(source, AWAY, PORTAL, ack=False)
    puppet.silent(0.15)


def settled(puppet):
    """The statuses of all events that come before the answer to a command."""
    puppet.nids()
    statuses = [event.status for event in puppet.events]
    puppet.events.clear()
    return statuses


def comes_up_with_its_routes(t, puppet, source):
    """The interface was down. Once it is up no message fails for want of a route."""
    settled(puppet)
    put_while(puppet, source, ip_batch(f"link set {DEVICE} up"))
    while status_of(t) == "down":
        puppet.put(source, AWAY, PORTAL, ack=False)
    same("errors", set(settled(puppet)) - {-errno.ENETDOWN}, set())
    put_waits(puppet, source)


@case(bare=True, seconds=12, limit=60)
def interface_that_comes_up_is_used_with_its_routes(t):
    """While the kernel brings the interface up it is up and has no routes yet: no peer can be
    reached then, for a second."""
    with crowded_device(), on(t, f"tcp({OURS})"):
        puppet = t.puppet()
        source = puppet.bind(0, 0)
        for _ in range(20):
            ip("link", "set", DEVICE, "down")
            wait_for_status(t, "down")
            comes_up_with_its_routes(t, puppet, source)


@case(bare=True, seconds=8, limit=60)
def interface_that_is_down_for_an_instant(t):
    """A peer that could not be reached at that instant can be reached after it, whether or not the
    NI has been seen to be down."""
    with crowded_device(), on(t, f"tcp({OURS})", min_reconnectms=20000):
        puppet = t.puppet()
        source, failed = puppet.bind(0, 0), 0
        for _ in range(20):
            put_while(puppet, source, ip_batch(f"link set {DEVICE} down", f"link set {DEVICE} up"))
            time.sleep(0.2)
            wait_for_status(t, "up")
            failed += bool(settled(puppet))
            put_waits(puppet, source)
        t.note(f"{failed} of 20 times something could not be sent")
        assert failed, "no peer could not be reached"


@case(bare=True, seconds=4)
def networks_of_several_interfaces(t):
    """Each interface is an NI, and the first one sends. The others tell which of them is down."""
    with on(t, f"tcp(127.0.0.1,{DEVICE})", "127.0.0.1"):
        same("NIs", sorted(t.puppet().nids()),
             ["12345-0@lo", f"12345-{OURS}@tcp", "12345-127.0.0.1@tcp"])
        peer = t.connected()
        same("NIs in a ping", peer.ping_remote().nis[1:],
             [(t.nid, STATUS_UP), (wire.nid(OURS), STATUS_UP)])
        ip("link", "set", DEVICE, "down")
        peer.wait_for("the other one down",
                      lambda: dict(peer.ping_remote().nis)[wire.nid(OURS)] == STATUS_DOWN, BACK)
        same("this one", dict(peer.ping_remote().nis)[t.nid], STATUS_UP)
        same("connections", len(peer.live()), 3)


@contextlib.contextmanager
def made(*names):
    """Those of these interfaces that exist are removed in the end."""
    try:
        yield
    finally:
        for name in names:
            subprocess.run(["ip", "link", "del", name], stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)


@case(bare=True, seconds=3, limit=60)
def interface_that_comes_after_the_modules(t):
    """Until it is there, is up and has an address, LNet does not come up, and a line says why;
    then it does, and no module has to be loaded anew."""
    words = {"networks": f"tcp({MADE})", "address": OURS}
    steps = (("link", "add", MADE, "type", "dummy"), ("link", "set", MADE, "up"),
             ("link", "set", MADE, "down"), ("addr", "add", f"{OURS}/24", "dev", MADE),
             ("link", "set", MADE, "up"))
    with made(MADE):
        t.module.unload()
        try:
            t.module.prepare(words)
            for step in steps:
                since = t.log.now()
                try:
                    t.module.begin(words)
                    raise AssertionError(f"LNet is up before {step}")
                except Broken as error:
                    assert "No such device" in str(error), error
                lines = t.log.lines("does not come up", since)
                same(f"lines before {step}", len(lines), 1)
                assert f"'tcp({MADE})' does not come up: there is no such interface" in lines[0], lines
                assert lines[0].endswith(" (error -19)"), lines
                ip(*step)
            t.module.begin(words)
            works(t, f"{OURS}@tcp")
        finally:
            closed(t)


def unnoticed(t, act, undo):
    """Neither is an outage: the status stays, and messages go by the same connections."""
    peer, puppet = t.connected(), t.puppet()
    source, links = puppet.bind(10, 3), peer.live()
    since = t.log.now()
    with counted(t):
        for step in (act, undo):
            step()
            # The module has noticed the step by then, if it is noticed at all.
            time.sleep(0.3)
            same("status", status_of(t), "up")
            puppet.put(source, t.nid_of(peer), PORTAL)
            same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
            peer.ping_remote()
        same("connections", peer.live(), links)
    same("lines", t.log.lines(f"{t.nid_of(t.nid)} is ", since), [])
    # A new peer can connect, too.
    t.peer().dial_once(CONTROL)
    peer.close()
    peer.wait_for("the end", lambda: t.of_peer(peer, "connections") == "0")


@case(bare=True, seconds=4, limit=60)
def interface_that_is_renamed(t):
    """The NI is its address; with which name it was found is of no matter any more."""
    with made("other"), on(t, f"tcp({DEVICE})"):
        try:
            unnoticed(t, lambda: ip("link", "set", DEVICE, "name", "other"),
                      lambda: ip("link", "set", "other", "name", DEVICE))
        finally:
            if DEVICE not in os.listdir("/sys/class/net"):
                ip("link", "set", "other", "name", DEVICE)


def promoting(device):
    """A secondary address stays when the primary one goes."""
    write(f"/proc/sys/net/ipv4/conf/{device}/promote_secondaries", 1)


@case(bare=True, seconds=8, limit=60)
def primary_address_that_is_removed(t):
    """An outage if it was the NI's address, whatever other addresses there are; else none."""
    def remove(address):
        return lambda: ip("addr", "del", f"{address}/24", "dev", DEVICE)

    def add(address):
        return lambda: ip("addr", "add", f"{address}/24", "dev", DEVICE)

    promoting(DEVICE)
    with on(t, f"tcp({DEVICE})"):
        add(OTHER)()
        short_outage(t, remove(OURS), add(OURS))
    with device():
        add(OTHER)()
        with loaded(t, f"tcp({OTHER}/32)", OTHER):
            unnoticed(t, remove(OURS), add(OURS))


@case(bare=True, seconds=5, limit=60)
def address_that_moves_to_another_interface(t):
    """The address goes from one and then comes to the other, or is on both for a while."""
    with made(MADE), on(t, f"tcp({DEVICE})"):
        ip("link", "add", MADE, "type", "dummy")
        ip("link", "set", MADE, "up")
        short_outage(t, lambda: ip("addr", "del", f"{OURS}/24", "dev", DEVICE),
                     lambda: ip("addr", "add", f"{OURS}/24", "dev", MADE))
        unnoticed(t, lambda: ip("addr", "add", f"{OURS}/24", "dev", DEVICE),
                  lambda: ip("addr", "del", f"{OURS}/24", "dev", MADE))


@case(bare=True, seconds=12, limit=120, long=True)
def networks_of_64_interfaces(t):
    """As many as there may be: each is told of, can be reached, and goes down alone."""
    addresses = [f"10.9.1.{number}" for number in range(1, 65)]
    with device():
        for address in addresses:
            ip("addr", "add", f"{address}/32", "dev", DEVICE)
        with loaded(t, f"tcp({','.join(addresses)})", addresses[0]):
            nids = [wire.nid(address) for address in addresses]
            same("NIs", sorted(t.puppet().nids()),
                 sorted(["12345-0@lo", *[f"12345-{address}@tcp" for address in addresses]]))
            for address, nid in zip(addresses, nids):
                peer = t.keep(Peer(t.address(), Remote(nid, address), listen=False))
                peer.dial(CONTROL)
                nis = peer.ping_remote(1552).nis[1:]
                same(f"first NI in a ping of {address}", nis[0], (nid, STATUS_UP))
                same("others", set(nids) ^ {each for each, status in nis if status == STATUS_UP},
                     set())
            ip("addr", "del", f"{addresses[40]}/32", "dev", DEVICE)
            down = lambda: [nid for nid, status in peer.ping_remote(1552).nis[1:]
                            if status == STATUS_DOWN]
            peer.wait_for("the end of one", lambda: down() == [nids[40]], BACK)
