# SPDX-License-Identifier: GPL-2.0
"""Many peers and connections at once."""

import threading
import time

import wire
from case import PORTAL, case, same
from wire import CONTROL


@case(limit=60, seconds=3)
def many_200_connections(t):
    """From 200 peers, all at the same time; all are answered, and all go at once."""
    peers = [t.peer(listen=False) for _ in range(200)]
    begin = time.monotonic()

    def dial(some):
        for peer in some:
            try:
                peer.dial(CONTROL)
            except Exception as error:
                peer.fail(error)

    threads = [threading.Thread(target=dial, args=(peers[n::8],)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    for peer in peers:
        peer.check()
    dialled = time.monotonic() - begin
    pings = [peer.get(0, wire.PING_BITS, 48) for peer in peers]
    for ping in pings:
        ping.wait(20)
    t.note(f"dialled in {dialled:.1f} s, pinged in {time.monotonic() - begin - dialled:.1f} s")
    same("connections", sum(len(peer.live()) for peer in peers), 200)
    for peer in peers:
        peer.close()


@case(limit=60)
def many_peers_dialled_at_once(t):
    """The module opens 3 connections to each of 15 peers."""
    peers, puppet = [t.peer() for _ in range(15)], t.puppet()
    sources = {}
    for peer in peers:
        sources[peer] = puppet.bind(2000, 3, threshold=2)
        puppet.put(sources[peer], t.nid_of(peer), PORTAL)
    for peer, source in sources.items():
        puppet.good("ACK", source, seconds=20)
        same("payload", peer.take(wire.PUT).payload, wire.pattern(2000, 3))
        peer.wait_live()
        same("order", [hello.ctype for hello in peer.requests_seen], [1, 2, 3])


@case(limit=60, seconds=3)
def many_comings_and_goings(t):
    """The same peers again and again, with messages on their way."""
    puppet = t.puppet()
    puppet.post(PORTAL, 100000, options="put,get,remote,truncate")
    peers = [t.peer() for _ in range(8)]
    for number in range(6):
        for peer in peers:
            peer.connect()
            for size in (10, 50000):
                peer.put(PORTAL, 0, bytes(size), cookie=True)
                peer.get(PORTAL, 0, size)
        for place, peer in enumerate(peers):
            conn = peer.live()[(number + place) % 3] if peer.live() else None
            if conn and place & 1:
                conn.reset()
            elif conn:
                conn.close()
        for peer in peers:
            peer.wait_dead(20)
            peer.requests.clear()
            peer.outstanding.clear()
        puppet.events.clear()
        while puppet._pump(0):
            puppet.events.clear()


@case(limit=60, seconds=3)
def many_talkers(t):
    """Eight peers at the same time, each verifying what it gets."""
    puppet = t.puppet()
    for number in range(8):
        puppet.post(PORTAL, 200000, bits=number, options="get,remote,truncate", seed=number,
                    memory=("contiguous", "kvec", "pages", "shifted")[number % 4])
    peers = [t.connected() for _ in range(8)]
    trouble = []

    def talk(number, peer):
        try:
            for step in range(25):
                size, offset = (step * 7919) % 100000, (step * 101) % 100000
                data = peer.get(PORTAL, number, size, offset=offset).wait(30).payload
                same("reply", data == wire.pattern(size, number, offset), True)
                peer.put(PORTAL, 99, bytes(size), ack=False, cookie=True)
            peer.wait_cookies(30)
        except Exception as error:
            trouble.append(error)

    threads = [threading.Thread(target=talk, args=item) for item in enumerate(peers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(50)
    if trouble:
        raise trouble[0]
