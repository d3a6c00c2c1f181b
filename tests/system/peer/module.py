# SPDX-License-Identifier: GPL-2.0
"""The modules: loading them, their lines in the kernel's log, and their files in sysfs."""

import os
import re
import subprocess

import wire
from link import PORT
from peer import Remote
from setting import ipv6

ADDRESS = "127.0.0.1"
SYSFS = "/sys/kernel/lnet"
LNET, SOCKLND, PUPPET = TREE = ("lnet/lnet", "lnet/socklnd/ksocklnd", "tests/puppet/lnet_puppet")

# Shorter than a real node's, so that a test of a deadline does not take a minute.
USUAL = {"accept_timeout": 2, "sock_timeout": 10, "min_reconnectms": 250, "drain_timeout": 2}
PAUSE = USUAL["min_reconnectms"] / 1000
SOON = min(0.1, PAUSE)     # after the first NONE of a peer

TROUBLE = re.compile(
    r"""\bWARNING:|\bBUG\b|\bOops\b|Call\ Trace:|\bKASAN:|\bUBSAN:|\bODEBUG:|refcount_t:
    |INFO:\ (possible|task|trying|rcu|lockdep|inconsistent)|sleeping\ function
    |unreferenced\ object|list_(add|del)\ corr|bad\ unlock""", re.VERBOSE)


class Broken(Exception):
    """The modules cannot be loaded or removed: nothing more can be tested."""


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120,
                          check=False)
    if done.returncode:
        raise Broken(f"{' '.join(command)}: {done.stdout.decode().strip()}")


class Log:
    """The kernel's log from now on."""

    def __init__(self, path="/dev/kmsg"):
        self.fd = os.open(path, os.O_RDWR | os.O_NONBLOCK)
        os.lseek(self.fd, 0, os.SEEK_END)
        self.seen = []

    def mark(self, text):
        os.write(self.fd, f"lnet-guest: {text}".encode())

    def now(self):
        """Where the log ends: later lines are lines(since=that)."""
        return len(self.lines())

    def lines(self, text="", since=0):
        """The lines with the text in them since the last call of trouble()."""
        while True:
            try:
                line = os.read(self.fd, 8192).decode(errors="replace").partition(";")[2]
            except BlockingIOError:
                break
            except BrokenPipeError:
                self.seen.append("lnet-guest: the log was faster")
                continue
            self.seen += line.splitlines()[:1]
        return [line for line in self.seen[since:] if text in line]

    def trouble(self):
        """The first line since the last call that shows trouble, or None."""
        found = [line for line in self.lines() if TROUBLE.search(line)]
        self.seen = []
        return found[0] if found else None


class Module:
    """Loads the modules with the parameters of a case, anew when the parameters change."""

    def __init__(self, tree, windows):
        self.tree = tree
        self.windows = windows
        self.params = None
        self.remote = None

    def load(self, params):
        """params: those of ksocklnd, on top of the usual; address: of the NI; networks: of lnet;
        ipv6: with addresses of IPv6, too. None: no network."""
        if self.params == params and self.remote is not None:
            return False
        self.unload()
        self.prepare(params)
        self.begin(params)
        return True

    def prepare(self, params):
        """Loads all modules but the client, with which LNet comes up."""
        if params is None:
            self.insert(LNET, *self.windows.args())
            return
        words = dict(params)
        address = words.pop("address", ADDRESS)
        if words.pop("ipv6", ":" in address):
            ipv6()
        # The node asks each peer for its NIDs, which only the cases about that expect.
        self.insert(LNET, f"networks={words.pop('networks', f'tcp({address})')}",
                    f"lnet_peer_discovery_disabled={words.pop('discovery_disabled', 1)}",
                    *self.windows.args())
        self.insert(SOCKLND, *[f"{name}={value}" for name, value in {**USUAL, **words}.items()])

    def begin(self, params):
        """Loads the client."""
        self.insert(PUPPET)
        self.params = params
        words = params or {}
        address = words.get("address", ADDRESS)
        self.remote = Remote(wire.nid(address), address, int(words.get("accept_port", PORT)),
                             connections=self.connections)

    def insert(self, module, *args):
        run("insmod", f"{self.tree}/{module}.ko", *args)

    def unload(self):
        self.remote = None
        with open("/proc/modules", encoding="ascii") as listing:
            loaded = [line.split()[0] for line in listing]
        if os.path.basename(LNET) in loaded:
            self.windows.collect()
        for module in reversed(TREE):
            if os.path.basename(module) in loaded:
                run("rmmod", os.path.basename(module))

    # --- sysfs

    def value(self, *path):
        """A file below /sys/kernel/lnet, or None if there is none."""
        try:
            with open(os.path.join(SYSFS, *path), encoding="ascii") as attribute:
                return attribute.read().strip()
        except OSError:
            return None

    def folder(self, *path):
        """All files of a folder there: {name: value}."""
        where = os.path.join(SYSFS, *path)
        try:
            names = sorted(os.listdir(where))
        except OSError:
            return {}
        return {name: self.value(*path, name) for name in names
                if os.path.isfile(os.path.join(where, name))}

    def peer_names(self):
        """The ids of all peers it knows."""
        try:
            return os.listdir(os.path.join(SYSFS, "nis", wire.nid_text(self.remote.nid), "peers"))
        except OSError:
            return []

    def of_peer(self, peer, name):
        """The value of a file of a peer, whose id peer_names() has."""
        return self.value("nis", wire.nid_text(self.remote.nid), "peers", peer, name)

    def connections(self, nid, pid):
        """How many connections with a peer the module says it has."""
        return int(self.of_peer(f"{pid}-{wire.nid_text(nid)}", "connections") or 0)

    def busy_peers(self):
        """The files of peers that have connections or messages: {id: {name: value}}."""
        found = {}
        for name in self.peer_names():
            path = ("nis", wire.nid_text(self.remote.nid), "peers", name)
            if self.value(*path, "connections") != "0" or self.value(*path, "queue") != "0":
                found[name] = self.folder(*path)
        return found

    def dials(self):
        """Whether the module is dialling any peer."""
        return any(self.of_peer(name, "state") == "connecting" for name in self.peer_names())

    def closed(self):
        """Why connections have ended, and how many for each reason."""
        return {name.removeprefix("closed_"): int(value)
                for name, value in self.folder("socklnd").items()}

    def workers(self):
        """The counters of each worker: [{name: value}]."""
        names = sorted(os.listdir(os.path.join(SYSFS, "socklnd", "workers")), key=int)
        return [{name: int(value) for name, value in
                 self.folder("socklnd", "workers", worker).items()} for worker in names]

    def counters(self):
        """All counters, to compare them before and after."""
        counts = {}
        for path in (("socklnd",), ("nis", wire.nid_text(self.remote.nid))):
            for name, value in self.folder(*path).items():
                if value and value.isdigit():
                    counts["/".join(path[1:] + (name,))] = int(value)
        return counts
