"""A few attachments."""

from datetime import timedelta

from entities import Attachment

EVERY = 9
#         filename                   media type                 content
FILES = (("server.log", "text/plain", b"12:00:01 WARN timeout after 5000 ms\n12:00:07 INFO retrying\n" * 20),
         ("Übersicht März.csv", "text/csv", "Markt,Anzahl\nNorwegen,12\nÖsterreich,40\n".encode()),
         ("screenshot.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01" + bytes(range(256))),
         ("notes \"final\".txt", "text/plain", b""))


def add(store):
    for place, issue in enumerate(list(store.issues.values())[::EVERY]):
        for number in range(place % 3):
            filename, media_type, content = FILES[(place + number) % len(FILES)]
            store.attach(Attachment(store.next_id("attachment"), issue, issue.reporter, filename, media_type, content,
                                    issue.created + timedelta(minutes=10 + number)))
