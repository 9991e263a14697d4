#!/bin/bash
# Every Perl file uses strict and warnings.
source "$(dirname "${BASH_SOURCE[0]}")/../../setup/common.sh"

cd "$top"
problems=0
while IFS= read -r -d '' file; do
    if ! grep --quiet '\buse strict;' "$file" || ! grep --quiet '\buse warnings\b' "$file"; then
        say "$file: needs \"use strict\" and \"use warnings\""
        problems=1
    fi
done < <(find test \( -name '*.pl' -o -name '*.pm' \) -print0)
exit "$problems"
