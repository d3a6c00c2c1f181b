# SPDX-License-Identifier: GPL-2.0
"""No memory: for the threads of the driver, for an NI, for TCP."""

import contextlib
import ctypes
import errno
import os
import socket
import threading
import time

import wire
from case import PATIENT, PORTAL, case, same
from cases_ends import FAILSLAB, counted, settle
from cases_param import only_lnet, threads, worker_tasks
from module import SOCKLND, run
from setting import failing, settings, write
from wire import PUT

FAIL_PAGES = "/sys/kernel/debug/fail_page_alloc"
FINIT_MODULE = 313      # the system call, on an x86
KTHREADD = 2            # the task that makes the kernel's threads
PF_MEMALLOC = 0x800     # of a task: it may use what is kept for those that free memory
THREADS = 3
MANY, LAST = 1000000, 60
HOLDERS = 8             # connections that fill TCP's memory
WORDS = b"nscheds=%d" % THREADS


class FailNth:
    """Makes an allocation of a task fail, counted from now on. The file is opened first, as
    opening it takes memory, too."""

    def __init__(self, task):
        self.fd = os.open(f"/proc/{task}/fail-nth", os.O_RDWR)

    def set(self, number):
        os.pwrite(self.fd, b"%d" % number, 0)

    def left(self):
        """How many allocations there are until then; 0: it has failed."""
        return int(os.pread(self.fd, 16, 0))

    def close(self):
        self.set(0)
        os.close(self.fd)


def every_allocation_fails():
    """Allocations that may wait for memory fail as well when their turn has come."""
    return failing(FAILSLAB, ("ignore-gfp-wait", "N"), ("verbose", 0))


def insert(t, module, words, number=0):
    """Loads a module while an allocation of this thread fails: the errno, and how many allocations
    were left until then."""
    libc, result = ctypes.CDLL(None, use_errno=True), []
    image = os.open(f"{t.module.tree}/{module}.ko", os.O_RDONLY)

    def call():
        fail = FailNth(f"self/task/{threading.get_native_id()}")
        fail.set(number)
        rc = libc.syscall(FINIT_MODULE, image, words, 0)
        left = fail.left()
        fail.close()
        result.extend((ctypes.get_errno() if rc else 0, left))
    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    os.close(image)
    return result


def good_or_gone(failure, what):
    """The driver is loaded; or it is not, for want of memory, and nothing is left of it."""
    there = os.path.exists("/sys/module/ksocklnd")
    assert failure in ((0,) if there else (errno.ENOMEM, errno.EAGAIN)), f"{what}: {failure}"
    same(f"threads, {what}", len(threads()), THREADS if there else 0)
    if there:
        run("rmmod", "ksocklnd")
    return not there


@case(bare=True, seconds=15, limit=180, long=True)
def memory_for_threads_is_not_there(t):
    """Each allocation of the task that makes the kernel's threads fails once, while it makes
    ours: the driver is not loaded then, and threads made before are gone."""
    number, gone, left = 0, 0, 0
    with every_allocation_fails(), contextlib.closing(FailNth(KTHREADD)) as fail:
        with only_lnet(t):
            while not left:
                number += 1
                fail.set(number)
                failure, _ = insert(t, SOCKLND, WORDS)
                left = fail.left()
                fail.set(0)
                gone += good_or_gone(failure, f"allocation {number}")
    t.note(f"{gone} of {number - 1} failures kept it out")
    assert gone >= THREADS, f"{gone} of {number - 1}"


@case(bare=True, seconds=20, limit=240, long=True)
def memory_for_the_driver_is_not_there(t):
    """The same for the task that loads it: its last allocations are the driver's own."""
    gone = 0
    with every_allocation_fails(), only_lnet(t):
        failure, left = insert(t, SOCKLND, WORDS, MANY)
        same("errno", failure, 0)
        run("rmmod", "ksocklnd")
        total = MANY - left
        for number in range(total - LAST, total + 1):
            failure, left = insert(t, SOCKLND, WORDS, number)
            gone += good_or_gone(failure, f"allocation {number} of {total}")
    t.note(f"{gone} of {LAST + 1} failures kept it out, of {total} allocations")
    assert gone >= 10, f"{gone} of {LAST + 1}"


def of_netstat(name):
    """A count of TCP's."""
    with open("/proc/net/netstat", encoding="ascii") as counts:
        for line in counts:
            words = line.split()
            if name in words:
                return int(next(counts).split()[words.index(name)])
    raise KeyError(name)


@contextlib.contextmanager
def memory_of_tcp_in_use():
    """Makes TCP use memory. TCP adds up the memory of a CPU only once it is a MiB: with less there
    is no shortage, whatever the limit."""
    with contextlib.ExitStack() as ends:
        listener = ends.enter_context(socket.create_server(("127.0.0.1", 0)))
        for _ in range(HOLDERS):
            sender = ends.enter_context(socket.create_connection(listener.getsockname()))
            ends.enter_context(listener.accept()[0])
            sender.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                while True:
                    sender.send(bytes(1 << 16))
        yield


