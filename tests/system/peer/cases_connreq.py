# SPDX-License-Identifier: GPL-2.0
"""The connection request: the first 16 bytes, and which callers are let in."""

import contextlib
import time

import wire
from case import case, same, within
from link import Gone, Late
from module import USUAL
from wire import Connreq, Violation

VERSION_ANSWER = Connreq(0).encode()    # in the module's own order, whatever came
TIMEOUT = USUAL["accept_timeout"]


def greeted(t, link, peer, ctype=wire.CONTROL):
    """The connection gets its HELLO."""
    answer = link.read_hello()
    peer.check_hello(answer)
    same("ctype", answer.ctype, wire.MIRROR[ctype])


def ask(t, peer, request, order="<", hello_order="<"):
    """A connection with this request and a good HELLO behind it."""
    link = t.link(peer.address)
    link.write(request.encode(order) + peer.hello(wire.CONTROL).encode(hello_order))
    return link


@case
def connreq_good(t):
    peer = t.peer()
    greeted(t, ask(t, peer, Connreq(t.nid)), peer)


@case
def connreq_in_the_other_byte_order(t):
    peer = t.peer()
    greeted(t, ask(t, peer, Connreq(t.nid), ">"), peer)


@case
def connreq_in_pieces(t):
    peer = t.peer()
    link = t.link(peer.address)
    for byte in Connreq(t.nid).encode():
        link.write(bytes([byte]))
        time.sleep(0.01)
    link.write(peer.hello(wire.CONTROL).encode())
    greeted(t, link, peer)


@case
def connreq_gets_no_answer_before_the_hello(t):
    """Success is silence."""
    link = t.link()
    link.write(Connreq(t.nid).encode())
    link.quiet(0.5)


def version_answered(t, data):
    link = t.link()
    link.write(data)
    same("answer", link.read(16), VERSION_ANSWER)
    link.closed_within(1)


@case
def connreq_version_query(t):
    for order in "<>":
        version_answered(t, Connreq(t.nid, wire.MAGIC_LNET).encode(order))


@case
def connreq_version_query_of_4_bytes(t):
    for order in "<>":
        version_answered(t, Connreq(t.nid, wire.MAGIC_LNET).encode(order)[:4])


@case
def connreq_unknown_version(t):
    for version in (0, 3, 2 << 24, 0x7FFFFFFF):
        for order in "<>":
            version_answered(t, Connreq(t.nid, version=version).encode(order))


@case
def connreq_wrong_nid(t):
    for target in (t.nid + 1, t.nid + (1 << 32), t.nid - (1 << 48), wire.NID_ANY, wire.NID_LO, 0):
        for order in "<>":
            ask(t, t.peer(listen=False), Connreq(target), order).closed_within(1)


@case
def connreq_bad_magic(t):
    for magic in (0, 0xDEADBEEF, wire.MAGIC_TCP, wire.MAGIC_PING, 0x47455420):
        link = t.link()
        link.write(Connreq(t.nid, magic).encode())
        link.closed_within(1)


@case(seconds=2)
def connreq_half_then_silence(t):
    # The time begins before the first one is accepted: the module's begins then.
    begin = time.monotonic()
    links = {part: t.link() for part in (0, 3, 4, 8, 15)}
    for part, link in links.items():
        link.write(Connreq(t.nid).encode()[:part])
    for part, link in links.items():
        link.closed_within(len(links) * TIMEOUT + 3)
        within(f"closing after {part} bytes", begin, TIMEOUT - 0.1, TIMEOUT + 1)


@case
def connreq_half_then_fin(t):
    for part in (0, 3, 8, 15):
        link = t.link()
        link.write(Connreq(t.nid).encode()[:part])
        link.finish()
        link.closed_within(1)


@case
def connreq_half_then_reset(t):
    for part in (0, 3, 8, 15):
        link = t.link()
        link.write(Connreq(t.nid).encode()[:part])
        link.reset()
    connreq_good(t)


@case
def connreq_silent_strangers_delay_nobody(t):
    """Real nodes read one request at a time. Here no peer waits until even one of the strangers
    is given up."""
    strangers = [t.link() for _ in range(20)]
    begin = time.monotonic()
    t.peer().dial(wire.CONTROL)
    took = within("a connection beside 20 silent ones", begin, 0, TIMEOUT - 0.1)
    t.note(f"{took:.2f} s")
    for stranger in strangers:
        stranger.quiet(0)
        stranger.close()


@case
def connreq_source_port_above_1023_is_refused(t):
    """accept=secure: closed without a byte, maybe before the caller knows that it is connected."""
    peer = t.peer(listen=False)
    try:
        link = t.link(peer.address, privileged=False)
        link.ask(peer.hello(wire.CONTROL))
    except (Gone, ConnectionError):
        return
    link.closed_within(1)


@case(accept="none")
def accept_none_lets_nobody_in(t):
    try:
        t.link()
    except ConnectionRefusedError:
        return
    raise AssertionError("a socket listens")


@case(accept="none")
def accept_none_still_dials(t):
    peer, puppet = t.peer(), t.puppet()
    puppet.put(puppet.bind(10, 3), t.nid_of(peer), 40, 5)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    puppet.good("ACK")


@case
def connreq_200_strangers_at_once(t):
    """Half say nothing, half say nonsense; the next real node gets in."""
    links = []
    for number in range(200):
        # A stranger that is cut off for the next one may learn of it at once.
        with contextlib.suppress(Gone, ConnectionResetError):
            links.append(t.link())
            if number & 1:
                links[-1].write(bytes([number]) * (number % 40))
    for link in links:
        link.close()
    begin = time.monotonic()
    try:
        t.peer().dial(wire.CONTROL)
    except (Late, Violation) as error:
        raise AssertionError("no caller gets in any more") from error
    t.note(f"{time.monotonic() - begin:.2f} s")
