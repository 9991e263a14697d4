#!/bin/bash
# Runs the long storm on refresh tokens, through enter.sh: a thousand refreshes
# and forty times kill -9, where make test has sixty and four.  With
# TESTS=t/073_outbox_storm.pl it is the one on the outbox: ten thousand rows.
export SPOKE_STORM=full TESTS="${TESTS:-t/049_rotation.pl}"
exec bash "$(dirname "${BASH_SOURCE[0]}")/../run.sh"
