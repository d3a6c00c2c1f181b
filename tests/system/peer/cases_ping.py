# SPDX-License-Identifier: GPL-2.0
"""Ping and push: a real node sends them first, and waits for the answers."""

import errno
import os
import re
import signal
import subprocess
import sys
import time

import wire
from case import PORTAL, case, same, within
from wire import BULK_IN, CONTROL, PING_BITS, PingInfo

LNETPING = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../scripts/lnetping")
DEVICE = "/dev/lnet"


def lnetping(*words):
    """Runs lnetping: its status and its output."""
    done = subprocess.run([LNETPING, *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          timeout=30, check=False)
    return done.returncode, done.stdout.decode().splitlines()


@case
def ping_of_every_size(t):
    peer = t.connected()
    info = peer.ping_remote(272)
    same("NIs", [ni for ni, _ in info.nis], [wire.NID_LO, t.nid])
    same("status", info.nis[1][1], wire.STATUS_UP)
    same("features", info.features, wire.PING_MINE)
    for sink in (40, 64, 400, 1552, 3960, 48, 47, 33, 32, 31, 17, 16, 15, 4, 1, 0, 1 << 20):
        peer.ping_remote(sink)


@case
def ping_over_v1_and_v2(t):
    for version in (1, 2):
        t.connected(version=version).ping_remote()


@case
def ping_as_the_first_message(t):
    """A real node pings when it has its CONTROL connection, with or without others."""
    peer = t.peer().connect((CONTROL,))
    peer.ping_remote()


@case
def ping_with_an_offset(t):
    """Real nodes send 0. A ping is answered from its offset on, as a GET of any memory is, and past
    the end not at all."""
    peer = t.connected()
    whole = peer.get(0, PING_BITS, 272).wait().payload
    same("NIs", PingInfo.decode(whole, 272).nnis, 2)
    for offset in (0, 8, 47, 48):
        for sink in (272, 5, 0):
            reply = peer.get(0, PING_BITS, sink, offset=offset).wait()
            same(f"{sink} bytes from {offset}", reply.payload, whole[offset:offset + sink])
    for offset in (49, 1000, 0x80000000, 0xFFFFFFFF):
        peer.get(0, PING_BITS, 272, offset=offset).silent(0.1)
    same("again", peer.get(0, PING_BITS, 272).wait().payload, whole)


@case
def ping_with_other_bits(t):
    """Portal 0 is not a place for anything else."""
    peer = t.connected()
    peer.get(0, 5, 272).silent()
    peer.put(0, 5, bytes(100)).silent()
    peer.ping_remote()


@case
def push_is_acked(t):
    peer = t.connected()
    info = PingInfo([(wire.NID_LO, 1), (peer.nid, wire.STATUS_UP)], 0x1E).encode()
    for data in (info, info[:20], b"", bytes(400), bytes(range(200)), info + bytes(3900)):
        peer.put(0, PING_BITS, data).wait()
    peer.ping_remote()


@case
def push_of_a_lie_is_acked(t):
    """The module does not believe it: the NID of another, our own NIDs, thousands of them."""
    peer = t.connected()
    for nis in ([(wire.NID_LO, 1), (t.nid, wire.STATUS_UP)], [(t.nid, wire.STATUS_DOWN)] * 10,
                [(wire.NID_LO, 1), (wire.nid("127.0.1.1"), wire.STATUS_DOWN)],
                [(number, 0) for number in range(3000)]):
        peer.put(0, PING_BITS, PingInfo(nis, 0xFFFF).encode()).wait()
        peer.put(0, PING_BITS, PingInfo(nis, 0xFFFF, nnis=0xFFFFFFFF).encode()[:1 << 20]).wait()
    peer.ping_remote()


@case
def ping_while_everything_else_is_full(t):
    """Answered between megabytes in both directions."""
    peer, puppet = t.connected(), t.puppet()
    puppet.post(PORTAL, 1 << 20, bits=1, options="get,remote", seed=1)
    puppet.post(PORTAL, 1 << 20, bits=2, options="put,remote,truncate")
    requests = []
    for number in range(60):
        if number < 15:
            requests.append(peer.get(PORTAL, 1, 1 << 20))
            requests.append(peer.put(PORTAL, 2, bytes(1 << 20), conn=peer.find(BULK_IN)))
        peer.ping_remote((40, 64, 272, 400)[number % 4])
    for request in requests:
        request.wait()


@case
def ping_is_not_asked_for(t):
    """A real node pings before it sends; the module does not, whichever peer it sends to."""
    puppet = t.puppet()
    for peer in (t.peer(), t.connected()):
        source = puppet.bind(10, 3, threshold=2)
        puppet.put(source, t.nid_of(peer), PORTAL)
        peer.take(wire.PUT)
        puppet.good("ACK", source)
        same("pings", len(peer.pings), 0)


@case
def lnetping_of_a_peer(t):
    """As README says: the node's names, the times, and status 0 if each ping was answered."""
    peer = t.peer()
    peer.ping = PingInfo([(wire.NID_LO, wire.STATUS_UP), (peer.nid, wire.STATUS_DOWN)], 6).encode()
    status, lines = lnetping(t.nid_of(peer), "-c", "3", "-i", "0.05")
    same("status", status, 0)
    same("answer", lines[:3], [f"{t.nid_of(peer)}: pid 12345, features 0x6", "  0@lo up",
                               f"  {t.nid_of(peer)} down"])
    for number, line in enumerate(lines[3:6], 1):
        assert re.fullmatch(rf"{re.escape(t.nid_of(peer))}: seq={number} time=\d+\.\d us", line), line
    assert re.fullmatch(r"3 sent, 3 answered, min/avg/max (\d+\.\d/){2}\d+\.\d us", lines[6]), lines
    same("lines", len(lines), 7)
    same("pings that came", [ping.header.offset for ping in peer.pings], [0, 0, 0])


@case
def lnetping_of_a_node_with_several_rails(t):
    """Such a node keeps a number where others have the status of 0@lo: it is up."""
    peer = t.peer()
    status, lines = lnetping(t.nid_of(peer))
    same("status and 0@lo", (status, lines[1]), (0, "  0@lo up"))


@case
def lnetping_of_who_answers_nonsense(t):
    """lnetping sends one GET each, never another; it says so, and its status is 1."""
    for answer in (b"", bytes(48), bytes(range(200)), b"\xff" * 272):
        peer = t.peer()
        peer.ping = answer
        status, lines = lnetping(t.nid_of(peer))
        same("what is said", (status, lines), (1, [
            f"{t.nid_of(peer)}: seq=1 what came is not what an LNet node of that NID sends",
            "1 sent, 0 answered"]))
        same("pings that came", len(peer.pings), 1)


@case
def lnetping_of_who_does_not_answer(t):
    """No node listens there; and a node that takes the ping and is silent."""
    status, lines = lnetping(t.nid_of(wire.nid(t.address())))
    same("status", status, 1)
    assert lines[0].endswith("seq=1 the connection was refused: is LNet running there?"), lines
    peer = t.peer()
    peer.answering = False
    begin = time.monotonic()
    status, lines = lnetping(t.nid_of(peer), "-t", "500")
    within("giving up", begin, 0.5, 2)
    same("what is said", (status, lines[0]),
         (1, f"{t.nid_of(peer)}: seq=1 no answer in time, -t is 500 ms"))


def interrupted(peer, what, waits, *words):
    """lnetping is in the middle of something, and Ctrl-C ends it at once; it has sent one GET."""
    ping = subprocess.Popen([LNETPING, wire.nid_text(peer.nid), *words], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            start_new_session=True)
    try:
        peer.wait_for("a ping", lambda: peer.pings)
        peer.wait_for(what, lambda: waits(ping.pid))
        begin = time.monotonic()
        os.killpg(ping.pid, signal.SIGINT)
        lines = ping.communicate(timeout=20)[0].splitlines()
        within("ending", begin, 0, 2)
    finally:
        ping.kill()
        ping.wait()
    time.sleep(0.3)
    same("pings that came", len(peer.pings), 1)
    same("status", ping.returncode, 0 if peer.answering else 1)
    return lines


def sleeps(pid):
    """Whether a child of the process runs sleep(1)."""
    for task in os.listdir("/proc"):
        try:
            with open(f"/proc/{task}/stat", encoding="ascii") as stat:
                words = stat.read().split()
        except OSError:
            continue        # no task, or gone
        if words[1] == "(sleep)" and int(words[3]) == pid:
            return True
    return False


@case(seconds=2)
def lnetping_can_be_interrupted(t):
    """While it waits for an answer, and in the pause between two pings."""
    peer = t.peer()
    peer.answering = False
    lines = interrupted(peer, "nothing", lambda pid: True, "-c", "5", "-t", "60000")
    same("what is said", lines[-1], "1 sent, 0 answered")
    peer = t.peer()
    lines = interrupted(peer, "its pause", sleeps, "-c", "5", "-i", "60")
    assert lines[-1].startswith("1 sent, 1 answered, min/avg/max "), lines


def asks(device, line):
    """The errno with which the device refuses a line, or 0, and all that it then says."""
    failure = 0
    try:
        device.write(line.encode())
    except OSError as error:
        failure = error.errno
    return failure, device.read(8192).decode()


@case
def device_takes_commands(t):
    """A line that is none is refused, and the answer says so, too. One that is carried out is
    taken, whatever comes of it."""
    peer, absent = t.peer(), t.nid_of(wire.nid(t.address()))
    wrong = ["", "\n", "ping", "ping ", f"pong {t.nid_of(peer)}", t.nid_of(peer), "ping 10.0.0@tcp",
             "PING 0@lo", "ping0@lo", "ping 0@lo" + 72 * " "]
    wrong += [f"ping {t.nid_of(peer)} {more}" for more in ("x", "0", "-1", "600001", "9 9")]
    right = [f"ping {t.nid_of(peer)}", f" ping\t{t.nid_of(peer)}  5000 \n", "ping 0@lo" + 71 * " "]
    with open(DEVICE, "r+b", buffering=0) as device:
        same("before a command", device.read(100), b"")
        for line in wrong:
            same(line, asks(device, line), (errno.EINVAL, "error 22 a wrong value, or a blackhole route\n"))
        same("pings that came", len(peer.pings), 0)
        for line in right:
            failure, answer = asks(device, line)
            same(line, (failure, answer.split()[0::2][:3]), (0, ["rtt_ns", "features", "pid"]))
        same("no node there", asks(device, f"ping {absent} 2000\n"),
             (0, "error 111 the connection was refused: is LNet running there?\n"))
    same("pings that came", len(peer.pings), 2)


@case
def device_has_a_session_for_each_open_file(t):
    with open(DEVICE, "r+b", buffering=0) as one, open(DEVICE, "r+b", buffering=0) as other:
        assert asks(one, "ping 0@lo")[1].startswith("rtt_ns ")
        same("what the other says", other.read(100), b"")
        asks(other, "pong")
        one.seek(0)
        assert one.read(100).startswith(b"rtt_ns ")


def child(device, words):
    """A process that shares the open device, as fd."""
    fd = device.fileno()
    return subprocess.Popen([sys.executable, "-c", f"import os; fd = {fd}; {words}"], pass_fds=[fd])


@case(seconds=3)
def device_readers_that_wait_can_be_killed(t):
    """A process has written a ping that is not answered. Others that share its open file wait to
    read the answer. Each of them goes at once when it is killed, and so does the first."""
    peer = t.peer()
    peer.answering = False
    with open(DEVICE, "r+b", buffering=0) as device:
        ping = f"ping {t.nid_of(peer)} 60000"
        processes = [child(device, f"os.write(fd, b'{ping}')")]
        peer.wait_for("the ping", lambda: peer.pings)
        processes += [child(device, "os.read(fd, 100)") for _ in range(2)]
        time.sleep(1)
        for process in reversed(processes):
            same("process that waits", process.poll(), None)
            process.kill()
            same("status", process.wait(5), -signal.SIGKILL)


def opening(*before):
    """The last line of what a process says that does this and opens the device."""
    words = "; ".join(("import ctypes, os, struct", *before, f"os.open({DEVICE!r}, os.O_RDWR)"))
    done = subprocess.run([sys.executable, "-c", words], stderr=subprocess.PIPE, timeout=30,
                          check=False)
    return done.stderr.decode().splitlines()[-1:]


@case
def device_is_for_who_may_administer_the_node(t):
    """An ordinary user may not open it, nor may root without the right."""
    same("root", opening(), [])
    same("a user", opening("os.setuid(65534)"),
         [f"PermissionError: [Errno 13] Permission denied: '{DEVICE}'"])
    no_rights = "ctypes.CDLL(None).capset(struct.pack('Ii', 0x20080522, 0), bytes(24))"
    same("root without rights", opening(no_rights),
         [f"PermissionError: [Errno 1] Operation not permitted: '{DEVICE}'"])
