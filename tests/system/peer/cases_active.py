# SPDX-License-Identifier: GPL-2.0
"""The module on the active side: which connections it dials, and how it takes the answers."""

import time

import wire
from case import PORTAL, case, same, within
from link import Gone, Late
from module import PAUSE, SOON
from peer import Refused
from wire import BULK_IN, BULK_OUT, CONTROL, Connreq

ORDER = (CONTROL, BULK_IN, BULK_OUT)
EPROTO, ECONNRESET, ETIMEDOUT, ECONNREFUSED = -71, -104, -110, -111


class Scene:
    """An address that the module is to dial, and a puppet that makes it."""

    def __init__(self, t, listen=True):
        self.t = t
        self.peer = t.peer(listen=False)
        self.puppet = t.puppet()
        self.source = self.puppet.bind(10, 3)
        self.listener = t.listener(self.peer.address) if listen else None

    def send(self, ack=False):
        self.puppet.put(self.source, self.t.nid_of(self.peer), PORTAL, 5, ack=ack)
        return time.monotonic()

    def dialled(self, ctype=None, version=None, seconds=5):
        """The next connection, up to its HELLO, all of it checked. The module speaks version 3
        first, or the one that has room for its NID."""
        version = version or (4 if wire.is_large(self.peer.nid) else 3)
        link = self.t.keep(self.listener.accept(seconds))
        same("dialled from", link.remote[0], self.t.remote.address)
        assert 512 <= link.remote[1] < 1024, f"dialled from port {link.remote[1]}"
        request, hello = link.read_request()
        same("connreq NID", request.nid, self.peer.nid)
        self.peer.check_hello(hello)
        same("version", hello.version, version)
        if ctype is not None:
            same("ctype", hello.ctype, ctype)
        return link, hello

    def answer(self, link, hello, **words):
        """Sends the right answer, but for some words."""
        answer = self.peer.hello(**{"ctype": wire.MIRROR[hello.ctype], "version": hello.version,
                                    "dst_nid": hello.src_nid, **words})
        link.write(answer.encode())
        return answer

    def adopt(self, link, hello):
        self.answer(link, hello)
        self.t.things.remove(link)
        return self.peer._adopt(link, wire.MIRROR[hello.ctype], hello.version)

    def take_rest(self, ctypes=ORDER, version=None, seconds=5):
        for ctype in ctypes:
            self.adopt(*self.dialled(ctype, version, seconds))

    def delivered(self, seconds=5):
        message = self.peer.take(wire.PUT, seconds)
        same("payload", message.payload, wire.pattern(10, 3))
        return message

    def failed(self, errno, seconds=5):
        """The message is given up, with that errno, and at once."""
        event = self.puppet.event("SEND", self.source, seconds)
        good = event.status in errno if isinstance(errno, tuple) else event.status == errno
        assert good, f"status is not {errno}: {event}"
        return event


@case
def active_dials_control_bulk_in_bulk_out(t):
    scene = Scene(t)
    scene.send(ack=True)
    scene.take_rest()
    scene.delivered()
    scene.puppet.good("SEND")
    scene.puppet.good("ACK")
    scene.listener.none_within(2 * PAUSE)
    same("connections", len(scene.peer.live()), 3)


@case
def active_waits_for_each_answer(t):
    """One connection at a time, and nothing on it before its answer."""
    scene = Scene(t)
    scene.send()
    for ctype in ORDER:
        link, hello = scene.dialled(ctype)
        link.quiet(0.3)
        scene.listener.none_within(0.1)
        scene.adopt(link, hello)
    scene.delivered()


@case
def active_uses_what_it_has(t):
    """Once there are connections it dials no more, no matter which side has dialled them."""
    scene = Scene(t)
    scene.peer.connect()
    for _ in range(3):
        scene.send()
        scene.delivered()
    scene.listener.none_within(2 * PAUSE)


def wrong_answer(t, errno, act, again=True):
    """The connection is closed, the message fails at once, and the next one tries again."""
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL)
    begin = time.monotonic()
    act(scene, link, hello)
    scene.failed(errno)
    within("failing", begin, 0, 2)
    if not link.closing:
        try:
            link.closed_within(2)
        except Gone:
            pass
    if again:
        tried_again(scene)


