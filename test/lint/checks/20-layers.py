#!/usr/bin/env python3
"""Includes point down, never up; a library is seen by one file only."""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import source  # noqa: E402

# Lowest first.  A file may include what is in its own layer or below.
LAYERS = [
    "own error compat settings",
    "json json_list http http_exchange http_outcome certificate url seal",
    "value value_in value_out adf adf_node adf_lines adf_text codec"
    " wait work command private_file key secret keyed_row credential option option_store alias_row pace connection admin application sign_in"
    " errand token authorization secret_file alias entry rotation",
    "message session failure retry refusal cloud grant renewal action bind page page_style client stream compose field field_value"
    " attachment upload record server site identity endpoint",
    "call scan scan_run request probe consent errand_worker jql check catalogue",
    "actions outbox outbox_item outbox_wake outbox_template outbox_trigger outbox_admin outbox_claim outbox_queue outbox_settle"
    " outbox_pause outbox_pace outbox_fate outbox_tell outbox_compose outbox_result outbox_delivery outbox_worker intake",
    "spoke",
]
LAYER_OF = {name: depth for depth, names in enumerate(LAYERS) for name in names.split()}

# Header -> the files that may include it.
FENCED = {
    "curl/": {"src/http.c", "src/http_exchange.c", "src/http_exchange.h", "src/http_outcome.c",
              "src/url.c"},
    "jansson.h": {"src/json.h"},
    "executor/spi.h": {f"src/{name}.c" for name in
                       ("alias_row", "outbox_template", "outbox_trigger", "outbox_claim", "outbox_queue", "outbox_admin", "intake", "record")},
    "openssl/": {"src/seal.c", "src/certificate.c"},
}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def unit(path):
    """The name that stands in the table: all of src/actions is one unit."""
    return "actions" if path.parent.name == "actions" else path.stem


def check_file(path):
    for header in INCLUDE.findall(source.text(path)):
        for fence, allowed in FENCED.items():
            if header.startswith(fence) and str(path) not in allowed:
                yield f"{path}: includes {header}, which only {', '.join(sorted(allowed))} may"
        own = source.TOP / "src" / header
        if own.exists():
            yield from check_direction(path, own.relative_to(source.TOP))
    if path.name != "json.h" and re.search(r"\bjson_object\s*\(", source.code(path)):
        yield f"{path}: json_object() would call the server's function of that name"


def check_direction(path, header):
    for name in (unit(path), unit(header)):
        if name not in LAYER_OF:
            yield f"{path}: \"{name}\" has no layer; add it to {Path(__file__).name}"
            return
    if LAYER_OF[unit(header)] > LAYER_OF[unit(path)]:
        yield f"{path}: includes {header.name}, which is in a higher layer"


source.report([problem for path in source.c_sources() for problem in check_file(path)])
