# SPDX-License-Identifier: GPL-2.0
"""A peer that cannot be reached: when it is tried again, and how messages fail meanwhile."""

import time

from case import LATENESS, PORTAL, case, same
from cases_active import ECONNRESET, Scene
from link import Late
from wire import CONTROL

LEAST, MOST = 0.2, 0.8
PAUSES = {"min_reconnectms": 200, "max_reconnectms": 800}


class Knocking(Scene):
    """Sends messages all the time to a peer that hangs up on each attempt."""

    def attempts(self, number, seconds=10):
        """The times of so many attempts. Every message fails, soon and with the same errno."""
        times, sent, end = [], 0, time.monotonic() + seconds
        while len(times) < number:
            if time.monotonic() > end:
                raise Late(f"{len(times)} of {number} attempts came in {seconds} s")
            self.send()
            sent += 1
            self.hang_up_until_failed(times)
        # Most fell into pauses, and none of those waited or dialled.
        assert sent >= 3 * number, f"{sent} messages"
        return times

    def hang_up_until_failed(self, times):
        """Hangs up until the message has failed; an attempt for it may take its time to come."""
        end = time.monotonic() + 2
        while True:
            try:
                link, _ = self.dialled(CONTROL, seconds=0.01)
                times.append(time.monotonic())
                link.close()
            except Late:
                pass
            try:
                self.failed(ECONNRESET, 0.01)
                return
            except Late:
                if time.monotonic() > end:
                    raise


def pauses_of(times):
    """The pauses between attempts, and by how much the machine was late meanwhile."""
    pauses = [after - before for before, after in zip(times, times[1:])]
    return pauses, LATENESS.between(times[0], times[-1])


def check_pauses(times, want):
    """An attempt may be noticed late, which makes one pause longer and the next shorter; but
    not by a half: that would be another step of the doubling. Unless the machine was late."""
    pauses, late = pauses_of(times)
    for pause, least in zip(pauses, want):
        assert 0.7 * least - late <= pause <= 1.7 * least + late, \
            f"pauses of {pauses}, not {want}; the machine was late by {late:.2f}"


@case(**PAUSES, seconds=4)
def retry_pauses_double_up_to_the_longest(t):
    """min_reconnectms, twice that, and so on: never longer than max_reconnectms. Until a
    pause is over each message fails at once, as the last one did."""
    scene = Knocking(t)
    check_pauses(scene.attempts(6), [LEAST, 2 * LEAST, MOST, MOST, MOST])
    same("state", t.of_peer(scene.peer, "state"), "down")
    same("last_error", t.of_peer(scene.peer, "last_error"), "104")
    same("in words", t.of_peer(scene.peer, "last_error_text"),
         "the connection was lost, or the other node closed it")


@case(**PAUSES, seconds=3)
def retry_pauses_begin_anew_after_a_connection(t):
    """The first pause after a connection that was good is the shortest one."""
    scene = Knocking(t)
    scene.attempts(3)
    time.sleep(1.2 * MOST)
    scene.send()
    scene.take_rest()
    scene.delivered()
    scene.puppet.good("SEND", scene.source)
    same("last_error", t.of_peer(scene.peer, "last_error"), "0")
    same("in words", t.of_peer(scene.peer, "last_error_text"), "no error")
    # The message went by the first of them: the last may yet have to be taken in.
    t.wait_counter(scene.peer, "connections", "3")
    time.sleep(0.2)
    scene.peer.hang_up()
    t.wait_counter(scene.peer, "connections", "0")
    check_pauses(scene.attempts(3), [LEAST, 2 * LEAST])


@case(**PAUSES, seconds=3)
def retry_pauses_begin_anew_after_the_peer_has_connected(t):
    """It is reachable again, no matter which side has found that out."""
    scene = Knocking(t)
    scene.attempts(4)
    scene.peer.connect()
    scene.peer.ping_remote()
    scene.peer.hang_up()
    t.wait_counter(scene.peer, "connections", "0")
    check_pauses(scene.attempts(3), [LEAST, 2 * LEAST])


@case(**PAUSES, seconds=4)
def retry_of_a_peer_that_dies_at_once_backs_off(t):
    """It takes each connection, says all that is right, and hangs up: as good as not there."""
    scene = Scene(t)
    times, end = [], time.monotonic() + 4
    while time.monotonic() < end:
        scene.send()
        try:
            link, hello = scene.dialled(seconds=0.05)
        except Late:
            continue
        if hello.ctype == CONTROL:
            times.append(time.monotonic())
            scene.answer(link, hello)
        link.close()
    # Two of its connections may be lost each time, and each makes the pause longer.
    assert 4 <= len(times) <= 8, f"attempts at {[time - times[0] for time in times]}"


@case(min_reconnectms=60000)
def retry_of_a_peer_that_connects_does_not_wait(t):
    """In the longest pause: messages go by the connection that the peer has made."""
    scene = Knocking(t)
    scene.send()
    link, _ = scene.dialled(CONTROL)
    link.close()
    scene.failed(ECONNRESET)
    scene.send()
    scene.failed(ECONNRESET, 1)
    scene.peer.connect()
    scene.puppet.put(scene.source, t.nid_of(scene.peer), PORTAL, 5, ack=False)
    scene.delivered()
    same("state", t.of_peer(scene.peer, "state"), "up")
