# SPDX-License-Identifier: GPL-2.0
"""NIDs with IPv6 addresses: version 4 of HELLO, which has room for them, over IPv6 and over IPv4;
and the numbers that stand for such NIDs in the module, which are of no meaning to a peer."""

import contextlib

import wire
from case import PORTAL, case, same
from cases_active import ORDER, Scene, older, race, race_of_two_real_ones
from cases_address import DEVICE, SOON, loaded, long_outage, short_outage
from cases_connreq import VERSION_ANSWER
from cases_ends import counted, settle, wrong
from cases_hello import answered, each_ctype, refused, starts_anew
from cases_message import exchange, get_in, put_in, put_out
from cases_misuse import closes, dropped, header
from cases_open import known, stranger
from cases_ping import lnetping
from cases_zerocopy import ALWAYS, uncopied
from link import Gone
from peer import Peer, Refused, Remote
from setting import IPV6, IPV6_HIGH, ip
from wire import ACK, ANY, BULK_IN, BULK_OUT, CONTROL, GET, PUT, REPLY, Connreq, Hello, Ksock

NID = wire.nid(IPV6)
OTHER = wire.nid("fd00:988::77")                # of a node that nobody has heard of
ALL = (CONTROL, BULK_IN, BULK_OUT, ANY)


def resized(nid, size):
    """The 20 bytes of a NID that say another size, as a number."""
    return nid ^ (nid >> 152 ^ size) << 152


def odd(nid):
    """What is no NID, made of one: other sizes, and a short one with more behind it."""
    yield from (resized(nid, size) for size in (0, 1, 4, 11, 13, 16, 0xFF))
    short = int.from_bytes(wire.nid20(wire.nid("10.0.0.1")), "big")
    yield from (short | 1, short | 1 << 95)


def numbers(nid):
    """Such as the module may have for large NIDs, on the network of a short one."""
    return [1 << 56 | net | number for net in (nid >> 32 << 32, 2 << 48) for number in range(6)] + [
        1 << 56 | nid, 0xFF << 56 | nid, 1 << 63 | nid]


# --- the module is dialled

@case(address=IPV6)
def large_hello_of_each_type(t):
    """The answer is of version 4, in its 80 bytes, and mirrors the type."""
    each_ctype(t, 4, ALL)


@case(address=IPV6, seconds=3)
def large_messages_of_all_kinds(t):
    """PUT, ACK, GET and REPLY both ways; events name the peer by its NID."""
    peer, puppet = t.connected(), t.puppet()
    same("name", t.nid_of(peer), f"{peer.address}@tcp")
    exchange(t, peer, puppet)
    t.wait_counter(peer, "state", "up")
    t.wait_counter(peer, "connections", "3")


@case(address=IPV6)
def large_ping(t):
    """Its answer has the large NID behind the short ones, whose number does not count it."""
    peer = t.connected()
    for sink in (272, 57, 56, 55, 48, 32, 31, 16, 5, 0):
        info = peer.ping_remote(sink)
        if sink >= 56:
            same("NIs", info.nis, [(wire.NID_LO, wire.STATUS_UP), (t.nid, wire.STATUS_UP)])
            same("features and number", (info.features & 0x60, info.nnis), (0x60, 1))
    peer.put(0, wire.PING_BITS, wire.PingInfo([(wire.NID_LO, 1)], 0x1E).encode()).wait()


@case(address=IPV6)
def large_lnetping(t):
    """The module pings the peer, which answers, and itself."""
    peer = t.peer()
    for nid in (peer.nid, t.nid):
        status, lines = lnetping(wire.nid_text(nid))
        same("status", status, 0)
        same("answer", (lines[0].partition(":")[0], lines[1:3]),
             (peer.address[:4], ["  0@lo up", f"  {wire.nid_text(nid)} up"]))
    same("pings that came", len(peer.pings), 1)


@case(address=IPV6)
def large_hello_in_the_other_byte_order(t):
    """NIDs are not swapped, all else is."""
    peer = t.connected(order=">")
    peer.ping_remote()
    peer.put(9, 9, bytes(20000), cookie=True).silent(0.1)
    peer.wait_cookies()


