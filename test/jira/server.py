"""HTTP/1.1 with kept-alive connections, one thread each; TLS where asked for."""

import itertools
import ssl
import sys
import time
import traceback
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

import control
from mischief import CHANGED, INSTEAD, SENT
from reply import Reply, encode
from wire import Gone, Wire

LARGEST_BODY = 64 * 1024 * 1024     # more only where larger uploads are allowed


@dataclass
class Request:
    method: str
    path: str           # as received: with the context, percent-encoded
    query: list
    headers: dict
    body: bytes
    connection: int


class Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 256

    def __init__(self, address, application, latency=0, certificate=None, client_authority=None):
        super().__init__(address, Handler)
        self.application = application
        self.latency = latency / 1000
        self.connections = itertools.count(1)
        self.tls = _tls(certificate, client_authority) if certificate else None

    def get_request(self):
        """The handshake is left to the connection's thread, so that a slow client holds up nobody."""
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def handle_error(self, request, client_address):
        """A client that cuts the connection is no error of ours."""
        if not isinstance(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def _tls(certificate, client_authority):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    if client_authority:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_authority)
    return context


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def setup(self):
        super().setup()
        self.number = next(self.server.connections)
        self.wire = Wire(self.connection, self.rfile)

    def finish(self):
        try:
            super().finish()
        except (OSError, ValueError):
            pass    # the client has left

    def log_message(self, format, *arguments):
        """The request log is kept elsewhere."""

    def handle_one_request(self):
        try:
            super().handle_one_request()
        except Gone:
            self.close_connection = True

    def serve(self):
        request = self._request()
        self.wire.closing = self.close_connection
        self.wire.accepts_gzip = "gzip" in request.headers.get("accept-encoding", "")
        if control.PREFIX in request.path:
            self.wire.send(control.answer(self.server.application, request))
            return
        entry = self.server.application.log.received(request)
        before = self.wire.sent
        try:
            self._answer(request, entry)
        finally:
            entry["sent"] = self.wire.sent - before
            self.server.application.log.finished(entry)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = serve

    def _request(self):
        parts = urlsplit("//host" + self.path if self.path.startswith("/") else self.path)
        headers = {}
        for name, value in self.headers.items():
            known = headers.get(name.lower())
            headers[name.lower()] = value if known is None else f"{known}, {value}"
        query = parse_qsl(parts.query, keep_blank_values=True)
        return Request(self.command, parts.path, query, headers, self._body(headers), self.number)

    def _body(self, headers):
        if "chunked" in headers.get("transfer-encoding", "").lower():
            return b"".join(self._chunks())
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._largest_body():
            self._refuse_length()
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise Gone
        return body

    def _largest_body(self):
        return max(LARGEST_BODY, self.server.application.site.upload_limit + 1024 * 1024)

    def _refuse_length(self):
        self.wire.closing = True
        self.wire.send(Reply(413, b"", None))
        raise Gone

    def _chunks(self):
        while True:
            try:
                size = int(self.rfile.readline(64).split(b";")[0], 16)
            except ValueError:
                raise Gone from None
            if size == 0:
                break
            yield self.rfile.read(size)
            self.rfile.readline(3)
        while self.rfile.readline(1024).strip():
            pass    # trailers

    def _answer(self, request, entry):
        if self.wire.drop_next:
            raise Gone
        application = self.server.application
        path = application.site.local_path(request.path) or request.path
        gate = application.faults.gate      # before the fault: between the two it may be opened
        fault = application.faults.take(request.method, path, request.query)
        kind, options = (fault.kind, fault.options) if fault else (None, {})
        time.sleep(self.server.latency + (options["ms"] / 1000 if kind == "latency" else 0))
        if kind == "gate" and not options.get("carried_out"):
            gate.hold(self.wire)
        if kind in INSTEAD:
            reply = INSTEAD[kind](self.wire, options)
        else:
            reply, user = self._carried_out(request)
            entry["user"] = user and (user.account if application.site.cloud else user.login)
        if kind == "gate" and options.get("carried_out"):
            gate.hold(self.wire)
        if kind in CHANGED:
            CHANGED[kind](reply, options)
        if kind != "cut_after":
            entry["status"] = reply.status
            entry["points"] = reply.points
        SENT.get(kind, _send)(self.wire, reply, options)

    def _carried_out(self, request):
        try:
            return self.server.application.answer(request)
        except Exception:
            traceback.print_exc()
            message = "Internal server error"
            return Reply(500, encode({"errorMessages": [message], "errors": {}})), None


def _send(wire, reply, options):
    wire.send(reply)
