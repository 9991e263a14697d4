"""https, with and without a certificate of the client's."""

import http.client
import shutil
import ssl
import subprocess
import tempfile
import unittest

from stand_in import LONGEST, running


def certificate(directory, name):
    """One that signs itself, so that it is its own authority."""
    files = f"{directory}/{name}.crt", f"{directory}/{name}.key"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
                    "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class ClientCertificates(unittest.TestCase):
    def setUp(self):
        directory = self.enterContext(tempfile.TemporaryDirectory())
        self.server = certificate(directory, "server")
        self.known, self.unknown = certificate(directory, "known"), certificate(directory, "unknown")

    def status(self, port, own=None):
        context = ssl.create_default_context(cafile=self.server[0])
        if own:
            context.load_cert_chain(*own)
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=LONGEST, context=context)
        self.addCleanup(connection.close)
        connection.request("GET", "/rest/api/3/serverInfo")
        return connection.getresponse().status

    def test_one_is_required(self):
        with running("cloud", "--tls", *self.server, "--client-ca", self.known[0]) as client:
            port = client.connection.port
            self.assertEqual(self.status(port, self.known), 200)
            for own in (None, self.unknown):
                with self.assertRaises(OSError):
                    self.status(port, own)

    def test_none_is_asked_for(self):
        with running("cloud", "--tls", *self.server) as client:
            self.assertEqual(self.status(client.connection.port), 200)


if __name__ == "__main__":
    unittest.main()