@case(address=IPV6)
def large_cookies_and_checksums(t):
    """As in version 3: cookies come back on BULK_IN, and a checksum is that of the payload."""
    peer, puppet = t.connected(), t.puppet()
    for size in (1, 5000, 70000):
        put_in(t, peer, puppet, size, "pages", cookie=True, csum=True)
    peer.wait_cookies()
    same("connections of NOOPs", {conn.ctype for conn, _ in peer.acked}, {BULK_OUT})
    peer.close()
    settle(t)
    bad = Ksock(csum=0x1234)
    puppet.post(PORTAL, 100, bits=5)
    wrong(t, "bad_csum", lambda peer, conn: conn.send(
        header(peer, PUT, length=3, bits=5), b"abc", bad), version=4)


@case(address=IPV6)
def large_hello_has_no_addresses_behind_it(t):
    """A real node looks at the number of them no more; what follows is a message."""
    for number in (1, 16, 17, 0x3FFFFFFF):
        peer = t.peer()
        link, _ = answered(t, peer, peer.hello(CONTROL, nips=number))
        link.quiet(0.03)


@case(address=IPV6)
def large_hello_of_a_type_there_is_gets_none(t):
    """The refusal is of version 4."""
    peer = t.connected()
    for ctype in ORDER:
        try:
            peer.dial_once(ctype)
            raise AssertionError("a second connection of a type was taken")
        except Refused:
            pass
    same("connections", len(peer.live()), 3)
    peer.ping_remote()


@case(address=IPV6)
def large_hello_of_another_incarnation(t):
    peer = t.connected()
    for step in (1, -5, 1 << 63):
        starts_anew(t, peer, incarnation=peer.incarnation + step & 0xFFFFFFFFFFFFFFFF)


@case(address=IPV6)
def large_hello_of_another_address_is_refused(t):
    """The NID must have the caller's address, in the length and on the network of ours."""
    settle(t)
    address = t.address()
    low = (int(wire.nid(address)) & 0xFFFFFFFF)
    claims = (wire.nid(address) + 1, OTHER, wire.nid(address, 9), wire.nid("10.0.0.1"),
              wire.TCP << 48 | low)
    with counted(t, address=len(claims)):
        for nid in claims:
            peer = t.peer(address=address, nid=nid, version=4, listen=False)
            refused(t, peer, peer.hello(CONTROL))


@case(address=IPV6)
def large_hello_in_our_own_name_is_refused(t):
    for nid in (t.nid, wire.NID_LO):
        peer = t.peer(listen=False)
        refused(t, peer, peer.hello(CONTROL, src_nid=nid))


@case(address=IPV6)
def large_hello_of_older_versions_is_refused(t):
    """They have no room for the NIDs, whatever stands there instead."""
    settle(t)
    claims = (1, wire.nid("10.0.0.1"), wire.NID_LO, *numbers(wire.nid("10.0.0.1"))[:2])
    with counted(t, bad_hello=3 * len(claims)):
        for version in (1, 2, 3):
            for nid in claims:
                link = t.link()
                link.write(Connreq(t.nid).encode()
                           + Hello(nid, 5, version=version).encode())
                link.closed_within(1)


@case(address=IPV6)
def large_hello_of_an_odd_nid_is_refused(t):
    settle(t)
    peer = t.peer(listen=False)
    claims = [wire.NID_ANY, 0xFF << 144 | 5, *odd(peer.nid)]
    with counted(t, bad_hello=len(claims) + 1):
        for nid in claims:
            refused(t, peer, peer.hello(CONTROL, src_nid=nid))
        refused(t, peer, peer.hello(CONTROL, src_pid=wire.PID_ANY))


@case(address=IPV6)
def large_hello_for_anybody_is_taken(t):
    """Nobody looks at the NID that a HELLO is for."""
    for nid in (OTHER, wire.nid("10.0.0.1"), wire.NID_ANY, 0, *odd(NID)):
        peer = t.peer()
        link, answer = answered(t, peer, peer.hello(CONTROL, dst_nid=nid))
        same("ctype", answer.ctype, CONTROL)
        link.close()


