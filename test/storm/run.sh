#!/bin/bash
# Runs the long storms, through enter.sh: a thousand refreshes of tokens with
# forty times kill -9, where make test has sixty and four, and ten thousand rows
# with a trigger, with forty more, where it has six hundred and six.  Locks of the
# outbox last half a minute instead of seconds.
export SPOKE_STORM=full TESTS="${TESTS:-t/064_token_rotation.pl t/078_outbox_storm.pl t/098_outbox_upkeep.pl}"
export PG_TEST_TIMEOUT_DEFAULT=900
exec bash "$(dirname "${BASH_SOURCE[0]}")/../run.sh"