def tried_again(scene):
    """The module dials again, not by itself, but for the first message after the pause."""
    scene.listener.none_within(2 * PAUSE)
    scene.send()
    link, hello = scene.dialled(CONTROL)
    scene.adopt(link, hello)
    scene.take_rest(ORDER[1:])
    scene.delivered()


@case
def active_answer_of_another_nid(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, src_nid=s.peer.nid + 1))


@case
def active_answer_of_another_pid(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, src_pid=999))


@case
def active_answer_of_pid_any(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, src_pid=wire.PID_ANY), False)


@case
def active_answer_of_nid_any(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, src_nid=wire.NID_ANY), False)


@case
def active_answer_of_another_ctype(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, ctype=BULK_IN))
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, ctype=7), False)


@case
def active_answer_with_17_nips(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, ips=(7,) * 17), False)


@case
def active_answer_of_another_magic(t):
    wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, magic=0x12345678), False)


@case
def active_answer_of_another_version(t):
    """An unknown one, or not the one in which it was asked."""
    for version in (0, 5, 4, 2):
        wrong_answer(t, EPROTO, lambda s, link, h: s.answer(link, h, version=version), False)


@case
def active_answer_is_a_connreq(t):
    """The answer of a node that does not know our version of the request."""
    wrong_answer(t, EPROTO, lambda s, link, h: link.write(Connreq(0).encode()))


@case
def active_answer_is_garbage(t):
    wrong_answer(t, EPROTO, lambda s, link, h: link.write(bytes(range(200))), False)


@case
def active_answer_is_cut_short(t):
    def act(scene, link, hello):
        link.write(scene.peer.hello(CONTROL).encode()[:30])
        link.finish()
    wrong_answer(t, (ECONNRESET, EPROTO), act)


@case
def active_answer_is_a_close(t):
    wrong_answer(t, (ECONNRESET, EPROTO), lambda s, link, h: link.close())


@case
def active_answer_is_a_reset(t):
    wrong_answer(t, ECONNRESET, lambda s, link, h: link.reset())


@case
def active_answer_with_3_nips_is_good(t):
    scene = Scene(t)
    scene.send()
    for ctype in ORDER:
        link, hello = scene.dialled(ctype)
        scene.answer(link, hello, ips=(1, 2, 3))
        t.things.remove(link)
        scene.peer._adopt(link, wire.MIRROR[ctype], 3)
    scene.delivered()


@case
def active_answer_in_the_other_byte_order(t):
    scene = Scene(t)
    scene.peer.order = ">"
    scene.send(ack=True)
    for ctype in ORDER:
        link, hello = scene.dialled(ctype)
        link.write(scene.peer.hello(wire.MIRROR[ctype], dst_nid=t.nid).encode(">"))
        t.things.remove(link)
        scene.peer._adopt(link, wire.MIRROR[ctype], 3)
    scene.delivered()
    scene.puppet.good("ACK")


@case
def active_nobody_listens(t):
    scene = Scene(t, listen=False)
    begin = scene.send()
    scene.failed(ECONNREFUSED)
    within("failing", begin, 0, 2)
    scene.listener = t.listener(scene.peer.address)
    tried_again(scene)


@case(sock_timeout=2, seconds=4)
def active_no_answer_at_all(t):
    scene = Scene(t)
    begin = scene.send()
    link, _ = scene.dialled(CONTROL)
    scene.failed(ETIMEDOUT, 12)
    within("giving up", begin, 2, 4)
    link.closed_within(2)


LONG = 0.8              # seconds


@case(min_reconnectms=int(LONG * 1000), seconds=4)
def active_none_is_tried_again_after_a_pause(t):
    """The module tries again by itself; each pause is twice the last one. The first is short, as
    a peer may say NONE once because the module has started anew."""
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL)
    for pause in (SOON, LONG, 2 * LONG):
        begin = time.monotonic()
        scene.answer(link, hello, ctype=wire.NONE)
        link.closed_within(1)
        link, hello = scene.dialled(CONTROL, seconds=3)
        took = within("the next attempt", begin, pause - 0.02, pause + 0.5)
        t.note(f"{took:.2f} s")
    scene.adopt(link, hello)
    scene.take_rest(ORDER[1:])
    scene.delivered()


