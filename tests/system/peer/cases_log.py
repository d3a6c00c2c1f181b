# SPDX-License-Identifier: GPL-2.0
"""What the log says of peers and their connections: how often, and in which words."""

import contextlib
import re
import time

import wire
from case import case, same
from cases_active import ECONNREFUSED, ECONNRESET, Scene
from cases_address import loaded
from link import Gone, deadline_in
from module import ADDRESS, PAUSE
from peer import Refused
from wire import BULK_OUT, CONTROL


def fresh(t):
    """The modules are loaded anew: no line of before counts towards a rate limit."""
    return loaded(t, f"tcp({ADDRESS}/32)", ADDRESS)


def named(t, peer):
    return f"12345-{t.nid_of(peer)}"


def up(t, peer):
    return f"{named(t, peer)} is up, connected to {t.nid_of(t.nid)}"


def said(t, since, text, number):
    """So many lines have the text, and no more a moment later."""
    end = deadline_in(2)
    while len(t.log.lines(text, since)) < number and time.monotonic() < end:
        time.sleep(0.01)
    time.sleep(0.2)
    lines = t.log.lines(text, since)
    same(f"lines with '{text}'", len(lines), number)
    return lines


@case(bare=True, seconds=5)
def log_has_a_line_when_a_peer_comes_up(t):
    """One, and not one for each connection; another one when it comes back after it had none."""
    with fresh(t):
        since, peer = t.log.now(), t.connected()
        peer.ping_remote()
        same("line", said(t, since, up(t, peer), 1), [f"ksocklnd: {up(t, peer)}"])
        peer.hang_up()
        t.wait_counter(peer, "connections", "0")
        said(t, since, up(t, peer), 1)
        peer.connect()
        peer.ping_remote()
        said(t, since, up(t, peer), 2)


@case(bare=True, seconds=4)
def log_has_no_line_for_a_peer_that_cannot_be_sent_to(t):
    """It has a connection by which no message goes; when it has another one it is up."""
    with fresh(t):
        since, peer = t.log.now(), t.peer(listen=False).connect((BULK_OUT,))
        t.wait_counter(peer, "connections", "1")
        said(t, since, up(t, peer), 0)
        peer.connect((CONTROL,))
        said(t, since, up(t, peer), 1)


@case(bare=True, seconds=5)
def log_has_a_line_when_a_peer_is_reached_again(t):
    """It hangs up, and the log says that it cannot be reached; then it answers."""
    with fresh(t):
        since, scene = t.log.now(), Scene(t)
        scene.send()
        link, _ = scene.dialled(CONTROL)
        link.close()
        scene.failed(ECONNRESET)
        lines = said(t, since, f"{named(t, scene.peer)} cannot be reached: ", 1)
        assert "reached: the connection was lost, or the other node closed it (error -104); " \
            "not tried again for " in lines[0], lines
        said(t, since, up(t, scene.peer), 0)
        time.sleep(2 * PAUSE)
        scene.send()
        scene.take_rest()
        scene.delivered()
        said(t, since, up(t, scene.peer), 1)


@case(bare=True, seconds=3)
def log_has_a_line_when_nobody_listens(t):
    with fresh(t):
        since, scene = t.log.now(), Scene(t, listen=False)
        scene.send()
        scene.failed(ECONNREFUSED)
        lines = said(t, since, f"{named(t, scene.peer)} cannot be reached: ", 1)
        assert "reached: the connection was refused: is LNet running there? (error -111); " \
            in lines[0], lines


@case(bare=True, seconds=10, limit=60)
def log_is_not_flooded_by_peers_that_come_up(t):
    """Ten lines in five seconds, and then how many were left out."""
    number = 30
    with fresh(t):
        since, begin = t.log.now(), time.monotonic()
        for _ in range(number):
            t.peer(listen=False).dial_once(CONTROL)
        took = time.monotonic() - begin
        time.sleep(0.3)
        lines = t.log.lines(f" is up, connected to {t.nid_of(t.nid)}", since)
        assert 1 <= len(lines) <= 10 * (1 + took // 5), f"{len(lines)} lines in {took:.1f} s"
        time.sleep(5.5)
        last = t.peer(listen=False)
        last.dial_once(CONTROL)
        said(t, since, up(t, last), 1)
        counts = [int(re.search(r": (\d+) callbacks suppressed$", line).group(1))
                  for line in t.log.lines("ksock_peer_log_up: ", since)]
        # The limit does not count a line that is dropped while another CPU is at it.
        assert 0 < sum(counts) <= number - len(lines), f"{counts} of {number} less {len(lines)}"


@case(bare=True, seconds=3)
def log_has_one_line_for_who_claims_anothers_nid(t):
    with fresh(t):
        peer = t.connected()
        since, forger = t.log.now(), t.peer(nid=peer.nid, listen=False)
        with contextlib.suppress(Gone, Refused):
            forger.dial_once(CONTROL)
        lines = said(t, since, f"connection from {forger.address}:", 1)
        assert lines[0].endswith(f" refused: it claims to be {t.nid_of(peer)} (see check_address)"), \
            lines


@case(check_address="N")
def log_names_two_that_claim_one_nid(t):
    """The later one is believed, so the connections of the earlier one end."""
    since, peer = t.log.now(), t.connected()
    other = t.peer(nid=peer.nid, listen=False)
    with contextlib.suppress(Gone, Refused):
        other.dial_once(CONTROL)
    lines = said(t, since, "is that NID configured twice?", 1)
    assert f"is at {peer.address}, and {other.address} claims to be it, too" in lines[0], lines


def ended(t, act, text):
    """Something ends a connection, and the others with it: one line, with that text."""
    since, peer = t.log.now(), t.connected()
    peer.ping_remote()
    act(peer.find(CONTROL))
    peer.wait_dead(5)
    lines = said(t, since, f"connection with {named(t, peer)} at {peer.address}:", 1)
    assert lines[0].endswith(f" ended: {text}"), lines


@case(bare=True, seconds=4)
def log_has_one_line_for_a_connection_that_ends_badly(t):
    """And none for one that its peer closes."""
    with fresh(t):
        ended(t, lambda conn: conn.reset(),
              "TCP failed: the connection was lost, or the other node closed it (error -104)")
        ended(t, lambda conn: conn.send_raw(wire.Ksock(0xC2).encode() + bytes(72)),
              "bad header around a message (error -71)")
        since, peer = t.log.now(), t.connected()
        peer.hang_up()
        t.wait_counter(peer, "connections", "0")
        said(t, since, f"connection with {named(t, peer)}", 0)
