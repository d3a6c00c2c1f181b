# SPDX-License-Identifier: GPL-2.0
"""The parameters of ksocklnd: their defaults, which values are taken, and the effect of those
that no other case is about."""

import contextlib
import os
import re
import socket
import subprocess
import time

import wire
from case import PORTAL, case, same
from cases_active import Scene
from cases_ends import without_memory
from link import Late
from module import LNET, SOCKLND
from setting import IPV6
from wire import BULK_IN, CONTROL, PUT

DOCUMENT = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../../Documentation/tcp.rst")
# One case is about each of them, and the other cases do not notice it.
OTHERS = {"nscheds": 5, "accept_port": 1500, "min_bulk": 2000, "peer_credits": 4, "credits": 4,
          "address_reserve": 0, "sock_timeout": 60, "accept_backlog": 3}
PARAMETERS = "/sys/module/ksocklnd/parameters"


def documented():
    """{parameter: default} of the table in tcp.rst."""
    with open(DOCUMENT, encoding="utf-8") as document:
        return dict(re.findall(r"^``(\w+)`` {2,}(\w+) ", document.read(), re.MULTILINE))


def shown(name):
    with open(os.path.join(PARAMETERS, name), encoding="ascii") as parameter:
        return parameter.read().strip()


@contextlib.contextmanager
def only_lnet(t):
    """ksocklnd is to be loaded by the case itself."""
    t.module.unload()
    t.module.insert("lnet/lnet")
    try:
        yield
    finally:
        t.module.unload()


