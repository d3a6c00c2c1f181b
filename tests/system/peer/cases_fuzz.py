# SPDX-License-Identifier: GPL-2.0
"""Nonsense for some seconds, then everything as usual.

LNET_FUZZ: how many seconds it takes; LNET_SEED: the seed.
"""

import os
import time

import wire
from case import PORTAL, case, same
from fuzz import Fuzzer
from puppet import Refusal

SECONDS = int(os.environ.get("LNET_FUZZ") or 10)
SEED = int(os.environ.get("LNET_SEED") or time.time_ns() & 0xFFFFFFFF)
MEMORIES = ("contiguous", "kvec", "pages", "shifted")


def repost(puppet):
    for bits in range(6):
        puppet.post(PORTAL, 100000, bits=bits, options="put,get,remote,truncate",
                    memory=MEMORIES[bits % 4], seed=bits)
    puppet.post(PORTAL, 300000, ignore=0xFF, threshold=3)


def send(puppet, fuzzer, number):
    """Sends a message that one of the workers answers, or not."""
    target = wire.nid_text(wire.nid(fuzzer.addresses[number % len(fuzzer.addresses)]))
    source = puppet.bind((10, 5000, 100000)[number % 3], number, MEMORIES[number % 4], 2)
    if number & 1:
        puppet.put(source, target, PORTAL, number)
    else:
        puppet.get(source, target, PORTAL, number)


def churn(t, fuzzer, end):
    """A client at work meanwhile: it posts, sends, unlinks and now and then starts over."""
    number = 0
    while time.monotonic() < end and not fuzzer.stop.is_set():
        puppet = t.puppet()
        puppet.command("lazy", 41)
        repost(puppet)
        for _ in range(60):
            number += 1
            try:
                send(puppet, fuzzer, number)
                if number % 7 == 0:
                    puppet.unlink(number % 50 + 1)
            except Refusal:
                pass        # gone already
            while puppet._pump(0.02):
                pass
            puppet.events.clear()
            if time.monotonic() > end or fuzzer.stop.is_set():
                break
        t.things.remove(puppet)
        puppet.close()
    return number


@case(sock_timeout=2, limit=SECONDS + 60, seconds=SECONDS + 2)
def fuzz_of_states(t):
    t.note(f"seed {SEED}")
    t.log.mark(f"fuzz seed {SEED}")
    print(f"fuzz_of_states: {SECONDS} s, LNET_SEED={SEED}", flush=True)
    fuzzer = Fuzzer(SEED, t.remote, [t.address() for _ in range(5)])
    fuzzer.start()
    try:
        sent = churn(t, fuzzer, time.monotonic() + SECONDS)
    finally:
        steps = fuzzer.finish()
        t.note(f"{steps} steps")
    t.note(f"{sent} messages")
    # A busy machine does some hundred a second.
    assert steps >= 20 * SECONDS, f"only {steps} steps"
    assert sent >= 2 * SECONDS, f"only {sent} messages"

    peer, puppet = t.connected(), t.puppet()
    sink = puppet.post(PORTAL, 100000, options="put,get,remote")
    for size in (0, 10, 100000):
        peer.put(PORTAL, 0, wire.pattern(size, 5), cookie=True).wait()
        puppet.good("PUT", sink, mlength=size)
        same("reply", peer.get(PORTAL, 0, size).wait().payload == wire.pattern(size, 5), True)
        puppet.good("GET", sink)
    peer.wait_cookies()
    puppet.close()
    same("MDs", int(t.module.value("handles_md")), 0)
