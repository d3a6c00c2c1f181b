# SPDX-License-Identifier: GPL-2.0
"""Ports taken by others: all that the module may connect from, and the one it listens on."""

import contextlib
import socket

import wire
from case import PORTAL, case, same
from cases_active import Scene
from cases_address import closed
from cases_ping import lnetping
from link import FIRST_PORT, LAST_PORT, PORT
from module import ADDRESS, Broken

EADDRINUSE = -98


@contextlib.contextmanager
def all_taken(address):
    """Each port from which a node connects is bound already."""
    taken = []
    try:
        for port in range(LAST_PORT, FIRST_PORT + 1):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            taken.append(sock)
            try:
                sock.bind((address, port))
            except OSError:
                same("port of another caller", port, PORT)
        yield
    finally:
        for sock in taken:
            sock.close()


@case(address="127.250.0.3", seconds=2)
def port_privileged_ones_are_all_taken(t):
    """No peer can be dialled: the message fails at once, and the log says why. A peer that connects
    to us is served. Once a port is free again peers are dialled."""
    scene = Scene(t)
    since = t.log.now()
    with all_taken(t.remote.address):
        scene.send()
        scene.failed(EADDRINUSE)
        scene.listener.none_within(0.3)
        status, lines = lnetping(t.nid_of(wire.nid(t.address())))
        same("status of lnetping", status, 1)
        assert lines[0].endswith("seq=1 no port from 512 to 1023 is free here, "
                                 "or the port to listen on is in use"), lines
        peer = t.connected()
        peer.ping_remote()
        scene.puppet.put(scene.source, t.nid_of(peer), PORTAL, ack=False)
        same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
        scene.puppet.good("SEND", scene.source)
    lines = t.log.lines(f"{t.nid_of(scene.peer)} cannot be reached: ", since)
    same("lines", len(lines), 1)
    assert "no port from 512 to 1023 is free here, or the port to listen on is in use " \
        f"(error {EADDRINUSE}); not tried again for " in lines[0], lines
    scene.listener.none_within(0.5)
    scene.send()
    scene.take_rest()
    scene.delivered()


def listening(address):
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    # Connections of earlier cases may still be there.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, PORT))
    sock.listen(1)
    return sock


def comes_up_later(t, other):
    """LNet does not come up, and a line says why; once the other listener is closed it does, with
    no module loaded anew."""
    t.module.prepare({})
    since = t.log.now()
    try:
        t.module.begin({})
        raise AssertionError("LNet is up, and another socket listens there")
    except Broken as error:
        assert "Address already in use" in str(error), error
    lines = t.log.lines(f"this node cannot listen on {ADDRESS}:{PORT}: no port from 512", since)
    same("lines", len(lines), 1)
    assert lines[0].endswith(f" (error {EADDRINUSE})"), lines
    lines = t.log.lines("does not come up: no port from 512", since)
    same("lines of the network", len(lines), 1)
    assert lines[0].endswith(f" (error {EADDRINUSE})"), lines
    other.close()
    t.module.begin({})
    t.connected().ping_remote()


@case(bare=True, seconds=4, limit=60)
def port_of_the_listener_is_taken(t):
    """On our address, or on all. With accept=none the module does not need the port."""
    t.module.unload()
    for address in (ADDRESS, "0.0.0.0"):
        other = listening(address)
        try:
            comes_up_later(t, other)
        finally:
            other.close()
            closed(t)
    other = listening(ADDRESS)
    try:
        t.module.load({"accept": "none"})
        scene = Scene(t)
        scene.send()
        scene.take_rest()
        scene.delivered()
    finally:
        other.close()
        closed(t)
