# SPDX-License-Identifier: GPL-2.0
"""Addresses that can be no node's: of a link alone, of a group, of IPv4 in the form of IPv6, none."""

import contextlib
import errno

import wire
from case import case, same
from cases_crowd import sent
from cases_ends import counted, settle
from setting import IPV6, ip
from wire import CONTROL

NOWHERE = ("fe80::1", "ff02::1", "ff0e::988", "::ffff:127.0.0.77", "::")
NOWHERE_IPV4 = ("224.0.0.1", "255.255.255.255", "0.0.0.0")


def nowhere_is_refused(t, names):
    settle(t)
    with counted(t, no_node=len(names)):
        for name in names:
            peer = t.peer(listen=False)
            link = t.link(peer.address)
            link.ask(peer.hello(CONTROL, src_nid=wire.nid(name)), t.nid)
            link.closed_within(1)


@case(address=IPV6)
def nowhere_is_no_large_nid(t):
    nowhere_is_refused(t, NOWHERE)


@case(address=IPV6, check_address="N")
def nowhere_is_no_large_nid_whoever_is_believed(t):
    nowhere_is_refused(t, NOWHERE)


@case
def nowhere_is_no_nid(t):
    nowhere_is_refused(t, NOWHERE_IPV4)


@case(check_address="N")
def nowhere_is_no_nid_whoever_is_believed(t):
    nowhere_is_refused(t, NOWHERE_IPV4)


def nowhere_is_sent_to(t, names):
    """It fails at once, and there is no peer of that name."""
    puppet, before = t.puppet(), t.module.peer_names()
    for name in names:
        same(f"status for {name}", sent(t, puppet, f"{name}@tcp"), -errno.EHOSTUNREACH)
    same("peers", t.module.peer_names(), before)


@case(address=IPV6)
def nowhere_large_is_unreachable(t):
    nowhere_is_sent_to(t, NOWHERE)


@case
def nowhere_is_unreachable(t):
    nowhere_is_sent_to(t, NOWHERE_IPV4)


LINK = "fe80::988:77"


@case(address=IPV6, check_address="N", accept="all")
def nowhere_is_where_a_caller_of_the_link_is(t):
    """It reaches us, and has an address that names it on its own link only."""
    settle(t)
    ip("-6", "addr", "add", f"{LINK}/64", "dev", "lo", "nodad")
    try:
        with counted(t, no_node=2):
            for privileged in (True, False):
                # It may be gone before the call has returned.
                with contextlib.suppress(ConnectionResetError):
                    t.link(f"{LINK}%lo", privileged).closed_within(1)
    finally:
        ip("-6", "addr", "del", f"{LINK}/64", "dev", "lo")
