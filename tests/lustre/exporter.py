#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Reads what monitoring reads of LNet, as monitoring parses it, and checks that it holds together.

usage: exporter.py

The parsers are those of programs that are about: an exporter that takes the numbers of `stats` by
their places; one that splits the lines of `nis` and `peers` at blanks, and names the columns by the
first line; and one that reads what lnetctl prints as YAML. The paths are those of sosreport, which
asks lctl for the parameters by name.

It prints one line for each fault, and how many checks there were. The exit status says whether there
was a fault.
"""

import re
import subprocess
import sys

FOLDER = "/sys/kernel/debug/lnet/"
STATS = ("msgs_alloc", "msgs_max", "errors", "send_count", "recv_count", "route_count", "drop_count",
         "send_length", "recv_length", "route_length", "drop_length")
NIS = ["nid", "status", "alive", "refs", "peer", "rtr", "max", "tx", "min"]
PEERS = ["nid", "refs", "state", "last", "max", "rtr", "min", "tx", "min", "queue"]
YAML_STATS = (*STATS[:2], "rst_alloc", *STATS[2:4], "resend_count", "response_timeout_count",
              "local_interrupt_count", "local_dropped_count", "local_aborted_count", "local_no_route_count",
              "local_timeout_count", "local_error_count", "remote_dropped_count", "remote_error_count",
              "remote_timeout_count", "network_timeout_count", "failed_resends", "successful_resends",
              *STATS[4:])
GLOBAL = {"numa_range", "max_interfaces", "discovery", "drop_asym_route", "retry_count", "transaction_timeout",
          "health_sensitivity", "recovery_interval", "router_sensitivity", "lnd_timeout", "response_tracking",
          "recovery_limit", "max_recovery_ping_interval"}
NID = re.compile(r"[0-9a-f.:]+@[a-z0-9]+")

checks = faults = 0


def check(is_so, what):
    global checks, faults
    checks += 1
    if not is_so:
        faults += 1
        print(f"exporter: {what}")
    return is_so


def read(name):
    with open(FOLDER + name, encoding="ascii") as file:
        return file.read()


def run(*words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    check(done.returncode == 0, f"'{' '.join(words)}' ends with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


# What programs make of a text -----------------------------------------------------------------


def parse_stats(text):
    """As lustre_exporter does: one line, numbers by their places."""
    lines = text.splitlines()
    numbers = lines[0].split() if len(lines) == 1 else []
    if not check(len(numbers) == len(STATS), f"stats has not {len(STATS)} numbers on a line: {text!r}"):
        return {}
    return dict(zip(STATS, map(int, numbers)))


def parse_table(text, columns, name):
    """A line of names, and lines that have as many words."""
    head, *lines = text.splitlines() or [""]
    check(head.split() == columns, f"{name} has other columns: {head!r}")
    rows = [line.split() for line in lines]
    for row in rows:
        check(len(row) == len(columns), f"{name}: a line has {len(row)} columns: {row}")
        check(NID.fullmatch(row[0]), f"{name}: {row[0]!r} is no NID")
    # A column whose name is there twice is told by its place.
    return [dict(zip(range(len(row)), row)) for row in rows]


def parse_yaml(text):
    """Mappings by indentation, and sequences of them; scalars stay text. No more is printed."""
    lines = []
    for line in text.splitlines():
        if line.strip() in ("", "---", "..."):
            continue
        indent = len(line) - len(line.lstrip(" "))
        body = line.strip()
        if body.startswith("- ") or body == "-":
            lines.append((indent, "-", None))
            rest = body[1:].lstrip(" ")
            indent += len(body) - len(rest)
            body = rest
        key, colon, value = body.partition(":")
        check(colon == ":", f"this line is no YAML: {line!r}")
        lines.append((indent, key, value.strip()))
    tree, at = yaml_block(lines, 0, -1)
    check(at == len(lines), "the text ends too early for YAML")
    return tree


def yaml_block(lines, at, outer):
    if at == len(lines) or (lines[at][0] <= outer and lines[at][1] != "-"):
        return {}, at
    indent = lines[at][0]
    if lines[at][1] == "-":
        items = []
        while at < len(lines) and lines[at][0] == indent and lines[at][1] == "-":
            item, at = yaml_block(lines, at + 1, indent)
            items.append(item)
        return items, at
    block = {}
    while at < len(lines) and lines[at][0] == indent and lines[at][1] != "-":
        _, key, value = lines[at]
        at += 1
        if value == "":
            value, at = yaml_block(lines, at, indent)
        block[key] = value
    return block, at


# What is to be so ----------------------------------------------------------------------------


def check_stats():
    before = parse_stats(read("stats"))
    run("lctl", "ping", "0@lo")
    after = parse_stats(read("stats"))
    check(after.get("send_count", 0) > before.get("send_count", 0), "a ping is not in send_count")
    check(after.get("recv_count", 0) > before.get("recv_count", 0), "a ping is not in recv_count")
    check(after.get("send_length", 0) > before.get("send_length", 0), "its answer is not in send_length")
    check(parse_stats(run("lctl", "get_param", "-n", "stats")), "lctl get_param does not find stats")
    told = parse_yaml(run("lnetctl", "stats", "show")).get("statistics", {})
    check(tuple(told) == YAML_STATS, f"lnetctl stats show has other names: {list(told)}")
    for name in ("send_count", "recv_count", "drop_count", "send_length"):
        check(int(told.get(name, -1)) >= after.get(name, 0), f"lnetctl and debugfs differ in {name}")
    run("lnetctl", "stats", "reset")
    check(not any(parse_stats(read("stats")).values()), "lnetctl stats reset leaves something")
    run("lctl", "ping", "0@lo")
    with open(FOLDER + "stats", "w", encoding="ascii") as file:
        file.write("0\n")
    check(not any(parse_stats(read("stats")).values()), "a write to stats leaves something")


def check_nis():
    rows = parse_table(read("nis"), NIS, "nis")
    check(rows and rows[0][0] == "0@lo", "the loopback is not the first of nis")
    check(len(rows) >= 2, "nis has no NI but the loopback")
    for row in rows:
        check(row[1] in ("up", "down"), f"the status {row[1]!r} is neither up nor down")
        for column in range(2, len(NIS)):
            check(re.fullmatch(r"-?\d+", row[column]), f"nis: {row[column]!r} is no number")
        check(int(row[8]) <= int(row[7]) <= int(row[6]), f"nis: credits are not in order: {row}")
    return [row[0] for row in rows]


def check_peers(own):
    nid = next(nid for nid in own if nid != "0@lo")
    other = re.sub(r"\d+@", "77@", nid)
    network = nid.partition("@")[2]
    run("lctl", "--net", network, "add_peer", other, other.partition("@")[0], "988")
    listed = run("lctl", "--net", network, "peer_list")
    check(re.search(rf"^12345-{re.escape(other)} +\[1\]\S+->\S+:988 #0$", listed, re.M),
          f"lctl peer_list does not have {other}: {listed!r}")
    for row in parse_table(read("peers"), PEERS, "peers"):
        check(row[2] in ("NA", "up", "down"), f"peers: {row[2]!r} is no state")
        for column in (1, *range(3, len(PEERS))):
            check(re.fullmatch(r"-?\d+", row[column]), f"peers: {row[column]!r} is no number")
    run("lctl", "--net", network, "del_peer", other)
    shown = run("lctl", "--net", network, "interface_list")
    check(re.search(r"^[\d.]+: \([\d.]+/[\d.]+\) npeer \d+ nroute \d+$", shown, re.M),
          f"lctl interface_list has another form: {shown!r}")


def check_others():
    """What sosreport collects besides, and what scripts look at."""
    check(run("lctl", "get_param", "-n", "routes").splitlines()[0] in ("Routing disabled", "Routing enabled"),
          "routes does not begin with whether this node routes")
    for name in ("peers", "routers", "nis", "buffers"):
        check(run("lctl", "get_param", "-n", name), f"lctl get_param does not find {name}")
    for line in read("cpu_partition_table").splitlines():
        check(re.fullmatch(r"\d+\t:( \d+)+", line), f"cpu_partition_table has a line {line!r}")
    for line in read("cpu_partition_distance").splitlines():
        check(re.fullmatch(r"\d+\t:( \d+:\d+)+", line), f"cpu_partition_distance has a line {line!r}")
    check(re.fullmatch(r"\d+\n", read("lnet_lnd_timeout")), "lnet_lnd_timeout is no number")
    told = parse_yaml(run("lnetctl", "global", "show")).get("global", {})
    check(set(told) == GLOBAL, f"lnetctl global show has other names: {sorted(told)}")
    for name, value in told.items():
        check(re.fullmatch(r"\d+", value), f"lnetctl global show: {name} is {value!r}")


# Each value, and what is shown then; the last is that of before. None: refused.
SETTINGS = (
    ("transaction_timeout", (("100", "100"), ("150", "150"))),
    ("retry_count", (("3", "3"), ("1000", None), ("2", "2"))),
    ("health_sensitivity", (("1001", None), ("100", "100"))),
    ("drop_asym_route", (("5", "1"), ("0", "0"))),
    ("max_interfaces", (("100", "100"), ("4096", "4096"))),
    ("recovery_interval", (("7", "1"),)),
    ("recovery_limit", (("5", "5"), ("0", "0"))),
    ("max_recovery_ping_interval", (("60", "60"), ("900", "900"))),
    ("response_tracking", (("1", "1"), ("3", "3"))),
    ("router_sensitivity", (("101", None), ("100", "100"))),
    ("discovery", (("0", "0"), ("7", "1"))),
    ("numa_range", (("7", "7"), ("0", "0"))),
)


def check_settings():
    for name, values in SETTINGS:
        for value, shown in values:
            done = subprocess.run(("lnetctl", "set", name, value), capture_output=True, text=True, check=False)
            check((done.returncode == 0) == (shown is not None),
                  f"'lnetctl set {name} {value}' ends with {done.returncode}")
            told = parse_yaml(run("lnetctl", "global", "show")).get("global", {}).get(name)
            check(shown is None or told == shown, f"after 'lnetctl set {name} {value}' {told} is shown")


def check_import():
    """What was exported is what there is again, after it was changed."""
    exported = run("lnetctl", "export")
    part = exported[exported.find("global:"):]
    changed = part.replace("retry_count: 2", "retry_count: 3").replace("numa_range: 0", "numa_range: 5")
    for text in (changed, part):
        with open("exported", "w", encoding="ascii") as file:
            file.write(text)
        run("lnetctl", "import", "exported")
        told = parse_yaml(run("lnetctl", "global", "show")).get("global", {})
        want = parse_yaml(text).get("global", {})
        # It follows from the others, on their LNet.
        told.pop("lnd_timeout", None)
        want.pop("lnd_timeout", None)
        check(told == want, f"imported {want}, shown {told}")


def check_networks(own):
    """As lustrefs_exporter reads lnetctl."""
    told = parse_yaml(run("lnetctl", "net", "show", "-v"))
    found = []
    for net in told.get("net", []):
        check("net type" in net, f"a network has no type: {net}")
        for ni in net.get("local NI(s)", []):
            found.append(ni.get("nid"))
            check(ni.get("status") in ("up", "down"), f"{ni.get('nid')} has the status {ni.get('status')}")
            counts = ni.get("statistics", {})
            check({"send_count", "recv_count", "drop_count"} <= set(counts), f"{ni.get('nid')} has no counts")
            check("peer_credits" in ni.get("tunables", {}), f"{ni.get('nid')} has no tunables")
    check(found == own, f"lnetctl net show has {found}, debugfs {own}")


def main():
    check_stats()
    own = check_nis()
    check_peers(own)
    check_others()
    check_settings()
    check_import()
    check_networks(own)
    print(f"monitor: {checks} checks, {faults} faults")
    sys.exit(1 if faults else 0)


main()
