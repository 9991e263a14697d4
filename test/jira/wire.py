"""One connection, as far as answers are concerned."""

import gzip
import http.client
import select
import socket
import struct
from email.utils import formatdate

from moments import now

SMALLEST_COMPRESSED = 1024
LOOK = 0.05         # seconds between two looks at a client that waits
ABORT = struct.pack("ii", 1, 0)     # SO_LINGER: close sends RST


class Gone(Exception):
    """The connection is over, by the client's doing or by a fault's."""


class Wire:
    def __init__(self, connection, reader):
        self.connection = connection
        self.reader = reader
        self.drop_next = False      # the next request is to be read and not answered
        self.accepts_gzip = False
        self.sent = 0               # bytes
        self.closing = False        # tell the client that the connection ends with this answer

    def write(self, content):
        try:
            self.connection.sendall(content)
            self.sent += len(content)
        except (OSError, ValueError):
            raise Gone from None

    def close(self):
        raise Gone

    def reset(self):
        try:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, ABORT)
            self.connection.close()
        except OSError:
            pass
        raise Gone

    def wait_for_departure(self):
        try:
            while self.reader.read(1):
                pass
        except (OSError, ValueError):
            pass
        raise Gone

    def wait_for(self, event):
        """Waits no longer than the client does."""
        while not event.wait(LOOK):
            if self._has_left():
                raise Gone

    def _has_left(self):
        poll = select.poll()
        poll.register(self.connection, select.POLLRDHUP)
        return bool(poll.poll(0))

    def send(self, reply):
        self._compress(reply)
        self.write(self.head_of(reply) + reply.body)

    def head_of(self, reply):
        lines = [f"HTTP/1.1 {reply.status} {http.client.responses.get(reply.status, 'Unknown')}",
                 f"Date: {formatdate(now().timestamp(), usegmt=True)}", "Vary: Accept-Encoding"]
        if reply.content_type:
            lines.append(f"Content-Type: {reply.content_type}")
        if reply.status != 204:
            lines.append(f"Content-Length: {len(reply.body)}")
        lines += [f"{name}: {value}" for name, value in reply.headers.items()]
        if self.closing:
            lines.append("Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _compress(self, reply):
        if self.accepts_gzip and len(reply.body) > SMALLEST_COMPRESSED and "Content-Encoding" not in reply.headers:
            reply.body = gzip.compress(reply.body, compresslevel=1)
            reply.headers["Content-Encoding"] = "gzip"
