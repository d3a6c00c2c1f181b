# SPDX-License-Identifier: GPL-2.0
"""A node: dials and is dialled, answers, asks, and takes nothing for granted.

A Peer believes the other side to be one of ours, so all that it sends must be as the
documents say, to the last byte. The first message that is not fails the Peer, and the next
call of its check() raises that. Toward the other side a Peer is well behaved unless told
otherwise.
"""

import collections
import queue
import struct
import threading
import time

import wire
from conn import Conn
from link import PORT, SECONDS, Gone, Late, Link, Listener, deadline_in
from wire import ACK, BULK_IN, BULK_OUT, CONTROL, GET, PUT, REPLY, Header, Hello, Ksock, Violation

OUR_COOKIE = 0x1122334455667788     # "interface" in the handles of our requests
RETRIES, PAUSE = 60, 0.25           # of a HELLO that was answered NONE, and seconds between


class Refused(Exception):
    """A HELLO was answered with ctype NONE."""


class Remote:
    """The other side: its name, where it listens, and the values that it must not change."""

    def __init__(self, nid, address=None, port=PORT, strict=True, connections=None):
        self.nid, self.port, self.strict = nid, port, strict
        self.connections = connections      # (NID, PID): how many it says it has with us
        self.address = address or wire.address_of(nid)
        self.incarnation = None
        self.interface = None
        self.handles = set()
        self.lock = threading.Lock()

    def same(self, name, value, data=b""):
        """Checks a value that must not change: of its start and, in a real node, of its handles."""
        with self.lock:
            if getattr(self, name) is None:
                setattr(self, name, value)
            wire.demand(getattr(self, name) == value, f"{name} has changed to {value:#x}", data)

    def fresh(self, wmd, data=b""):
        """Checks that each message that wants an answer names its MD by other bytes."""
        with self.lock:
            wire.demand(wmd not in self.handles, "wmd: it has come before", data)
            self.handles.add(wmd)


class Request:
    """A PUT or GET of ours on its way to its answer."""

    def __init__(self, peer, header):
        self.peer, self.header = peer, header
        self.answers = queue.Queue()

    def wait(self, seconds=SECONDS):
        """The answer: the Message of an ACK or REPLY."""
        deadline = deadline_in(seconds)
        while True:
            self.peer.check()
            try:
                return self.answers.get(timeout=0.05)
            except queue.Empty:
                if time.monotonic() > deadline:
                    raise Late(f"no answer to a {wire.KINDS[self.header.type]} "
                               f"in {seconds} s") from None

    def silent(self, seconds=0.15):
        """Checks that it is not answered for so long."""
        try:
            self.wait(seconds)
        except Late:
            return
        raise Violation(f"a {wire.KINDS[self.header.type]} was answered that was to be dropped")


