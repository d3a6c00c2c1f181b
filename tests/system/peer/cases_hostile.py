# SPDX-License-Identifier: GPL-2.0
"""Harm that one host might do to others, or leave behind, and must not."""

import resource
import time

import wire
from case import PATIENT, PORTAL, case, same, within
from cases_address import DEVICE, OURS, ip, on
from link import Gone, Late, deadline_in
from peer import Refused
from setting import settings
from wire import BULK_OUT, CONTROL, PUT

TIME_WAIT = "06"


@case
def hostile_hello_in_anothers_name_harms_nobody(t):
    """A HELLO from another address, with the NID of a peer: the peer's connections live on."""
    peer = t.connected()
    forger = t.peer(nid=peer.nid, listen=False)
    try:
        forger.dial_once(CONTROL)
    except (Gone, Refused):
        pass
    time.sleep(0.2)
    same("connections of the true one", len(peer.live()), 3)
    peer.ping_remote()


@case
def hostile_hello_with_a_zero_address_is_refused(t):
    """A real node closes: a zero address is that of no peer."""
    peer = t.peer(listen=False)
    link = t.link(peer.address)
    link.ask(peer.hello(CONTROL, ips=(0,)), t.nid)
    link.closed_within(1)


@case
def hostile_headers_without_payload_leave_a_lazy_portal(t):
    """A payload that was announced and never came takes no room once its connection has ended."""
    puppet = t.puppet()
    puppet.command("lazy", PORTAL)
    for _ in range(3):
        peer = t.connected()
        conn = peer.find(BULK_OUT)
        conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=1 << 20)))
        peer.wait_for("a message that waits", lambda: t.module.value("delayed_now") == "1")
        come = int(t.module.value("portals", str(PORTAL), "delayed_bytes"))
        same("announced bytes that take room", come, 0)
        conn.close()
        peer.wait_dead()
        end = time.monotonic() + 2
        while t.module.value("delayed_now") != "0" and time.monotonic() < end:
            time.sleep(0.02)
        same("messages that wait", t.module.value("delayed_now"), "0")
        same("bytes that wait", t.module.value("portals", str(PORTAL), "delayed_bytes"), "0")


def dropped_full(t):
    return int(t.module.value("portals", str(PORTAL), "dropped_delay_full"))


@case
def hostile_payload_beyond_a_lazy_portals_room_is_thrown_away(t):
    """Two messages are let in, as an announced payload takes no room. There is room for one; the
    connection of the other lives."""
    size, before = 140000, dropped_full(t)
    puppet, peers = t.puppet(), (t.connected(), t.connected())
    puppet.command("lazy", PORTAL)
    with settings("/sys/module/lnet/parameters", ("lazy_max_bytes", 210000)):
        conns = [peer.find(BULK_OUT) for peer in peers]
        for peer, conn in zip(peers, conns):
            conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=size)))
        peers[0].wait_for("both to wait", lambda: t.module.value("delayed_now") == "2")
        for conn in conns:
            conn.send_raw(wire.pattern(size, 7))
        peers[0].wait_for("one to go", lambda: t.module.value("delayed_now") == "1")
        peers[0].wait_for("it to be counted", lambda: dropped_full(t) == before + 1)
        for peer in peers:
            peer.ping_remote()
            same("connections", len(peer.live()), 3)
        sink = puppet.post(PORTAL, size, bits=0, threshold=2)
        puppet.good("PUT", sink, mlength=size)
        puppet.check(sink, size, 7)


def available_bytes():
    """Free memory, with the pages that each CPU keeps for itself, which may be many for a while."""
    with open("/proc/meminfo", encoding="ascii") as file:
        common = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable:"))
    with open("/proc/zoneinfo", encoding="ascii") as file:
        kept = sum(int(line.split()[1]) for line in file if line.strip().startswith("count:"))
    return (common << 10) + kept * resource.getpagesize()


@case(sock_timeout=60, seconds=3)
def hostile_payload_that_is_thrown_away_takes_no_pages(t):
    """24 MiB are announced and come, but for their ends; there is room for 200 KB of them."""
    size, most, before = 1 << 20, 8 << 20, dropped_full(t)
    puppet, peers = t.puppet(), [t.connected() for _ in range(24)]
    puppet.command("lazy", PORTAL)
    payload = bytes(size - 1)
    with settings("/sys/module/lnet/parameters", ("lazy_max_bytes", 210000)):
        free = available_bytes()
        for peer in peers:
            conn = peer.find(BULK_OUT)
            conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=size)) + payload)
        peers[0].wait_for("all to go", lambda: dropped_full(t) == before + len(peers))
        try:
            peers[0].wait_for("their pages to go", lambda: free - available_bytes() < most)
        except Late:
            raise AssertionError(f"{free - available_bytes()} bytes are still gone") from None
        for peer in peers:
            same("connections", len(peer.live()), 3)


@case(seconds=1)
def hostile_questions_make_nobody_dial(t):
    """A peer without a connection by which an answer could go gets none. The module does not
    connect for it, to that peer or to another."""
    peer = t.peer(listen=False).connect((BULK_OUT,))
    listener = t.listener(peer.address)
    names = set(t.module.peer_names())
    for _ in range(20):
        peer.get(0, wire.PING_BITS, 48)
    listener.none_within(0.5)
    same("new peers", set(t.module.peer_names()) - names, set())