def refused(t, *words, number=1, module=SOCKLND):
    """The module is not loaded, with so many lines; the first of them, without its name."""
    begin, name = t.log.now(), os.path.basename(module)
    done = subprocess.run(["insmod", f"{t.module.tree}/{module}.ko", *words],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if not done.returncode:
        raise AssertionError(f"taken: {' '.join(words)}")
    same("loaded", os.path.exists(f"/sys/module/{name}"), False)
    lines = t.log.lines(f"{name}: ", begin)
    same(f"lines of {' '.join(words)}", len(lines), number)
    return lines[0]


@case(bare=True, seconds=2)
def param_defaults_are_as_documented(t):
    with only_lnet(t):
        t.module.insert(SOCKLND)
        there = {}
        for name in os.listdir(PARAMETERS):
            there[name] = shown(name)
            mode = os.stat(os.path.join(PARAMETERS, name)).st_mode & 0o777
            same(f"mode of {name}", mode, 0o644 if name == "sock_timeout" else 0o444)
    assert len(there) >= 14, there
    same("defaults", there, documented())


RANGES = {"accept_port": (1, 65535), "accept_backlog": (1, 65535), "accept_timeout": (1, 3600),
          "sock_timeout": (1, 3600), "min_reconnectms": (1, 3600000),
          "max_reconnectms": (1000, 3600000), "keepalive": (0, 3600), "nscheds": (0, 1024),
          "peer_credits": (1, 65535), "credits": (1, 1048576), "drain_timeout": (1, 60),
          "keepalive_idle": (1, 3600), "keepalive_intvl": (1, 3600), "keepalive_count": (1, 127),
          "address_credits": (1, 1048576), "address_reserve": (0, 1024), "peers_each": (1, 65535),
          "callers_max": (1, 65535), "callers_each": (1, 65535), "peer_answers": (1, 1048576),
          "answers": (64, 16777216), "min_rate": (0, 1048576), "peers_max": (4, 1048576),
          "prefix_share": (1, 100)}


def out_of_range(t, which):
    """Refused with one line, which names the parameter, its value and what would be right."""
    with only_lnet(t):
        for name, (least, most) in RANGES.items():
            value = (least - 1, most + 1)[which]
            if value >= 0:
                # One that may change at run time is refused by the kernel, too.
                number = 2 if name == "sock_timeout" else 1
                line = refused(t, f"{name}={value}", number=number)
                assert line.endswith(f": {name}={value} is not in {least}..{most}"), line


@case(bare=True, limit=60, seconds=2)
def param_above_its_range_is_refused(t):
    out_of_range(t, 1)


@case(bare=True, seconds=4, limit=60, long=True)
def param_below_its_range_is_refused(t):
    out_of_range(t, 0)


@case(bare=True, seconds=2)
def param_of_another_kind_is_refused(t):
    """Words where numbers belong, other words, nothing at all."""
    with only_lnet(t):
        for name, words in (("accept", "secure, all or none"),
                            ("zerocopy", "auto, always or never")):
            for value in ("", "Secure", "nevers"):
                line = refused(t, f"{name}={value}")
                assert line.endswith(f": {name}={value} is not {words}"), line
        for name, value in (("accept_port", ""), ("credits", "many"), ("min_bulk", "-1"),
                            ("zc_min_payload", "1x"), ("nscheds", "4294967296")):
            line = refused(t, f"{name}={value}")
            assert f"`{value}' invalid for parameter `{name}'" in line, line
        line = refused(t, "min_reconnectms=2000", "max_reconnectms=1999")
        assert line.endswith(": max_reconnectms=1999 is not in 2000..3600000"), line


@case(bare=True, seconds=2)
def param_of_lustres_is_refused(t):
    """A parameter of Lustre in an old line in modprobe.d is refused, not ignored."""
    with only_lnet(t):
        for name in ("conns_per_peer", "typed_conns", "tx_buffer_size"):
            # The kernel has one of its own behind it.
            line = refused(t, f"{name}=1", number=2)
            assert f"there is no parameter {name} here: leave it out" in line, line
    for name, text in (("ip2nets", "no ip2nets= here, as networks=tcp(10.0.0.0/8) finds"),
                       ("routes", "there is no routes= here, as this LNet does not route"),
                       ("forwarding", "there is no forwarding= here, as this LNet")):
        line = refused(t, f"{name}=1", number=2, module=LNET)
        assert text in line, line


@case(bare=True, seconds=2)
def param_that_lnet_was_given_is_taken(t):
    """Lustre's files give these to lnet.ko. Other values than its defaults, given to
    ksocklnd itself, count first."""
    given = {"accept": "all", "accept_port": "1500", "accept_backlog": "3", "accept_timeout": "7"}
    own = {"accept": "none", "accept_port": "1600", "accept_backlog": "4", "accept_timeout": "8"}
    for words, expected in (({}, given), (own, own)):
        t.module.unload()
        t.module.insert(LNET, *(f"{name}={value}" for name, value in given.items()))
        t.module.insert(SOCKLND, *(f"{name}={value}" for name, value in words.items()))
        same("parameters", {name: shown(name) for name in given}, expected)
    t.module.unload()
    t.module.insert(LNET, "accept=friends")
    line = refused(t)
    assert line.endswith(": accept=friends is not secure, all or none"), line
    t.module.unload()


# The range of numbers that have only that of their type; the words of all other parameters.
ANY_NUMBER = (0, (1 << 32) - 1)
WORDS = {"accept": ("secure", "all", "none"), "zerocopy": ("auto", "always", "never"),
         "check_address": ("Y", "N")}
GROUPS = 4
NONSENSE = ("", "x", "1x", "0x", "1.5", str(1 << 32), str(1 << 64), str(10 ** 40))


def ranges(t):
    """{parameter: (least, most)} of all that are numbers; checks that no parameter is left out."""
    with only_lnet(t):
        t.module.insert(SOCKLND)
        there = set(os.listdir(PARAMETERS))
    rest = there - set(RANGES) - set(WORDS)
    same("without a range", sorted(rest), ["min_bulk", "zc_min_payload"])
    return {**RANGES, **{name: ANY_NUMBER for name in rest}}


@case(bare=True, seconds=12, limit=180, long=True)
def param_nonsense_is_refused(t):
    """A third of the nonsense for each parameter: the kernel refuses it for numbers, the module
    with a line of its own for words."""
    numbers = ranges(t)
    with only_lnet(t):
        for number, name in enumerate(numbers):
            for value in ("-1", *NONSENSE[number % 3::3]):
                line = refused(t, f"{name}={value}")
                assert f"`{value}' invalid for parameter `{name}'" in line, line
        for name in ("accept", "zerocopy"):
            for value in ("", "0", "-1", "x" * 900):
                line = refused(t, f"{name}={value}")
                assert f": {name}={value[:800]}" in line, line
        for value in ("", "x", "2"):
            refused(t, f"check_address={value}")


def works_with(t, words):
    """The parameters have the values that were given, and peers that connect are answered."""
    t.module.load(words)
    for name, value in words.items():
        with open(os.path.join(PARAMETERS, name), encoding="ascii") as parameter:
            same(name, parameter.read().strip(), str(value))
    peer, puppet = t.connected(), t.puppet()
    peer.picky = False
    peer.ping_remote()
    source = puppet.bind(50000, 3, "pages")
    puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
    same("payload", peer.take(PUT).payload, wire.pattern(50000, 3))
    puppet.good("SEND", source)
    for thing in t.things:
        thing.close()
    t.things.clear()
    t.module.unload()


@case(bare=True, seconds=20, limit=300, long=True)
def param_at_the_end_of_its_range_works(t):
    """All at their least and at their most; then a few at a time, with the others as usual."""
    numbers = ranges(t)
    for end in (0, 1):
        which = {name: both[end] for name, both in numbers.items()}
        which["min_reconnectms"] = which["max_reconnectms"]
        works_with(t, which)
        for first in range(GROUPS):
            words = {name: which[name] for name in sorted(which)[first::GROUPS]}
            if "min_reconnectms" in words or "max_reconnectms" in words:
                words.update({name: which[name] for name in ("min_reconnectms", "max_reconnectms")})
            works_with(t, words)
    for name, words in WORDS.items():
        for word in words:
            if word != "none":
                works_with(t, {name: word})


def worker_tasks():
    """The worker threads that there are: {task: name}."""
    names = {}
    for task in os.listdir("/proc"):
        try:
            with open(f"/proc/{task}/comm", encoding="ascii") as comm:
                names[task] = comm.read().strip()
        except OSError:
            pass        # no task, or gone
    return {task: name for task, name in names.items() if re.fullmatch(r"ksocklnd/\d+", name)}


def threads():
    return sorted(worker_tasks().values())


@case(**OTHERS, seconds=3)
def param_nscheds(t):
    """So many threads, each with its folder, and connections on all of them."""
    same("threads", threads(), [f"ksocklnd/{number}" for number in range(5)])
    peers = [t.connected() for _ in range(3)]
    # The last handshakes, which have counted too, may just be ending.
    peers[0].wait_for("connections of the workers", lambda: sorted(
        worker["connections"] for worker in t.module.workers()) == [2, 2, 2, 3, 3])
    for peer in peers:
        peer.ping_remote()


@case
def param_nscheds_is_one_for_each_cpu(t):
    same("threads", len(threads()), os.sysconf("SC_NPROCESSORS_ONLN"))
    same("workers", len(t.module.workers()), len(threads()))


@case(**OTHERS)
def param_accept_port(t):
    """The port on which the module listens, and that to which it connects."""
    t.connected().ping_remote()
    scene = Scene(t)
    scene.send()
    scene.take_rest()
    scene.delivered()
    scene.peer.ping_remote()
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    same("no listener at 988", sock.connect_ex((t.remote.address, 988)), 111)
    sock.close()


def established(t, number):
    """How many of so many connections TCP takes while the module accepts none."""
    socks = []
    with without_memory(100):
        for _ in range(number):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            sock.setblocking(False)
            sock.connect_ex((t.remote.address, t.remote.port))
            socks.append(sock)
        time.sleep(0.2)
        good = 0
        for sock in socks:
            try:
                sock.getpeername()
                good += 1
            except OSError:
                pass        # its SYN was not answered
    for sock in socks:
        sock.close()
    return good


@case(**OTHERS, seconds=2)
def param_accept_backlog(t):
    """So many wait to be accepted, and one more, as TCP counts; the others try again later.
    A thread that has been made meanwhile has memory, and accepts: then once more."""
    counts = []
    while len(counts) < 5 and 4 not in counts:
        counts.append(established(t, 12))
    assert 4 in counts, f"not 4 but {counts} of 12 connections waited"
    t.peer().dial(CONTROL)


def bulk_from(t, least):
    """Payloads of that size go on our BULK_IN, and smaller ones on CONTROL."""
    peer, puppet = t.connected(), t.puppet()
    peer.picky = False
    for size, right in ((1000, CONTROL), (least - 1, CONTROL), (least, BULK_IN), (5000, BULK_IN)):
        source = puppet.bind(size, 6, threshold=1)
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        same(f"connection for {size} bytes", peer.take(PUT).conn.ctype, right)


@case(**OTHERS)
def param_min_bulk(t):
    """min_bulk includes 96 bytes of headers."""
    bulk_from(t, 2000 - 96)


@case(**OTHERS, address=IPV6)
def param_min_bulk_with_large_nids(t):
    """There the headers have 120 bytes, and a real node with min_bulk=200 takes its bulk connection
    from 80 bytes of payload on."""
    bulk_from(t, 2000 - 120)


def stopped(t):
    """A peer that reads nothing, with room for little."""
    peer = t.connected(window=8192)
    peer.stop_reading()
    return peer


def stalled(puppet):
    """Waits until no event comes for three seconds: a busy machine has pauses."""
    while puppet._pump(3):
        pass


@case(**OTHERS, seconds=5)
def credits_of_a_peer(t):
    """So many messages are with TCP; the others wait, in their order, and lose nothing."""
    peer, puppet = stopped(t), t.puppet()
    t.wait_counter(peer, "credits", "4")
    source = puppet.bind(1 << 20, 4)
    for number in range(12):
        puppet.put(source, t.nid_of(peer), PORTAL, number, ack=False)
    stalled(puppet)
    # TCP has copied some to its own memory: those are done with.
    taken = len(puppet.events)
    assert taken <= 6, f"{taken} MiB went to a peer that reads nothing"
    same("credits", t.of_peer(peer, "credits"), "0")
    same("queue", t.of_peer(peer, "queue"), str(12 - taken))
    peer.read_on()
    for number in range(12):
        same("bits", peer.take(PUT).header.bits, number)
        puppet.good("SEND", source)
    t.wait_counter(peer, "credits", "4")
    same("queue", t.of_peer(peer, "queue"), "0")


@case(**OTHERS, seconds=6)
def credits_of_all_peers(t):
    """A peer that takes nothing has all credits: another one waits until it does."""
    peer, other, puppet = stopped(t), t.connected(), t.puppet()
    source, small = puppet.bind(1 << 20, 4), puppet.bind(10, 3)
    for number in range(12):
        puppet.put(source, t.nid_of(peer), PORTAL, number, ack=False)
    stalled(puppet)
    puppet.put(small, t.nid_of(other), PORTAL, ack=False)
    try:
        other.take(PUT, 0.5)
        raise AssertionError("there were five credits of four")
    except Late:
        pass
    same("queue", t.of_peer(other, "queue"), "1")
    peer.read_on()
    same("payload", other.take(PUT).payload, wire.pattern(10, 3))
    for _ in range(12):
        puppet.good("SEND", source)


@case(address="127.250.0.2", seconds=2)
def dialled_from_the_first_free_port(t):
    """From 1023 down; ports that others have are passed by, and so is the listener's."""
    taken = []
    for port in (1023, 1021, 1020):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.bind((t.remote.address, port))
        taken.append(sock)
    try:
        scene = Scene(t)
        scene.send()
        ports = []
        for _ in range(3):
            link, hello = scene.dialled()
            ports.append(link.remote[1])
            scene.adopt(link, hello)
        same("ports", ports, [1022, 1019, 1018])
    finally:
        for sock in taken:
            sock.close()
