# SPDX-License-Identifier: GPL-2.0
"""Crowds: many addresses of one /64, and many peers. What they may have at most, and that the
others have the rest."""

import contextlib
import errno
import time

import wire
from case import PATIENT, PORTAL, case, same
from cases_ends import counted, settle
from cases_limits import closed, first_are_closed, silent
from link import Gone, Link
from peer import Refused
from setting import IPV6, ip
from wire import CONTROL, PUT, Connreq, Hello

FAR = "fd00:98a::"      # another /64 than that of the peers of all other cases


@contextlib.contextmanager
def far(t):
    """Addresses of another /64, one after the other."""
    ip("-6", "route", "add", "local", f"{FAR}/64", "dev", "lo")
    try:
        yield (f"{FAR}{number:x}" for number in range(1, 1000))
    finally:
        t.close()
        ip("-6", "route", "del", "local", f"{FAR}/64", "dev", "lo")


def let_in(t, address=None, **words):
    t.peer(address, listen=False, **words).dial_once(CONTROL)


def kept_out(t, address=None, **words):
    try:
        let_in(t, address, **words)
    except (Gone, Refused):
        return
    raise AssertionError("it was let in")


def sent(t, puppet, nid):
    """The status of a PUT of ours."""
    source = puppet.bind(10, 3, threshold=1)
    puppet.put(source, nid, PORTAL, ack=False)
    return puppet.event("SEND", source).status


def served(t, puppet, peer, times=5):
    """Messages of ours go to that peer."""
    for _ in range(times):
        source = puppet.bind(10, 3, threshold=1)
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        same("payload", peer.take(PUT, 3).payload, wire.pattern(10, 3))


# --- callers that say nothing

@case(address=IPV6, callers_each=20, callers_max=100, prefix_share=30, accept_timeout=30, limit=60,
      seconds=2)
def crowd_of_callers_of_a_prefix_is_bounded(t):
    """None of its addresses has many. The oldest callers of the /64 are cut off, and no others."""
    settle(t)
    with far(t) as others:
        other = silent(t, next(others), 3)
        with counted(t, too_many=6):
            links = [link for _ in range(3) for link in silent(t, t.address(), 12)]
            first_are_closed(links, 6)
        same("closed of the others", closed(other), 0)
        # One with a HELLO is let in, from there and from elsewhere.
        let_in(t)
        let_in(t, next(others))


@case(address=IPV6, callers_each=20, callers_max=24, prefix_share=1, accept_timeout=30, limit=60,
      seconds=2)
def crowd_may_be_as_large_as_an_address(t):
    """A prefix has room for one address with all that an address may have."""
    settle(t)
    with counted(t, too_many=1):
        first_are_closed(silent(t, t.address(), 21), 1)


# --- peers

@case(address=IPV6, peers_each=3, peers_max=40, prefix_share=20, limit=60, seconds=3)
def crowd_of_peers_of_a_prefix_is_bounded(t):
    """Of 30 guests a /64 may have 6, and the witness is one. Peers elsewhere are let in, and our
    clients send to those of the /64 that they want."""
    settle(t)
    puppet = t.puppet()
    with far(t) as others:
        for _ in range(5):
            let_in(t)
        with counted(t, too_many=2):
            kept_out(t)
            kept_out(t)
        let_in(t, next(others))
        served(t, puppet, t.peer())
        served(t, puppet, t.peer())
        # A second name of one that was let in is one more, too.
        with counted(t, too_many=1):
            kept_out(t, t.things[1].address, pid=999)


@case(peers_max=16, limit=60, seconds=3)
def crowd_of_peers_leaves_a_quarter_to_our_clients(t):
    """12 of 16 may be guests, and the witness is one. Then a client of ours can send to 4 more,
    and a fifth is too many."""
    settle(t)
    puppet = t.puppet()
    for _ in range(11):
        let_in(t)
    with counted(t, too_many=3):
        for _ in range(3):
            kept_out(t)
    for _ in range(4):
        served(t, puppet, t.peer(), 1)
    same("status for a fifth", sent(t, puppet, t.nid_of(t.peer())), -errno.ENOBUFS)
    with counted(t, too_many=1):
        kept_out(t)


@case(peers_max=8, discovery_disabled=0, limit=60, seconds=4)
def crowd_that_names_others_takes_no_place_of_our_clients(t):
    """A guest that names another NID as the primary one of its node has us ask that one. When all
    guests that there may be are there, 6 of 8, it is not asked: it would be one more."""
    puppet = t.puppet()
    named = [t.peer(), t.peer()]
    tellers = [t.peer(listen=False), t.peer(listen=False)]
    for teller, other in zip(tellers, named):
        teller.ping = wire.PingInfo([(wire.NID_LO, 1), (other.nid, wire.STATUS_UP),
                                     (teller.nid, wire.STATUS_UP)], 0x1E).encode()
    tellers[0].dial_once(CONTROL)
    named[0].wait_for("a ping", lambda: named[0].pings)
    # With the witness, the first one, and whom it has named, there are 3.
    for _ in range(2):
        let_in(t)
    failed = int(t.module.value("nodes", "ask_failed"))
    tellers[1].dial_once(CONTROL)
    tellers[1].wait_for("a question that fails",
                        lambda: int(t.module.value("nodes", "ask_failed")) > failed)
    time.sleep(0.3)
    same("pings of the other one", len(named[1].pings), 0)
    # Clients of ours have their places.
    served(t, puppet, named[1])
    served(t, puppet, t.peer())