@case(credits=8, address_credits=4, peer_credits=4, sock_timeout=PATIENT, seconds=2)
def hostile_address_holds_its_share_of_credits(t):
    """Three peers of one address read nothing, with much to send to each: another peer does not
    notice."""
    puppet, address = t.puppet(), t.address()
    crowd = [t.peer(address=address, pid=pid, listen=False, window=8192).connect()
             for pid in range(12345, 12348)]
    other = t.connected()
    for peer in crowd:
        peer.stop_reading()
    for peer in crowd:
        for _ in range(8):
            puppet.put(puppet.bind(1 << 20, 0, threshold=1), f"{peer.known_as[1]}-{t.nid_of(peer)}",
                       PORTAL, ack=False)
    source = puppet.bind(10, 3, threshold=1)
    for _ in range(20):
        source = puppet.bind(10, 3, threshold=1)
        puppet.put(source, t.nid_of(other), PORTAL, ack=False)
        same("payload", other.take(PUT, 3).payload, wire.pattern(10, 3))
    # The end does not wait for them.
    for peer in crowd:
        peer.read_on()


@case(credits=8, address_credits=8, address_reserve=2, peer_credits=8, sock_timeout=PATIENT,
      seconds=2)
def hostile_addresses_that_take_all_credits_leave_a_few(t):
    """Three addresses that read nothing have all credits. A few are reserved for others: many
    messages to another address go by them, one after the other."""
    puppet = t.puppet()
    crowd = [t.peer(listen=False, window=8192).connect() for _ in range(3)]
    other = t.connected()
    for peer in crowd:
        peer.stop_reading()
        for _ in range(8):
            puppet.put(puppet.bind(1 << 20, 0, threshold=1), t.nid_of(peer), PORTAL, ack=False)
    queue = lambda: sum(int(t.module.of_peer(f"12345-{t.nid_of(peer)}", "queue") or 0)
                        for peer in crowd)
    other.wait_for("the crowd to have all credits, and want more", lambda: queue() > 8)
    for number in range(20):
        for _ in range(number):
            puppet.put(puppet.bind(10, 3, threshold=1), t.nid_of(other), PORTAL, ack=False)
        for _ in range(number):
            same("payload", other.take(PUT, 3).payload, wire.pattern(10, 3))
    # The end does not wait for them.
    for peer in crowd:
        peer.read_on()


@case(bare=True, limit=60, seconds=5)
def hostile_callers_hold_up_no_end(t):
    """Callers have said nothing, or half, and have time left: the end of LNet does not wait."""
    with on(t, f"tcp({DEVICE})", accept_timeout=40):
        silent, half = t.link(), t.link()
        half.write(wire.Connreq(t.nid).encode())
        time.sleep(0.2)
        begin = time.monotonic()
        t.module.unload()
        within("unloading", begin, 0, 5)
        silent.close()


def sockets_of(address, remote=""):
    """TCP's sockets with that local address, and that remote one, except those that only wait for
    old segments."""
    def number(text):
        return "".join(f"{int(part):02X}" for part in reversed(text.split(".")))
    with open("/proc/net/tcp", encoding="ascii") as table:
        words = [line.split() for line in table][1:]
    return [" ".join(word[1:4]) for word in words
            if word[1].startswith(f"{number(address)}:") and word[3] != TIME_WAIT
            and (not remote or word[2].startswith(f"{number(remote)}:"))]


@case(drain_timeout=1, seconds=3)
def hostile_peer_keeps_no_socket_open(t):
    """A peer says nonsense and never closes: our socket waits for it for a while, and no longer."""
    peer = t.peer(listen=False)
    link = t.link(peer.address)
    link.ask(peer.hello(CONTROL), t.nid)
    peer.check_hello(link.read_hello())
    link.write(bytes(96))
    link.closed_within(2)
    assert sockets_of(t.remote.address, peer.address), "it has not waited"
    end = deadline_in(3)
    while sockets_of(t.remote.address, peer.address):
        if time.monotonic() > end:
            raise Late(f"still there: {sockets_of(t.remote.address, peer.address)}")
        time.sleep(0.1)


@case(bare=True, limit=60, seconds=14, long=True)
def hostile_network_leaves_no_socket(t):
    """The address goes with messages under way, and comes back: ten seconds after the modules
    are gone, so is each socket that they had."""
    with on(t, f"tcp({DEVICE})"):
        peer, puppet = t.connected(window=8192), t.puppet()
        peer.stop_reading()
        for _ in range(4):
            puppet.put(puppet.bind(1 << 20, 0), t.nid_of(peer), PORTAL, ack=False)
        ip("addr", "del", f"{OURS}/24", "dev", DEVICE)
        t.wait_counter(peer, "connections", "0", 30)
        peer.close()
        ip("addr", "add", f"{OURS}/24", "dev", DEVICE)
        time.sleep(0.5)
        puppet.close()
        t.module.unload()
        end = time.monotonic() + 10
        while sockets_of(OURS):
            if time.monotonic() > end:
                raise Late(f"still there: {sockets_of(OURS)}")
            time.sleep(0.2)