@contextlib.contextmanager
def tcp_without_memory():
    """TCP gets no page but those it takes all the same, so as not to stand still for ever."""
    with memory_of_tcp_in_use(), settings("/proc/sys/net/ipv4", ("tcp_mem", "0 0 0")):
        yield


@case(sock_timeout=PATIENT, seconds=4)
def memory_of_tcp_is_none(t):
    """Traffic both ways stands still, or goes on slowly, but no connection ends, nothing is lost,
    and every byte is right."""
    settle(t)
    peer, puppet, size = t.connected(), t.puppet(), 1 << 20
    sink = puppet.post(PORTAL, size, options="put,remote,truncate")
    source = puppet.bind(size, 6, "pages")
    with counted(t):
        puts = []

        def both():
            for _ in range(2):
                puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
                puts.append(peer.put(PORTAL, 0, wire.pattern(size, 3)))
        both()
        pressures = of_netstat("TCPMemoryPressures")
        with tcp_without_memory():
            for _ in range(2):
                both()
                time.sleep(1)
            short = of_netstat("TCPMemoryPressures") - pressures
        both()
        for put in puts:
            put.wait(20)
            puppet.good("PUT", sink, 20, mlength=size)
        puppet.check(sink, size, 3)
        for _ in puts:
            same("payload", peer.take(PUT, 20).payload == wire.pattern(size, 6), True)
            puppet.good("SEND", source)
        same("connections", len(peer.live()), 3)
    peer.ping_remote()
    t.note(f"{short} times short")
    assert short, "TCP was never short of memory"


@contextlib.contextmanager
def workers_without_pages():
    """The driver's threads get no pages."""
    def mark(text):
        for task in worker_tasks():
            write(f"/proc/{task}/make-it-fail", text)

    with failing(FAIL_PAGES, ("task-filter", "Y"), ("verbose", 0), ("ignore-gfp-wait", "N"),
                 ("min-order", 0), ("times", -1), ("probability", 100)):
        try:
            mark("1")
            yield
        finally:
            mark("0")


@case(sock_timeout=PATIENT, seconds=3)
def memory_to_send_from_is_none(t):
    """TCP has room, but no page: the workers look again now and then, not all the time, and go on
    when there is one."""
    peer, puppet = t.connected(), t.puppet()
    source = puppet.bind(1 << 20, 6, threshold=1)
    rounds = lambda: sum(worker["rounds"] for worker in t.module.workers())
    with workers_without_pages():
        puppet.put(source, t.nid_of(peer), PORTAL, ack=False)
        time.sleep(0.2)
        before = rounds()
        time.sleep(1)
        spent = rounds() - before
    t.note(f"{spent} rounds in a second")
    assert 2 <= spent < 300, f"{spent} rounds in a second"
    same("payload", peer.take(PUT, 15).payload == wire.pattern(1 << 20, 6), True)
    puppet.good("SEND", source)


def may_use_reserves(task):
    with open(f"/proc/{task}/stat", encoding="ascii") as stat:
        return bool(int(stat.read().rpartition(")")[2].split()[6]) & PF_MEMALLOC)


@case(nscheds=1, keepalive=0, seconds=7, sock_timeout=60, limit=60)
def memory_kept_for_reclaim_is_for_what_frees_some(t):
    """Of messages that wait together, those sent by a thread that frees memory go to TCP with leave
    to use the reserves, and not in one call with the others, which have no leave."""
    sent, calls = (False, True, True, False, True, False), [False, True, False, True, False]
    peer, puppet = t.connected(), t.puppet()
    source, (worker,) = puppet.bind(100, 6), worker_tasks()
    with t.module.windows.opened("sock_tx_given", 1000000) as come:
        for _ in range(5):
            seen, before = {}, come()
            for number, reclaim in enumerate(sent):
                puppet.put(source, t.nid_of(peer), PORTAL, number, ack=False, reclaim=reclaim)
            while come() < before + len(calls):
                call = come()
                flag = may_use_reserves(worker)
                if come() == call > before:
                    seen.setdefault(call - before - 1, flag)
                time.sleep(0.05)
            for number in range(len(sent)):
                same("in turn", peer.take(PUT).header.bits, number)
                puppet.good("SEND", source)
            # The last call is not looked at. On a busy machine others may have gone by.
            if len(seen) == len(calls) - 1:
                break
    same("may use reserves", [seen.get(call) for call in range(len(calls) - 1)], calls[:-1])
    same("may use them afterwards", may_use_reserves(worker), False)
