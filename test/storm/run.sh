#!/bin/bash
# Runs the long storms, through enter.sh: a thousand refreshes of tokens with
# forty times kill -9, where make test has sixty and four, ten thousand rows with
# a trigger, with sixty times kill -9 and five failovers, where it has three
# hundred, six and one, locks of the outbox for half a minute, and reads of a
# hundred thousand issues.  They run one after the other, as one of them measures.
export SPOKE_STORM=full TESTS="${TESTS:-t/022_memory.pl t/064_token_rotation.pl t/078_outbox_storm.pl t/079_outbox_shares.pl t/098_outbox_upkeep.pl}"
export PG_TEST_TIMEOUT_DEFAULT=900 JOBS=1
exec bash "$(dirname "${BASH_SOURCE[0]}")/../run.sh"