@case(address=IPV6)
def large_hello_of_an_unknown_version_gets_none_of_version_4(t):
    peer = t.peer()
    for version in (0, 5, 4 << 24, 0x7FFFFFFF):
        link = t.link(peer.address)
        data = bytearray(peer.hello(CONTROL).encode())
        data[4:8] = version.to_bytes(4, "little")
        link.write(Connreq(t.nid).encode() + data)
        answer = link.read_hello()
        peer.check_hello(answer, t.nid)
        same("version and ctype", (answer.version, answer.ctype), (4, wire.NONE))
        link.closed_within(1)


@case(address=IPV6, accept="all")
def large_stranger_is_named_after_address_and_port(t):
    """A caller from a port above 1023, whatever it claims."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for claim in (None, OTHER, wire.nid("10.9.9.9"), t.nid):
        peer = stranger(t, nid=claim, version=4)
        port = known(peer, peer.dial_once(CONTROL))
        peer.put(PORTAL, 0, b"abc").wait()
        event = puppet.good("PUT", mlength=3)
        same("initiator", event.initiator, f"U{port}-{peer.address}@tcp")
        same("reply", peer.get(PORTAL, 0, 3).wait().payload, b"abc")
        puppet.good("GET")
        peer.close()


# --- connection requests

@case(address=IPV6)
def large_connreq_in_both_orders_and_in_pieces(t):
    for order in "<>":
        for step in (1, 4, 8, 27, 28):
            peer = t.peer()
            link = t.link(peer.address)
            data = Connreq(t.nid).encode(order)
            for at in range(0, len(data), step):
                link.write(data[at:at + step])
            link.write(peer.hello(CONTROL).encode())
            peer.check_hello(link.read_hello())


@case(address=IPV6)
def large_connreq_of_an_unknown_version_is_told_the_oldest(t):
    for version in (0, 3, 0x7FFFFFFF):
        for order in "<>":
            link = t.link()
            link.write(Connreq(t.nid).encode(order)[:4]
                       + version.to_bytes(4, "little" if order == "<" else "big"))
            same("answer", link.read(16), VERSION_ANSWER)
            link.closed_within(1)


def closed_at_once(t, targets):
    for target in targets:
        for order in "<>":
            peer = t.peer(listen=False)
            link = t.link(peer.address)
            link.ask(peer.hello(CONTROL), target, order)
            link.closed_within(1)


@case(address=IPV6)
def large_connreq_for_another_nid_closes(t):
    settle(t)
    targets = (t.nid + 1, OTHER, wire.nid(IPV6, 3), t.nid ^ 1 << 144, wire.nid("10.0.0.1"),
               wire.NID_ANY, wire.NID_LO, 0, 1)
    with counted(t, not_ours=2 * len(targets)):
        closed_at_once(t, targets)


@case(address=IPV6)
def large_connreq_for_an_odd_nid_or_a_number_closes(t):
    """Not even the very number that stands for our NID."""
    settle(t)
    targets = [*odd(t.nid), *numbers(wire.nid("10.0.0.1"))]
    with counted(t, bad_connreq=2 * len(targets)):
        closed_at_once(t, targets)


@case
def number_of_a_large_nid_in_a_connreq_closes(t):
    settle(t)
    targets = numbers(t.nid)
    with counted(t, bad_connreq=2 * len(targets)):
        closed_at_once(t, targets)


@case
def number_of_a_large_nid_in_a_hello_is_refused(t):
    settle(t)
    with counted(t, bad_hello=3 * len(numbers(t.nid))):
        for version in (1, 2, 3):
            peer = t.peer(listen=False)
            for nid in numbers(peer.nid):
                refused(t, peer, peer.hello(CONTROL, version=version, src_nid=nid))


@case(seconds=5)
def number_of_a_large_nid_in_a_message_closes(t):
    """As the source or the destination, in each version that has room for one."""
    settle(t)
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    for version in (1, 2, 3):
        for word in ("src_nid", "dest_nid"):
            for nid in numbers(t.nid)[::4]:
                wrong(t, "bad_message", lambda peer, conn, word=word, nid=nid: conn.send(
                    header(peer, PUT, length=3, **{word: nid}), b"abc"), version)
    puppet.silent(0.1)


# --- messages that are wrong

def of_each_kind(words):
    """Functions that send one of each kind, with these words in its header."""
    for kind in (PUT, GET, ACK, REPLY):
        payload = b"abc" if kind in (PUT, REPLY) else b""
        yield lambda peer, conn, kind=kind, payload=payload: conn.send(
            header(peer, kind, length=len(payload), sink=3, **words), payload)


@case(address=IPV6, seconds=6)
def large_header_with_a_forged_source_closes(t):
    """Whether or not the module has heard of whose NID it is; as with short ones."""
    puppet, other = t.puppet(), t.connected()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    before, sent = t.module.counters(), 0
    for words in ({"src_nid": other.nid}, {"src_nid": OTHER}, {"src_nid": t.nid},
                  {"src_nid": wire.NID_LO}, {"src_pid": 1}):
        for act in of_each_kind(words):
            closes(t, f"a message with {words}", act, 4)
            sent += 1
    name = f"{wire.nid_text(t.nid)}/dropped_forged_source"
    same(name, t.module.counters()[name] - before[name], sent)
    puppet.silent(0.1)
    same("connections of the other one", len(other.live()), 3)


@case(address=IPV6, seconds=3)
def large_header_for_another_nid_of_our_network_closes(t):
    other = t.connected()
    for nid in (other.nid, OTHER, t.nid + 1, wire.NID_LO):
        closes(t, "another's message", lambda peer, conn, nid=nid: conn.send(
            header(peer, PUT, dest_nid=nid, length=10), bytes(10)), 4)


@case(address=IPV6, seconds=3)
def large_header_of_another_network_is_dropped(t):
    """The short NIDs of the network are another network, too."""
    for nid in (wire.nid(IPV6, 3), OTHER ^ 1 << 144, wire.nid("10.0.0.1"), wire.nid("10.0.0.1", 7),
                5 << 48 | 77, wire.NID_ANY):
        dropped(t, 1000, 4, dest_nid=nid)
    dropped(t, 1000, 4, src_nid=wire.NID_ANY)
    before = t.module.counters()
    for nid in (wire.nid(IPV6, 3), wire.nid("10.0.0.1"), 5 << 48 | 77):
        dropped(t, 10, 4, src_nid=nid)
    name = f"{wire.nid_text(t.nid)}/dropped_routed_source"
    same(name, t.module.counters()[name] - before[name], 12)


@case(address=IPV6, seconds=5)
def large_header_with_an_odd_nid_closes(t):
    puppet = t.puppet()
    puppet.post(PORTAL, 100, options="put,get,remote,truncate")
    settle(t)
    for word in ("src_nid", "dest_nid"):
        for nid in odd(NID):
            wrong(t, "bad_message", lambda peer, conn, word=word, nid=nid: conn.send(
                header(peer, PUT, length=3, **{word: nid}), b"abc"), 4)
    puppet.silent(0.1)


@case(address=IPV6)
def large_header_in_the_old_form_closes(t):
    """72 bytes, and 24 of the next message: what stands for NIDs then is none."""
    peer = t.connected()
    data = Ksock().encode() + peer.header(GET, dest_nid=5, src_nid=wire.nid("10.0.0.1")).encode()
    with contextlib.suppress(Gone):
        peer.find(CONTROL).send_raw(data + data[:24])
    peer.wait_dead(3)


# --- the module dials

def large_bytes(link, ctype, peer):
    """The request and the HELLO of the module, byte by byte."""
    ours, theirs = b"\x0c\x02\0\0" + wire.nid20(NID)[4:], b"\x0c\x02\0\0" + wire.nid20(peer.nid)[4:]
    data = link.read(28 + 80)
    same("request", data[:28], bytes.fromhex("0071ceac02000000") + theirs)
    same("HELLO", data[28:84], bytes.fromhex("6369724504000000") + ours + theirs
         + bytes.fromhex("3930000000000000"))
    same("behind the incarnation", data[92:], bytes(8) + bytes([ctype, 0, 0, 0]) + bytes(4))
    return Hello.decode(data[28:])


@case(address=IPV6)
def large_dials_with_these_bytes(t):
    """Three connections, then the message, whose header has 96 bytes."""
    scene = Scene(t)
    scene.send(ack=True)
    for ctype in ORDER:
        link = t.keep(scene.listener.accept(5))
        scene.adopt(link, large_bytes(link, ctype, scene.peer))
    scene.delivered()
    scene.puppet.good("SEND")
    scene.puppet.good("ACK")
    same("connections", len(scene.peer.live()), 3)


@case(address=IPV6)
def large_message_of_the_module_has_these_bytes(t):
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL, 4)
    scene.answer(link, hello)
    for ctype in ORDER[1:]:
        scene.answer(*scene.dialled(ctype, 4))
    data = link.read(120 + 10)
    same("around it", data[:24], b"\xc1" + bytes(23))
    same("NIDs", data[24:64], wire.nid20(scene.peer.nid) + wire.nid20(NID))
    same("behind them", data[64:80], bytes.fromhex("3930000039300000010000000a000000"))
    same("payload", data[120:], wire.pattern(10, 3))


@case(address=IPV6)
def large_none_is_tried_again(t):
    """A refusal of version 4; and one of an older version, which is of no use: the module cannot
    speak that to a peer with such a NID."""
    scene = Scene(t)
    scene.send()
    scene.answer(*scene.dialled(CONTROL, 4), ctype=wire.NONE)
    for ctype in ORDER:
        scene.adopt(*scene.dialled(ctype, 4))
    scene.delivered()
    for version in (1, 2, 3):
        scene = Scene(t)
        scene.send()
        link, _ = scene.dialled(CONTROL, 4)
        link.write(Hello(5, 6, ctype=wire.NONE, version=version).encode())
        scene.failed(-71)
        link.closed_within(1)


@case(address=IPV6)
def large_answers_of_another_are_refused(t):
    """Another NID, in full or in its last byte; no NID; another version."""
    own = wire.nid("10.0.0.1")
    for words in ({"src_nid": OTHER}, {"src_nid": own}, {"src_nid": resized(NID, 4)},
                  {"src_nid": wire.NID_ANY}, {"src_nid": own, "dst_nid": own, "version": 3}):
        scene = Scene(t)
        scene.send()
        scene.answer(*scene.dialled(CONTROL, 4), **words)
        scene.failed(-71)


@case(address=IPV6)
def large_race_the_peer_is_higher(t):
    race(t, wins=True)


@case(address=IPV6_HIGH, seconds=2)
def large_race_the_peer_is_lower(t):
    """Bytes decide, not the order in which the module has heard of the two."""
    race(t, wins=False)


@case(address=IPV6, limit=60)
def large_race_of_two_real_ones(t):
    race_of_two_real_ones(t)


@case(address=IPV6_HIGH, limit=60)
def large_race_of_two_real_ones_the_other_way(t):
    race_of_two_real_ones(t)


# --- version 4 with short NIDs, and both kinds of NIs

@case
def large_hello_over_ipv4(t):
    """NIDs of 4 bytes in 20, after either request; the answer is of version 4."""
    each_ctype(t, 4, ALL)
    for version in (1, 2):
        peer = t.peer()
        link = t.link(peer.address)
        link.write(Connreq(t.nid, version=version).encode() + peer.hello(CONTROL, version=4).encode())
        answer = link.read_hello()
        peer.check_hello(answer)
        same("version", answer.version, 4)


@case(seconds=3)
def large_version_over_ipv4_carries_messages(t):
    peer, puppet = t.connected(version=4), t.puppet()
    exchange(t, peer, puppet)
    same("NIs", [ni for ni, _ in peer.ping_remote().nis], [wire.NID_LO, t.nid])
    for version in (3, 4, 2, 4):
        starts_anew(t, peer, version=version)


@case
def active_none_of_version_4(t):
    """A peer that wants version 4 over IPv4 gets it."""
    older(t, 4)


@case
def large_nid_over_ipv4_is_refused(t):
    """A caller has the address that it has, and the module's NID is short."""
    settle(t)
    with counted(t, address=1, no_node=1):
        for nid in (OTHER, wire.nid("::ffff:127.0.0.9")):
            peer = t.peer(nid=nid, listen=False)
            refused(t, peer, peer.hello(CONTROL))


