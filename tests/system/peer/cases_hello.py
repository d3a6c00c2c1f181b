# SPDX-License-Identifier: GPL-2.0
"""HELLO, with the module on the passive side."""

import time

import wire
from case import case, same, within
from link import Gone, Late
from module import USUAL
from peer import Refused
from wire import ANY, BULK_IN, BULK_OUT, CONTROL, Connreq, Violation

TIMEOUT = USUAL["accept_timeout"]


def say(t, peer, hello, order="<"):
    """A connection on which this HELLO was sent."""
    link = t.link(peer.address)
    link.ask(hello, t.nid, order)
    return link


def answered(t, peer, hello, order="<"):
    """Such a connection and the answer, which is checked, but for its ctype."""
    link = say(t, peer, hello, order)
    answer = link.read_hello()
    peer.check_hello(answer)
    same("version", answer.version, hello.version)
    return link, answer


def refused(t, peer, hello):
    """Closed, without a byte."""
    say(t, peer, hello).closed_within(1)


def each_ctype(t, version, ctypes):
    for ctype in ctypes:
        peer = t.peer()
        link, answer = answered(t, peer, peer.hello(ctype, version=version))
        same("ctype", answer.ctype, wire.MIRROR[ctype])
        link.quiet(0.03)


@case
def hello_v3(t):
    each_ctype(t, 3, (CONTROL, BULK_IN, BULK_OUT, ANY))


@case
def hello_v2(t):
    each_ctype(t, 2, (CONTROL, BULK_IN, BULK_OUT, ANY))


@case
def hello_v1(t):
    each_ctype(t, 1, (CONTROL, BULK_IN, BULK_OUT, ANY))


@case
def hello_in_the_other_byte_order(t):
    """The HELLO and every header around a message; the answers come in the module's own."""
    for version in (2, 3):
        peer = t.connected(version=version, order=">")
        peer.ping_remote()
        peer.put(0, wire.PING_BITS, bytes(16)).wait()
        peer.put(9, 9, bytes(20000), cookie=version == 3).silent(0.1)
        peer.wait_cookies()
        peer.check()


@case
def hello_unknown_version(t):
    """A HELLO v3 with ctype NONE in which both NIDs are the module's, then the end."""
    for version in (0, 5, 4 << 24, 0x7FFFFFFF):
        peer = t.peer()
        link = say(t, peer, peer.hello(CONTROL, version=version))
        check_version_answer(t, peer, link)


@case
def hello_v1_of_another_minor(t):
    peer = t.peer()
    link = t.link(peer.address)
    data = bytearray(peer.hello(CONTROL, version=1).encode())
    data[6] = 9
    link.write(Connreq(t.nid).encode() + data)
    check_version_answer(t, peer, link)


def check_version_answer(t, peer, link):
    answer = link.read_hello()
    peer.check_hello(answer, t.nid)
    same("version and ctype", (answer.version, answer.ctype), (3, wire.NONE))
    link.closed_within(1)


@case
def hello_pid_any_is_refused(t):
    for version in (1, 2, 3):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(CONTROL, version=version, src_pid=wire.PID_ANY))


@case
def hello_src_nid_any_is_refused(t):
    for version in (1, 2, 3):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(CONTROL, version=version, src_nid=wire.NID_ANY))


@case
def hello_of_another_network_is_refused(t):
    """The address is the same, but a NID has a network, too."""
    peer = t.peer(listen=False)
    refused(t, peer, peer.hello(CONTROL, src_nid=wire.nid(peer.address, 9)))


@case
def hello_in_our_own_name_is_refused(t):
    """Answers would not go back to the peer that says so."""
    for nid in (t.nid, wire.NID_LO):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(CONTROL, src_nid=nid))


@case
def hello_nips_up_to_16(t):
    for version in (1, 2, 3):
        for number in (1, 3, 16):
            peer = t.peer()
            hello = peer.hello(CONTROL, version=version, ips=tuple(range(7, 7 + number)))
            link, answer = answered(t, peer, hello)
            same("ctype", answer.ctype, CONTROL)
            link.quiet(0.03)


@case
def hello_17_nips_are_refused(t):
    for version in (1, 2, 3):
        for number in (17, 0x3FFFFFFF):
            peer = t.peer(listen=False)
            refused(t, peer, peer.hello(CONTROL, version=version, ips=(7,) * 17, nips=number))


@case
def hello_bad_magic(t):
    for magic in (0, wire.MAGIC_ACCEPTOR, wire.MAGIC_PING, 0xFFFFFFFF):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(CONTROL, magic=magic))


@case
def hello_ctype_none_is_refused(t):
    peer = t.peer(listen=False)
    refused(t, peer, peer.hello(wire.NONE))


@case
def hello_ctype_nobody_knows_is_refused(t):
    for ctype in (4, 0x7FFFFFFF, 0xFFFFFFFE):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(ctype))


@case
def hello_in_pieces(t):
    for version in (1, 3):
        peer = t.peer()
        link = t.link(peer.address)
        for byte in Connreq(t.nid).encode() + peer.hello(
                CONTROL, version=version, ips=(1, 2, 3)).encode():
            link.write(bytes([byte]))
            time.sleep(0.005)
        answer = link.read_hello()
        peer.check_hello(answer)
        same("ctype", answer.ctype, CONTROL)


@case(seconds=2)
def hello_half_then_silence(t):
    """Closed when accept_timeout has passed."""
    peer = t.peer(listen=False)
    data = Connreq(t.nid).encode() + peer.hello(CONTROL, ips=(1,)).encode()
    begin = time.monotonic()
    links = {cut: t.link(peer.address) for cut in (16, 20, 40, len(data) - 1)}
    for cut, link in links.items():
        link.write(data[:cut])
    for cut, link in links.items():
        link.closed_within(2 * TIMEOUT + 3)
        within(f"closing after {cut} bytes", begin, TIMEOUT - 0.1, TIMEOUT + 1)