@case(seconds=3)
def active_none_after_a_connection_is_no_news(t):
    """A peer that refuses us after it has had a connection knows us: the next attempt has a full
    pause before it."""
    scene = Scene(t)
    scene.send()
    scene.take_rest()
    scene.delivered()
    scene.puppet.good("SEND", scene.source)
    t.wait_counter(scene.peer, "connections", "3")
    time.sleep(0.2)
    scene.peer.hang_up()
    t.wait_counter(scene.peer, "connections", "0")
    scene.send()
    link, hello = scene.dialled(CONTROL)
    begin = time.monotonic()
    scene.answer(link, hello, ctype=wire.NONE)
    link.closed_within(1)
    scene.dialled(CONTROL, seconds=3)
    within("the next attempt", begin, PAUSE - 0.02, PAUSE + 0.5)


@case(sock_timeout=3, seconds=5)
def active_none_for_ever(t):
    """A node that refuses each attempt: it is tried until the message has waited for
    sock_timeout, and the client does not hear of each."""
    scene = Scene(t)
    begin = scene.send()
    attempts = 0
    while not scene.puppet.events and time.monotonic() - begin < 40:
        try:
            link, hello = scene.dialled(CONTROL, seconds=0.5)
        except Late:
            scene.puppet._pump(0)
            continue
        attempts += 1
        scene.answer(link, hello, ctype=wire.NONE)
        link.closed_within(1)
    event = scene.puppet.event("SEND", scene.source, 1)
    same("status", event.status, ETIMEDOUT)
    assert 4 <= attempts <= 6, f"{attempts} attempts"
    t.note(f"status {event.status} after {attempts} attempts, {time.monotonic() - begin:.1f} s")


def older(t, version):
    """NONE of another version is taken up at once, and messages have its form."""
    scene = Scene(t)
    scene.send(ack=True)
    link, hello = scene.dialled(CONTROL)
    begin = time.monotonic()
    scene.answer(link, hello, ctype=wire.NONE, version=version)
    link.closed_within(1)
    scene.peer.version = version
    scene.adopt(*scene.dialled(CONTROL, version))
    within("the next attempt", begin, 0, PAUSE - 0.02)
    scene.take_rest(ORDER[1:], version)
    same("payload", scene.delivered().payload, wire.pattern(10, 3))
    scene.puppet.good("ACK")
    # A peer that comes back may be another one, so it is asked for its version again. A dial
    # that is under way when the others end would still speak the old version.
    t.wait_counter(scene.peer, "connections", "3")
    scene.peer.hang_up()
    t.wait_counter(scene.peer, "connections", "0")
    scene.send()
    link, hello = scene.dialled(CONTROL)
    scene.answer(link, hello, ctype=wire.NONE, version=version)
    scene.take_rest(ORDER, version)
    scene.delivered()


@case
def active_none_of_version_2(t):
    older(t, 2)


@case
def active_none_of_version_1(t):
    older(t, 1)


@case
def active_none_of_another_version_beside_connections(t):
    """All connections of a peer speak one version: it is not asked again in another one."""
    scene = Scene(t)
    scene.send()
    scene.adopt(*scene.dialled(CONTROL))
    scene.delivered()
    link, hello = scene.dialled(BULK_IN)
    scene.answer(link, hello, ctype=wire.NONE, version=1)
    link.closed_within(1)
    scene.listener.none_within(PAUSE / 2)
    time.sleep(2 * PAUSE)
    scene.send()
    scene.delivered()
    scene.take_rest(ORDER[1:])


@case
def active_incarnation_differs_between_answers(t):
    """The connections of the former life are closed, and it dials anew at once."""
    scene = Scene(t)
    scene.send()
    scene.adopt(*scene.dialled(CONTROL))
    scene.peer.incarnation += 1
    link, hello = scene.dialled(BULK_IN)
    scene.answer(link, hello)
    scene.peer.wait_dead(3)
    for ctype in ORDER:
        scene.adopt(*scene.dialled(ctype, seconds=1))
    scene.send()
    scene.delivered()


@case(seconds=2)
def active_incarnation_differs_in_each_answer(t):
    """A peer that starts anew again and again, or says so, is not dialled for ever without a
    pause."""
    scene, dials = Scene(t), 0
    scene.send()
    try:
        while dials < 50:
            link, hello = scene.dialled(seconds=0.5)
            dials += 1
            scene.peer.incarnation += 1
            scene.answer(link, hello)
    except Late:
        pass
    assert 5 <= dials <= 12, f"{dials} attempts"