@contextlib.contextmanager
def both(t, **words):
    """An NI of each kind on one network: the short one is ours, the large one this Remote's."""
    with loaded(t, f"tcp(127.0.0.1,{IPV6})", "127.0.0.1", ipv6=True, **words):
        yield Remote(NID, IPV6, connections=lambda nid, pid: 0)


def large_peer(t, remote, **words):
    return t.keep(Peer(f"fd00:988::{t.addresses + 0x2000:x}", remote, **words))


@case(bare=True, seconds=5, limit=60)
def large_and_short_nis_at_once(t):
    """Each is reached by its own peers, and the module sends to each by the right NI."""
    with both(t) as remote:
        puppet = t.puppet()
        same("NIs", sorted(puppet.nids()),
             ["12345-0@lo", "12345-127.0.0.1@tcp", f"12345-{IPV6}@tcp"])
        for peer in (t.connected(), large_peer(t, remote).connect()):
            exchange(t, peer, puppet, (0, 100, 50000))
            same("NIs in a ping", peer.ping_remote().nis[1:],
                 [(t.nid, wire.STATUS_UP), (remote.nid, wire.STATUS_UP)])
        for peer in (t.peer(), large_peer(t, remote)):
            source = puppet.bind(10, 3, threshold=2)
            puppet.put(source, t.nid_of(peer), PORTAL)
            same("payload", peer.take(PUT).payload, wire.pattern(10, 3))
            puppet.good("ACK", source)