@case
def hello_half_then_fin(t):
    peer = t.peer(listen=False)
    data = Connreq(t.nid).encode() + peer.hello(CONTROL).encode()
    for cut in (16, 20, 40, len(data) - 1):
        link = t.link(peer.address)
        link.write(data[:cut])
        link.finish()
        link.closed_within(1)


@case
def hello_then_gone_before_the_answer(t):
    for _ in range(20):
        peer = t.peer(listen=False)
        say(t, peer, peer.hello(CONTROL)).close()
        say(t, peer, peer.hello(BULK_IN)).reset()


@case
def hello_messages_before_the_answer_is_read(t):
    """Ten pings in the same segment as the HELLO."""
    peer = t.peer()
    link = t.link(peer.address)
    ping = peer.header(wire.GET, wmd=peer.new_wmd(), bits=wire.PING_BITS, sink=48)
    link.write(Connreq(t.nid).encode() + peer.hello(CONTROL).encode()
               + 10 * (wire.Ksock().encode() + ping.encode()))
    peer.check_hello(link.read_hello())
    for _ in range(10):
        wire.Ksock.decode(link.read(24))
        header = wire.Header.decode(link.read(72))
        same("answer", (header.type, header.wmd, header.length), (wire.REPLY, ping.wmd, 48))
        wire.PingInfo.decode(link.read(48), 48)


@case
def hello_of_a_type_there_is_gets_none(t):
    peer = t.connected()
    for ctype in (CONTROL, BULK_IN, BULK_OUT):
        try:
            peer.dial_once(ctype)
            raise AssertionError("a second connection of a type was taken")
        except Refused:
            pass
    same("connections", len(peer.live()), 3)
    peer.ping_remote()


@case
def hello_after_a_close_is_taken(t):
    peer = t.connected()
    for _ in range(5):
        peer.hang_up()
        begin = time.monotonic()
        peer.connect()
        within("connecting again", begin, 0, 4)
        peer.ping_remote()


def starts_anew(t, peer, **words):
    """One NONE, the end of all old connections, then success."""
    try:
        peer.dial_once(CONTROL, **words)
        raise AssertionError("taken at once, beside connections of the life before")
    except Refused:
        pass
    peer.wait_dead(3)
    for name, value in words.items():
        setattr(peer, name, value)
    begin = time.monotonic()
    peer.dial_once(CONTROL)
    peer.dial_once(BULK_IN)
    peer.dial_once(BULK_OUT)
    within("the next attempt", begin, 0, 1)
    peer.ping_remote()


@case
def hello_of_another_incarnation(t):
    peer = t.connected()
    for step in (1, -5, 1 << 63):
        starts_anew(t, peer, incarnation=peer.incarnation + step & 0xFFFFFFFFFFFFFFFF)


@case
def hello_of_another_version(t):
    peer = t.connected()
    for version in (2, 1, 3):
        starts_anew(t, peer, version=version)


@case
def hello_of_another_pid_is_another_peer(t):
    """NID and PID together name a peer."""
    address = t.address()
    first = t.peer(address).connect()
    second = t.peer(address, pid=999, listen=False).connect()
    first.ping_remote()
    second.ping_remote()
    same("connections", len(first.live()), 3)
    second.close()
    time.sleep(0.3)
    first.ping_remote()


@case(check_address="N")
def hello_from_somewhere_else_is_believed(t):
    """With check_address=N the module believes the NID in a HELLO from a privileged port, unless
    it is one of its own."""
    for nid in (wire.nid("10.77.0.1"), wire.nid("10.77.0.1", 5)):
        puppet = t.puppet()
        puppet.post(40, 100)
        peer = t.peer(nid=nid, listen=False).connect()
        peer.ping_remote()
        peer.put(40, 0, b"abc").wait()
        same("sender", puppet.good("PUT", mlength=3).initiator, f"12345-{wire.nid_text(nid)}")
        t.wait_counter(peer, "state", "up")
        puppet.close()
    for nid in (t.nid, wire.NID_LO):
        peer = t.peer(nid=nid, listen=False)
        try:
            peer.dial_once(CONTROL)
        except (Gone, Refused):
            continue
        except Violation as error:
            raise AssertionError(f"claiming to be {wire.nid_text(nid)}: {error}") from error
        raise AssertionError(f"let in under our own NID {wire.nid_text(nid)}")


@case
def hello_only_control(t):
    """All messages go there, large and small."""
    peer, puppet = t.peer().connect((CONTROL,)), t.puppet()
    puppet.post(40, 1 << 20, bits=3, options="get", seed=9)
    peer.ping_remote()
    same("reply", peer.get(40, 3, 1 << 20).wait().payload, wire.pattern(1 << 20, 9))


@case
def hello_only_the_peers_bulk_in(t):
    """The module calls it BULK_OUT, and sends all messages there."""
    peer, puppet = t.peer().connect((BULK_IN,)), t.puppet()
    puppet.post(40, 4096, bits=3, options="get", seed=9)
    peer.ping_remote()
    same("reply", peer.get(40, 3, 4096).wait().payload, wire.pattern(4096, 9))


@case
def hello_only_the_peers_bulk_out(t):
    """It is for NOOPs: nothing else may come there."""
    peer = t.peer(listen=False).connect((BULK_OUT,))
    request = peer.get(0, wire.PING_BITS, 48)
    try:
        request.wait(1)
        raise AssertionError("a message came on the module's BULK_IN")
    except Late:
        pass