# --- credits

def stopped(t, puppet, number, messages, **words):
    """Peers that read nothing, and have large messages to come."""
    crowd = [t.peer(listen=False, window=8192, **words).connect() for _ in range(number)]
    for peer in crowd:
        peer.stop_reading()
    for peer in crowd:
        for bits in range(messages):
            puppet.put(puppet.bind(1 << 20, 0, threshold=1), t.nid_of(peer), PORTAL, bits,
                       ack=False)
    return crowd


def queued(t, crowd):
    return sum(int(t.of_peer(peer, "queue") or 0) for peer in crowd)


@case(address=IPV6, credits=8, address_credits=4, address_reserve=0, prefix_share=75,
      peer_credits=4, sock_timeout=PATIENT, limit=60, seconds=4)
def crowd_of_a_prefix_has_its_share_of_credits(t):
    """Four addresses that read nothing hold 6 of 8 credits, and a peer elsewhere has the others.
    When they read, each gets all it was sent, in order: none is left waiting."""
    puppet = t.puppet()
    with far(t) as others:
        crowd = stopped(t, puppet, 4, 6)
        other = t.peer(next(others)).connect()
        other.wait_for("the crowd to want more than there is", lambda: queued(t, crowd) > 12)
        served(t, puppet, other, 20)
        for peer in crowd:
            peer.read_on()
        for peer in crowd:
            same("order", [peer.take(PUT, 10).header.bits for _ in range(6)], list(range(6)))
        served(t, puppet, other)


@case(address=IPV6, credits=4, address_credits=1, address_reserve=0, prefix_share=50,
      peer_credits=1, sock_timeout=PATIENT, limit=90, seconds=8)
def crowd_that_waits_for_its_prefix_is_served_in_turn(t):
    """Of many addresses of two /64 each has to wait for its address, its prefix and the NI. Every
    message arrives."""
    puppet = t.puppet()
    with far(t) as others:
        crowd = [t.peer(address).connect()
                 for address in [None] * 8 + [next(others) for _ in range(8)]]
        for bits in range(30):
            for peer in crowd:
                puppet.put(puppet.bind(20000, 3, threshold=1), t.nid_of(peer), PORTAL, bits,
                           ack=False)
        for peer in crowd:
            same("order", [peer.take(PUT, 20).header.bits for _ in range(30)], list(range(30)))


# --- that come and go

@case(address=IPV6, limit=120, seconds=25)
def crowd_that_comes_and_goes_leaves_others_alone(t):
    """A thousand addresses of our own /64 are let in and go again at once, and each is a NID that
    the module keeps a number for. Peers before and after are served, and the client's own peer
    too, by the number that its text has."""
    puppet, honest = t.puppet(), t.connected()
    known = int(t.module.value("large_nids", "known"))
    for number in range(1000):
        address = f"fd00:988::bad:{number:x}"
        with contextlib.closing(Link.dial(address, (t.remote.address, t.remote.port))) as link:
            link.ask(Hello(wire.nid(address), t.nid, version=4, ctype=CONTROL,
                           incarnation=number + 1))
            same("ctype", link.read_hello().ctype, CONTROL)
        if not number % 100:
            served(t, puppet, honest, 1)
            honest.ping_remote()
    served(t, puppet, honest)
    served(t, puppet, t.peer())
    more = int(t.module.value("large_nids", "known")) - known
    assert more >= 1000, more
    same("forgotten", [t.module.value("large_nids", name)
                       for name in ("forgotten", "forgotten_lasting")], ["0", "0"])


@case(address=IPV6, accept_timeout=3, limit=90, seconds=10)
def crowd_that_says_part_of_a_hello_is_cut_off(t):
    """Each of 108 addresses sends so many bytes of a request and a HELLO, and no more; half of them
    hang up. All are ended, and others are let in and served meanwhile."""
    settle(t)
    puppet, honest = t.puppet(), t.connected()
    data = Connreq(t.nid).encode() + Hello(wire.nid("fd00:988::bad:0"), t.nid, version=4).encode()
    links = []
    for number in range(len(data)):
        link = t.link(f"fd00:988::bad:{number:x}")
        if number:
            link.write(data[:number])
        links.append(link)
        if number % 2:
            link.finish()
        if not number % 20:
            let_in(t)
            served(t, puppet, honest, 1)
    for link in links:
        link.closed_within(2 * 3 + 2)
    served(t, puppet, honest)
