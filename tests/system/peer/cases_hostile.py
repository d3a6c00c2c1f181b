# SPDX-License-Identifier: GPL-2.0
"""What one host can do to others, or leave behind, and must not."""

import time

from case import PORTAL, case, same
from cases_address import DEVICE, OURS, ip, on
from link import Gone, Late
from peer import Refused
from wire import BULK_OUT, CONTROL, PUT

TIME_WAIT = "06"


@case
def hostile_hello_in_anothers_name_harms_nobody(t):
    """From another address, with a NID that has its own: whose connections live."""
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
    """A real node closes; whoever says so has no address there."""
    peer = t.peer(listen=False)
    link = t.link(peer.address)
    link.ask(peer.hello(CONTROL, ips=(0,)), t.nid)
    link.closed_within(1)


@case
def hostile_headers_without_payload_leave_a_lazy_portal(t):
    """What was announced and never came takes no room when its connection has ended."""
    puppet = t.puppet()
    puppet.command("lazy", PORTAL)
    for _ in range(3):
        peer = t.connected()
        conn = peer.find(BULK_OUT)
        conn.send_raw(conn.frame(peer.header(PUT, portal=PORTAL, length=1 << 20)))
        peer.wait_for("a message that waits", lambda: t.module.value("delayed_now") == "1")
        conn.close()
        peer.wait_dead()
        end = time.monotonic() + 2
        while t.module.value("delayed_now") != "0" and time.monotonic() < end:
            time.sleep(0.02)
        same("messages that wait", t.module.value("delayed_now"), "0")
        same("bytes that wait", t.module.value("portals", str(PORTAL), "delayed_bytes"), "0")


def sockets_of(address):
    """TCP's sockets with that local address, but those that only wait for old segments."""
    mine = "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
    with open("/proc/net/tcp", encoding="ascii") as table:
        words = [line.split() for line in table][1:]
    return [" ".join(word[1:4]) for word in words
            if word[1].startswith(f"{mine}:") and word[3] != TIME_WAIT]


@case(bare=True, limit=60, seconds=14, long=True)
def hostile_network_leaves_no_socket(t):
    """The address goes with messages under way, and comes back: ten seconds after the modules
    are gone, so is each socket that they had."""
    with on(t, f"tcp({DEVICE})"):
        peer, puppet = t.connected(window=8192), t.puppet()
        for conn in peer.live():
            conn.reading.clear()
        for _ in range(4):
            puppet.put(puppet.bind(1 << 20, 0), t.who(peer), PORTAL, ack=False)
        ip("addr", "del", f"{OURS}/24", "dev", DEVICE)
        t.wait_counter(peer, "connections", "0")
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