@case(bare=True, seconds=8, limit=60)
def large_and_short_nis_are_not_crossed(t):
    """A caller at the address of one asks for the other: it cannot be its peer, as there is no way
    back to it."""
    for words in ({}, {"check_address": "N"}):
        with both(t, **words) as remote:
            before = t.module.closed()["bad_hello"]
            short, large = t.peer(listen=False), large_peer(t, remote, listen=False)
            for peer, address, target in ((short, "127.0.0.1", NID), (large, IPV6, t.nid)):
                for version in (3, 4) if peer is short else (4,):
                    peer.remote = Remote(target, address)
                    link = t.keep(peer.link())
                    link.ask(Hello(peer.nid, target if version == 4 else 5, version=version), target)
                    link.closed_within(1)
            same("refused", t.module.closed()["bad_hello"] - before, 3)


# --- addresses

OURS, PREFIX = "fd00:989::1", "fd00:989::/64"


@contextlib.contextmanager
def on_device(t, networks, **words):
    ip("link", "set", DEVICE, "up")
    give()
    try:
        with loaded(t, networks, OURS, **words):
            yield
    finally:
        ip("-6", "addr", "flush", "dev", DEVICE, "scope", "global")
        ip("link", "set", DEVICE, "down")


def give():
    ip("-6", "addr", "add", f"{OURS}/64", "dev", DEVICE, "nodad")


