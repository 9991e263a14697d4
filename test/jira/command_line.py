"""The command line of the small Jira."""

import argparse

from application import Application
from deployment import Site
from server import Server

LARGEST_PAGE = {"cloud": 100, "server": 1000}


def read_arguments(arguments):
    parser = argparse.ArgumentParser(prog="jira", description="A small Jira for tests and for trying things out.")
    parser.add_argument("--deployment", choices=("cloud", "server"), default="cloud")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--context", default="", help="context path of a Server, such as /jira")
    parser.add_argument("--tls", nargs=2, metavar=("CERTFILE", "KEYFILE"))
    parser.add_argument("--client-ca", metavar="FILE", help="with --tls: asks for a certificate signed by one of these")
    parser.add_argument("--issues", type=int, default=0, metavar="N", help="adds a project BULK of N issues")
    parser.add_argument("--port-file", metavar="FILE", help="the port is written here when the server is ready")
    parser.add_argument("--request-log", metavar="FILE", help="one JSON object a line for every request")
    parser.add_argument("--latency", type=int, default=0, metavar="MS", help="delays every answer")
    parser.add_argument("--max-page", type=int, metavar="N", help="most issues on a page")
    parser.add_argument("--server-version", default="10.3.24")
    options = parser.parse_args(arguments)
    if options.client_ca and not options.tls:
        parser.error("--client-ca needs --tls")
    return options


def make_server(options, log_file=None):
    site = Site(options.deployment, "/" + options.context.strip("/") if options.context.strip("/") else "",
                options.max_page or LARGEST_PAGE[options.deployment], options.server_version)
    application = Application(site, options.issues, log_file)
    server = Server((options.host, options.port), application, options.latency, options.tls, options.client_ca)
    scheme = "https" if options.tls else "http"
    site.own_url = f"{scheme}://{options.host}:{server.server_port}{site.context}"
    return server
