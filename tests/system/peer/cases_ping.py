# SPDX-License-Identifier: GPL-2.0
"""Ping and push: what a real node asks first and waits for."""

import wire
from case import PORTAL, case, same
from wire import BULK_IN, CONTROL, PING_BITS, PingInfo


@case
def ping_of_every_size(t):
    peer = t.connected()
    info = peer.ping_remote(272)
    same("NIs", [ni for ni, _ in info.nis], [wire.NID_LO, t.nid])
    same("status", info.nis[1][1], wire.STATUS_UP)
    t.note(f"features {info.features:#x}")
    for sink in (40, 64, 400, 1552, 3960, 48, 47, 33, 32, 31, 17, 16, 15, 4, 1, 0, 1 << 20):
        peer.ping_remote(sink)


@case
def ping_over_v1_and_v2(t):
    for version in (1, 2):
        t.connected(version=version).ping_remote()


@case
def ping_as_the_first_message(t):
    """A real node pings when it has its CONTROL connection, whatever else there is."""
    peer = t.peer().connect((CONTROL,))
    peer.ping_remote()


@case
def ping_with_an_offset(t):
    """Real ones say 0. Whatever is answered is no more than was asked for."""
    peer = t.connected()
    whole = PingInfo.decode(peer.get(0, PING_BITS, 272).wait().payload, 272)
    for offset in (8, 48, 1000, 0xFFFFFFFF):
        request = peer.get(0, PING_BITS, 272, offset=offset)
        try:
            reply = request.wait(0.3)
            PingInfo.decode(reply.payload, 272)
            t.note(f"offset {offset}: answered")
        except Exception as error:
            t.note(f"offset {offset}: {type(error).__name__}")
    same("again", PingInfo.decode(peer.get(0, PING_BITS, 272).wait().payload, 272).nnis, whole.nnis)


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
    """What it says is not believed: another's NID, NIDs of ours, thousands of them."""
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
def ping_by_the_module_is_answered(t):
    """If the module itself asks before it sends, the message still comes; and if the answer
    is nonsense it does not ask for ever."""
    puppet = t.puppet()
    for answer in (None, b"", bytes(48), bytes(range(200)), b"\xff" * 272):
        peer = t.peer()
        peer.ping = answer
        source = puppet.bind(10, 3, threshold=2)
        puppet.put(source, t.who(peer), PORTAL)
        peer.take(wire.PUT)
        puppet.good("ACK", source)
        assert len(peer.pings) <= 5, f"{len(peer.pings)} pings"
        t.note(f"{len(peer.pings)} pings")
