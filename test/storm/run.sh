#!/bin/bash
# Runs the long storms, through enter.sh: on refresh tokens, a thousand refreshes
# and forty times kill -9, where make test has sixty and four; on the outbox, ten
# thousand rows and forty kills, where it has six hundred and six.
export SPOKE_STORM=full TESTS="t/049_rotation.pl t/073_outbox_storm.pl"
exec bash "$(dirname "${BASH_SOURCE[0]}")/../run.sh"