class Peer:
    def __init__(self, address, remote, nid=None, pid=wire.PID, port=PORT, listen=True,
                 privileged=True, incarnation=None, version=None, order="<", window=None):
        self.address, self.remote, self.pid = address, remote, pid
        self.nid = wire.nid(address) if nid is None else nid
        self.privileged, self.order = privileged, order
        self.version = version or (4 if wire.is_large(self.nid) else 3)
        self.window = window
        self.incarnation = incarnation or time.time_ns()
        self.known_as = (self.nid, pid)     # our name on the other side
        self.lock = threading.RLock()
        self.failure = None
        self.conns = []
        self.dialling = 0                   # attempts of ours that wait for their answer
        self.refused = 0                    # attempts that were answered NONE
        self.count = collections.Counter()  # messages that came, by kind; "NOOP", "KEEPALIVE"
        self.inbox = []                     # PUTs and GETs that came, not those of portal 0
        self.pings = []                     # those
        self.requests = {}                  # by wmd
        self.objects = 0
        self.memory = {}                    # the bytes that a GET of (portal, bits) gets
        self.cookie = 1
        self.outstanding = {}               # cookies to come back: when they left
        self.acked = []                     # (Conn, cookie) in the order they came back
        self.picky = False                  # the choice between CONTROL and BULK is checked
        self.answering = True               # PUTs are ACKed, GETs answered
        self.ping = None                    # bytes that answer a ping instead of the truth
        self.requests_seen = []             # HELLOs that came
        self.listener = None
        self.greeting = set()               # Links whose HELLO is being answered
        self.closed = False                 # no connection is taken in any more
        if listen:
            self.listener = Listener(address, port, window=window)
            self.thread = threading.Thread(target=self._listen, daemon=True)
            self.thread.start()

    # --- trouble

    def fail(self, error):
        with self.lock:
            self.failure = self.failure or error

    def check(self):
        if self.failure:
            raise self.failure

    def wait_for(self, what, condition, seconds=SECONDS):
        """Waits until condition() is true; returns its value."""
        deadline = deadline_in(seconds)
        while True:
            self.check()
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise Late(f"{what} did not happen in {seconds} s")
            time.sleep(0.01)

    # --- connections: dialling

    def hello(self, ctype, **words):
        fields = {"src_nid": self.nid, "dst_nid": self.remote.nid, "src_pid": self.pid,
                  "incarnation": self.incarnation, "ctype": ctype, "version": self.version}
        return Hello(**{**fields, **words})

    def check_hello(self, hello, dst_nid=None):
        """Checks the fields that are the same in every HELLO of the other side."""
        data = hello.encode()
        wire.demand(hello.src_nid == self.remote.nid, "HELLO: src_nid is another one", data)
        wire.demand(hello.src_pid == wire.PID, "HELLO: src_pid is not 12345", data)
        if hello.version > 1:
            wire.demand(hello.dst_nid == (self.nid if dst_nid is None else dst_nid),
                        "HELLO: dst_nid is not the other's NID", data)
        self.remote.same("incarnation", hello.incarnation, data)

    def link(self):
        return Link.dial(self.address, (self.remote.address, self.remote.port),
                         self.privileged, window=self.window)

    def dial_once(self, ctype, **words):
        """One attempt; the answer is checked. Refused: it was NONE."""
        with self.lock:
            self.dialling += 1
        try:
            return self._dial(self.link(), ctype, words)
        finally:
            with self.lock:
                self.dialling -= 1

    def _dial(self, link, ctype, words):
        try:
            asked = self.hello(ctype, **words)
            link.ask(asked, self.remote.nid, self.order)
            answer = link.read_hello()
            self.check_hello(answer, asked.src_nid if self.privileged or not self.remote.strict
                             else wire.nid(self.address))
            wire.demand(answer.version == asked.version, "HELLO: answered in another version",
                        answer.encode())
            if answer.ctype == wire.NONE:
                link.closed_within()
                raise Refused()
            wire.demand(answer.ctype == wire.MIRROR[ctype], "HELLO: ctype is not the mirror",
                        answer.encode())
        except BaseException:
            link.close()
            raise
        return self._adopt(link, ctype, asked.version)

    def dial(self, ctype):
        """Dials as a real node does: after NONE it tries again, for some time. If the other side
        was faster its connection is as good."""
        for attempt in range(RETRIES):
            if self.find(ctype):
                return self.find(ctype)
            try:
                return self.dial_once(ctype)
            except Refused:
                self.refused += 1
                if attempt + 1 == RETRIES:
                    raise
                time.sleep(PAUSE)

    def connect(self, ctypes=(CONTROL, BULK_IN, BULK_OUT)):
        for ctype in ctypes:
            self.dial(ctype)
        # From here on: a message sent before had fewer connections to choose from.
        self.picky = self._settled() and not any(self.count.values())
        return self

    def _settled(self, seconds=1):
        """Waits until the other side has taken all of them in, which it does after its answers.
        False: it has not, as one may have ended meanwhile."""
        deadline = deadline_in(seconds)
        while self.remote.connections and self.remote.connections(*self.known_as) < len(self.live()):
            if time.monotonic() > deadline:
                return False
            time.sleep(0.005)
        return True

    def _adopt(self, link, ctype, version):
        conn = Conn(self, link, ctype, version, self.order)
        with self.lock:
            self.conns.append(conn)
        conn.start()
        return conn

    # --- connections: being dialled

    def _listen(self):
        while True:
            link = self.listener.accept(None)
            if not link:
                return
            with self.lock:
                self.greeting.add(link)
            threading.Thread(target=self._greet, args=(link,), daemon=True).start()

    def _greet(self, link):
        try:
            request, hello = link.read_request()
            if self.remote.strict:
                wire.demand(link.remote[0] == self.remote.address and 512 <= link.remote[1] < 1024,
                            f"dialled from {link.remote}")
            wire.demand(request == wire.Connreq(self.nid), "connreq: not for our NID",
                        request.encode())
            self.check_hello(hello)
            wire.demand(hello.ctype in (wire.ANY, CONTROL, BULK_IN, BULK_OUT),
                        "HELLO: no node dials with this ctype", hello.encode())
            self._answer(link, hello)
        except Gone:
            link.close()
        except (Violation, Late, OSError) as error:
            self.fail(error)
            link.close()
        finally:
            with self.lock:
                self.greeting.remove(link)

    def _answer(self, link, hello):
        with self.lock:
            if self.closed:
                raise Gone()
            self.requests_seen.append(hello)
            ours = wire.MIRROR[hello.ctype]
            answer = self.hello(ours, version=hello.version)
            # The higher NID wins a race; else the first of a type does.
            if self.find(ours) or self.dialling and self.remote.nid < self.nid:
                answer.ctype = wire.NONE
                link.write(answer.encode(self.order))
                link.close()
                return
            # A thread that finds the connection in the list may write to it, but not before the
            # answer.
            link.write(answer.encode(self.order))
            conn = Conn(self, link, ours, hello.version, self.order)
            self.conns.append(conn)
        conn.start()

    # --- connections: finding them

    def find(self, ctype):
        with self.lock:
            for conn in self.conns:
                if conn.ctype == ctype and not conn.ended.is_set():
                    return conn
        return None

    def live(self):
        with self.lock:
            return [conn for conn in self.conns if not conn.ended.is_set()]

    def stop_reading(self):
        for conn in self.live():
            conn.reading.clear()

    def read_on(self):
        for conn in self.live():
            conn.reading.set()

    def conn_ended(self, conn):
        conn.link.close()
        with self.lock:
            if conn in self.conns:
                self.conns.remove(conn)
            self.picky = False

    def choose(self, payload, noop=False):
        """The connection for a message of ours, as a real node chooses: by all its bytes."""
        versions = {conn.version for conn in self.live()}
        headers = wire.KSOCK_BYTES + wire.header_bytes(max(versions, default=self.version))
        small = headers + payload < wire.MIN_BULK
        order = [CONTROL, BULK_OUT] if small else [BULK_OUT, CONTROL]
        if noop:
            order = [BULK_IN]
        for ctype in order + [wire.ANY, BULK_IN]:
            conn = self.find(ctype)
            if conn:
                return conn
        raise Late("there is no connection to send on")

    def wait_live(self, number=3, seconds=SECONDS):
        return self.wait_for(f"{number} connections", lambda: len(self.live()) >= number, seconds)

    def wait_dead(self, seconds=SECONDS):
        return self.wait_for("the end of all connections", lambda: not self.live(), seconds)

    # --- messages that come

    def message_came(self, message):
        header = message.header
        data = message.ksock.encode() + header.encode(message.conn.version)
        with self.lock:
            self.count[wire.KINDS[header.type]] += 1
        wire.demand((header.dest_nid, header.dest_pid) == self.known_as,
                    "header: it is not for us", data)
        wire.demand((header.src_nid, header.src_pid) == (self.remote.nid, wire.PID),
                    "header: it is from another node", data)
        self._check_ksock(message, data)
        self._check_choice(message, data)
        if header.type in (ACK, REPLY):
            self._answer_came(message, data)
        else:
            self._request_came(message, data)

    def _check_ksock(self, message, data):
        ksock = message.ksock
        if self.remote.strict:
            wire.demand(ksock.cookie0 == 0, "a cookie was set", data)
            wire.demand(ksock.csum == 0, "csum was set", data)
        if ksock.cookie1:
            wire.demand(ksock.cookie1 != wire.KEEPALIVE, "cookie[1] of a message is 1", data)
            self._cookie_came(message.conn, ksock.cookie1)
        if ksock.cookie0:
            self.choose(0, noop=True).noop(0, ksock.cookie0)

    def _check_choice(self, message, data):
        """v3: small messages on CONTROL, large ones on the sender's BULK_OUT, if it has both;
        none on its BULK_IN."""
        if message.conn.version < 3:
            return
        wire.demand(message.conn.ctype != wire.ANY, "v3 sends on an ANY connection", data)
        wire.demand(message.conn.ctype != BULK_OUT, "a message on the sender's BULK_IN", data)
        if not (self.picky and self.find(CONTROL) and self.find(BULK_IN)):
            return
        size = (wire.KSOCK_BYTES + wire.header_bytes(message.conn.version)
                + message.header.length)
        bulk = wire.OUR_MIN_BULK if self.remote.strict else wire.MIN_BULK
        right = CONTROL if size < bulk else BULK_IN
        wire.demand(message.conn.ctype == right,
                    f"{size} bytes came on our {wire.CTYPES[message.conn.ctype]}", data)

    def noop_came(self, conn, ksock):
        data = ksock.encode()
        cookies = ksock.acked()
        with self.lock:
            self.count["NOOP" if cookies else "KEEPALIVE"] += 1
        if self.remote.strict:
            wire.demand(ksock.csum == 0, "csum was set", data)
        if not cookies:
            wire.demand((ksock.cookie0, ksock.cookie1) == (0, wire.KEEPALIVE),
                        "an empty NOOP", data)
        if not cookies and conn.version >= 3 and self.find(BULK_OUT):
            wire.demand(conn.ctype == BULK_OUT,
                        f"a keepalive came on our {wire.CTYPES[conn.ctype]}", data)
        for cookie in cookies:
            self._cookie_came(conn, cookie)

    def _cookie_came(self, conn, cookie):
        with self.lock:
            wire.demand(self.outstanding.pop(cookie, None) is not None,
                        f"cookie {cookie} came back that was not outstanding")
            self.acked.append((conn, cookie))

    def _answer_came(self, message, data):
        header = message.header
        with self.lock:
            request = self.requests.pop(header.wmd, None)
        wire.demand(request, "an answer to nothing we have asked", data)
        asked = request.header
        if header.type == ACK:
            wire.demand(asked.type == PUT, "a GET was answered with an ACK", data)
            wire.demand(header.bits == asked.bits, "ACK: other match bits", data)
            wire.demand(header.mlength <= asked.length, "ACK: more bytes than were sent", data)
        else:
            wire.demand(asked.type == GET, "a PUT was answered with a REPLY", data)
            wire.demand(header.length <= asked.sink, "REPLY: more bytes than were asked for", data)
        request.answers.put(message)

    def _request_came(self, message, data):
        header = message.header
        if header.type == GET or header.wmd != wire.NO_WMD:
            interface, thing = struct.unpack("<QQ", header.wmd)
            wire.demand(interface not in (0, wire.NID_ANY), "wmd: no interface cookie", data)
            wire.demand(thing not in (0, wire.NID_ANY), "wmd: no object cookie", data)
            if self.remote.strict:
                self.remote.fresh(header.wmd, data)
            else:
                self.remote.same("interface", interface, data)
        if header.portal == 0:
            wire.demand(header.bits == wire.PING_BITS, "portal 0, but neither ping nor push", data)
            self.pings.append(message)
        else:
            self.inbox.append(message)
        if self.answering:
            self.answer(message)

    def answer(self, message):
        """Answers as a node with the right match entries does."""
        header = message.header
        if header.type == PUT:
            if header.wmd != wire.NO_WMD:
                self.send_ack(message)
        elif header.portal == 0:
            info = wire.PingInfo(self.ping_nis()).encode(self.order)
            self.send_reply(message, (info if self.ping is None else self.ping)[:header.sink])
        elif (header.portal, header.bits) in self.memory:
            data = self.memory[header.portal, header.bits]
            self.send_reply(message, data[header.offset:header.offset + header.sink])

    def ping_nis(self):
        """What a ping is told of."""
        return [(wire.NID_LO, 1), (self.nid, wire.STATUS_UP)]

    # --- messages that go

    def header(self, kind, **words):
        fields = {"dest_nid": self.remote.nid, "src_nid": self.nid, "src_pid": self.pid}
        return Header(kind, **{**fields, **words})

    def send_ack(self, message, conn=None, **words):
        asked = message.header
        fields = {"wmd": asked.wmd, "bits": asked.bits, "mlength": asked.length}
        head = self.header(ACK, **{**fields, **words})
        self._conn(conn, head, b"").send(head)

    def send_reply(self, message, payload, conn=None, **words):
        head = self.header(REPLY, **{"wmd": message.header.wmd, "length": len(payload), **words})
        self._conn(conn, head, payload).send(head, payload)

    def _conn(self, conn, head, payload):
        return conn or self.choose(len(payload))

    def new_wmd(self):
        with self.lock:
            self.objects += 1
            return struct.pack("<QQ", OUR_COOKIE, 0x5000 + self.objects)

    def new_cookie(self):
        with self.lock:
            self.cookie += 1
            self.outstanding[self.cookie] = time.monotonic()
            return self.cookie

    def request(self, head, payload=b"", conn=None, cookie=False, csum=False):
        """Sends a message that is to be answered, or to be dropped."""
        ksock = Ksock(cookie0=self.new_cookie()) if cookie else None
        request = Request(self, head)
        if head.type in (PUT, GET) and head.wmd != wire.NO_WMD:
            with self.lock:
                self.requests[head.wmd] = request
        self._conn(conn, head, payload).send(head, payload, ksock, csum)
        return request

    def put(self, portal, bits, payload=b"", ack=True, conn=None, cookie=False, csum=False,
            **words):
        fields = {"portal": portal, "bits": bits, "length": len(payload)}
        if ack:
            fields["wmd"] = self.new_wmd()
        return self.request(self.header(PUT, **{**fields, **words}), payload, conn, cookie, csum)

    def get(self, portal, bits, length, conn=None, cookie=False, **words):
        fields = {"portal": portal, "bits": bits, "sink": length, "wmd": self.new_wmd()}
        return self.request(self.header(GET, **{**fields, **words}), b"", conn, cookie)

    def ping_remote(self, sink=272, seconds=SECONDS):
        """Pings the other side: its ping_info, checked."""
        reply = self.get(0, wire.PING_BITS, sink).wait(seconds)
        info = wire.PingInfo.decode(reply.payload, sink)
        if info and len(info.nis) > 1:
            wire.demand(self.remote.nid in [ni for ni, _ in info.nis],
                        "ping_info: the NID that was asked is not in it", reply.payload)
        return info

    def _pop(self, kind):
        with self.lock:
            for message in self.inbox:
                if kind in (None, message.kind):
                    self.inbox.remove(message)
                    return message
        return None

    def take(self, kind=None, seconds=SECONDS):
        """Waits for a PUT or GET: the first one, or the first of one kind."""
        return self.wait_for("a message", lambda: self._pop(kind), seconds)

    def wait_cookies(self, seconds=SECONDS):
        """Waits until every cookie has come back, and is in the list of those that have."""
        self.wait_for("the return of all cookies", self._no_cookie_is_out, seconds)

    def _no_cookie_is_out(self):
        with self.lock:
            return not self.outstanding

    # --- the end

    def hang_up(self):
        """Closes all connections; goes on listening."""
        for conn in self.live():
            conn.close()

    def close(self):
        if self.listener:
            self.listener.wake()
            self.thread.join(5)
            self.listener.close()
        with self.lock:
            self.closed = True
            for link in self.greeting:
                link.wake()
        self.hang_up()

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.close()
        if kind is None:
            self.check()