def take():
    ip("-6", "addr", "del", f"{OURS}/64", "dev", DEVICE)


def interface_down():
    """Its IPv6 addresses go with it, and do not come back by themselves."""
    ip("link", "set", DEVICE, "down")


def interface_up():
    ip("link", "set", DEVICE, "up")
    give()


@case(bare=True, seconds=8, limit=60)
def large_address_and_interface_that_are_away_for_a_moment(t):
    for networks in (f"tcp({PREFIX})", f"tcp({DEVICE})"):
        with on_device(t, networks):
            short_outage(t, take, give)
            short_outage(t, interface_down, interface_up)


@case(bare=True, seconds=14, limit=60)
def large_address_and_interface_that_go_and_come_back(t):
    with on_device(t, f"tcp({OURS})", sock_timeout=SOON):
        long_outage(t, take, give)
        long_outage(t, interface_down, interface_up)


# --- payloads

@case(**ALWAYS, address=IPV6, seconds=2.5)
def large_bulk_without_copying(t):
    """A MiB each way, as pages, behind a header of 96 bytes."""
    peer, puppet = t.connected(), t.puppet()
    for size in (1, 4097, 1 << 20):
        put_out(t, peer, puppet, size, "pages")
        get_in(t, peer, puppet, size, "pages")
    assert uncopied(t) >= 2 << 20, uncopied(t)
    for size in (4097, 1 << 20):
        put_in(t, peer, puppet, size, "pages")
