"""Starts the small Jira."""

import os
import signal
import sys

from command_line import make_server, read_arguments


def write_atomically(path, content):
    with open(path + ".new", "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(path + ".new", path)


def stop(number, frame):
    raise SystemExit(0)


def main():
    options = read_arguments(sys.argv[1:])
    log_file = open(options.request_log, "a", encoding="utf-8") if options.request_log else None
    server = make_server(options, log_file)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if options.port_file:
        write_atomically(options.port_file, f"{server.server_port}\n")
    print(f"jira ({options.deployment}) at {server.application.site.own_url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