@case
def active_dials_missing_types_after_a_close(t):
    """All connections of a peer go when one goes; the next message dials again."""
    scene = Scene(t)
    scene.send()
    scene.take_rest()
    scene.delivered()
    # Else the connections would count as ones that die at once.
    time.sleep(0.2)
    scene.peer.find(BULK_IN).close()
    scene.peer.wait_dead(3)
    scene.send()
    scene.take_rest()
    scene.delivered()


def race(t, wins):
    """Both sides dial at the same time."""
    scene = Scene(t)
    scene.send()
    link, hello = scene.dialled(CONTROL)        # its HELLO waits for our answer
    if not wins:
        try:
            scene.peer.dial_once(CONTROL)
            raise AssertionError("the higher NID gave way")
        except Refused:
            pass
        scene.adopt(link, hello)
        scene.take_rest(ORDER[1:])
    else:
        scene.peer.dial_once(CONTROL)
        begin = time.monotonic()
        scene.answer(link, hello, ctype=wire.NONE)
        link.closed_within(1)
        first, hello = scene.dialled(BULK_IN, seconds=4)
        within("going on with the missing types", begin, PAUSE - 0.02, PAUSE + 1)
        scene.adopt(first, hello)
        scene.take_rest(ORDER[2:])
    scene.delivered()
    same("connections", len(scene.peer.live()), 3)
    scene.listener.none_within(2 * PAUSE)


@case
def race_the_peer_is_higher_and_refuses_first(t):
    scene = Scene(t)
    scene.send()
    scene.answer(*scene.dialled(CONTROL), ctype=wire.NONE)
    scene.peer.dial_once(CONTROL)
    scene.take_rest(ORDER[1:])
    scene.delivered()
    same("connections", len(scene.peer.live()), 3)


@case
def race_the_peer_is_higher(t):
    race(t, wins=True)


@case(address="127.250.0.1", seconds=2)
def race_the_peer_is_lower(t):
    race(t, wins=False)


@case(address="127.250.0.1", seconds=3)
def race_with_an_attempt_that_hangs(t):
    """The module's own attempt gets no answer: after a second the peer's is let in, though its
    NID is the lesser, and messages that wait go by the peer's connection."""
    scene = Scene(t)
    scene.send()
    link, _ = scene.dialled(CONTROL)
    time.sleep(1.2)
    scene.peer.dial_once(CONTROL)
    scene.delivered()
    link.closed_within(1)


@case(seconds=1)
def active_opens_what_an_any_connection_lacks(t):
    """A node that does not tell kinds apart has one connection for everything; v3 sends nothing
    on it, so the module opens others."""
    peer = t.peer().connect((wire.ANY,))
    peer.ping_remote()
    same("HELLOs of the module", peer.requests_seen[0].ctype, CONTROL)


@case(limit=60)
def race_of_two_real_ones(t):
    """Many times at once, both sides by their rules, until all three are there."""
    puppet = t.puppet()
    for _ in range(5):
        peer = t.peer()
        source = puppet.bind(10, 3, threshold=2)
        puppet.put(source, t.nid_of(peer), PORTAL, 5)
        try:
            # A message sent before all of them were there had fewer to choose from.
            for ctype in ORDER:
                peer.dial(ctype)
        except Refused as error:
            raise AssertionError("refused for a quarter of a minute") from error
        peer.take(wire.PUT)
        puppet.good("ACK", source)
        same("connections", len(peer.live()), 3)
        peer.ping_remote()


@case(address="127.250.0.1", limit=60)
def race_of_two_real_ones_the_other_way(t):
    race_of_two_real_ones(t)


@case
def active_to_a_peer_never_dialled(t):
    """A peer that dialled us and went away is dialled when there is something to send."""
    peer, puppet = t.connected(), t.puppet()
    peer.ping_remote()
    peer.hang_up()
    same("HELLOs of the module", len(peer.requests_seen), 0)
    t.wait_counter(peer, "connections", "0")
    source = puppet.bind(10, 3)
    puppet.put(source, t.nid_of(peer), PORTAL, 5)
    puppet.good("SEND", source)
    same("payload", peer.take(wire.PUT).payload, wire.pattern(10, 3))
    peer.wait_live()
    same("HELLOs of the module", [hello.ctype for hello in peer.requests_seen], list(ORDER))
