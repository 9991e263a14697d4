"""A proxy of this machine: whatever host it is asked for, it connects to 127.0.0.1.

It is one for CONNECT (the default), one for SOCKS 5 (--socks), or stands before
a port without being asked (--forward PORT), so that this port has TLS.  One
JSON object for each request goes to the log.
"""

import argparse
import json
import os
import select
import socket
import ssl
import threading


def read_arguments():
    parser = argparse.ArgumentParser(prog="proxy")
    parser.add_argument("port_file")
    parser.add_argument("log_file")
    parser.add_argument("--socks", action="store_true")
    parser.add_argument("--forward", type=int, metavar="PORT")
    parser.add_argument("--status", type=int, help="refuse with this status (SOCKS: reply)")
    parser.add_argument("--tls", nargs=2, metavar=("CERTIFICATE", "KEY"))
    parser.add_argument("--client-ca", metavar="FILE", help="demand a certificate of this authority")
    parser.add_argument("--old-tls", action="store_true", help="nothing newer than TLS 1.2")
    return parser.parse_args()


def tls_context(options):
    if not options.tls:
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslsocket_class = Drained
    context.load_cert_chain(*options.tls)
    if options.client_ca:
        context.load_verify_locations(options.client_ca)
        context.verify_mode = ssl.CERT_REQUIRED
    if options.old_tls:
        context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def read_exactly(client, count):
    content = b""
    while len(content) < count:
        chunk = client.recv(count - len(content))
        if not chunk:
            raise OSError("the client has left")
        content += chunk
    return content


class Proxy:
    def __init__(self, options):
        self.options = options
        self.context = tls_context(options)

    def log(self, **request):
        with open(self.options.log_file, "a", encoding="utf-8") as log:
            log.write(json.dumps(request) + "\n")

    def asked_by_connect(self, client):
        text = b""
        while not text.endswith(b"\r\n\r\n"):
            text += read_exactly(client, 1)
        lines = text.decode("latin-1").split("\r\n")
        method, target, _ = lines[0].split(" ")
        headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
        self.log(method=method, target=target, headers=headers)
        status = 405 if method != "CONNECT" else self.options.status or 200
        client.sendall(f"HTTP/1.1 {status} Says the proxy\r\n".encode() +
                       (b"\r\n" if status == 200 else b"Content-Length: 0\r\n\r\n"))
        return int(target.rsplit(":", 1)[1]) if status == 200 else None

    def asked_by_socks(self, client):
        read_exactly(client, read_exactly(client, 2)[1])
        client.sendall(b"\5\0")
        is_address = read_exactly(client, 4)[3] == 1
        host = read_exactly(client, 4 if is_address else read_exactly(client, 1)[0])
        port = int.from_bytes(read_exactly(client, 2), "big")
        self.log(method="SOCKS", target=f"{'?' if is_address else host.decode('latin-1')}:{port}")
        reply = self.options.status or 0
        client.sendall(bytes([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
        return None if reply else port

    def asked_by_nobody(self, client):
        subject = client.getpeercert().get("subject") if self.options.client_ca else None
        self.log(method="FORWARD", client=subject and subject[0][0][1])
        return self.options.forward

    def serve(self, client):
        ask = (self.asked_by_socks if self.options.socks else
               self.asked_by_nobody if self.options.forward else self.asked_by_connect)
        with client:
            port = ask(client)
            if port:
                with socket.create_connection(("127.0.0.1", port)) as there:
                    copy(client, there)

    def accept(self, client):
        try:
            self.serve(self.context.wrap_socket(client, server_side=True) if self.context else client)
        except OSError:
            pass


class Drained(ssl.SSLSocket):
    """Closed at once, a socket would take back the alert that tells the client what is wrong."""

    def do_handshake(self, *arguments):
        try:
            super().do_handshake(*arguments)
        except ssl.SSLError:
            with socket.socket(fileno=os.dup(self.fileno())) as raw:
                raw.shutdown(socket.SHUT_WR)
                raw.settimeout(5)
                while raw.recv(65536):
                    pass
            raise


def copy(client, there):
    """Both ways, until one of them has nothing more to say."""
    other = {client: there, there: client}
    while True:
        ready = [client] if isinstance(client, ssl.SSLSocket) and client.pending() else select.select(other, [], [])[0]
        for source in ready:
            chunk = source.recv(65536)
            if not chunk:
                return
            other[source].sendall(chunk)


def main():
    proxy = Proxy(read_arguments())
    port_file = proxy.options.port_file
    listener = socket.create_server(("127.0.0.1", 0))
    with open(port_file + ".new", "w", encoding="utf-8") as file:
        file.write(f"{listener.getsockname()[1]}\n")
    os.replace(port_file + ".new", port_file)
    while True:
        threading.Thread(target=proxy.accept, args=[listener.accept()[0]], daemon=True).start()


main()
