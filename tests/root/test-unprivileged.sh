# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# Reading is for all, changing for root.

. "$(dirname "$0")/lib.sh"

stage
before=$(pool_active)
files=$(ls "$POOL")
name=$(status '.swapfiles[0].name')

for verb in status list why config; do
        run as_user 65534 $verb
        check_equal "'$verb' is open to all" "$STATUS" 0
        run as_user 65534 $verb --json
        check_equal "'$verb --json' too" "$STATUS" 0
        check "and is one object with a version" jq -e '.version == 1' <<<"$OUTPUT" >/dev/null
done

for verb in "add 64M" "remove $name" drain reload; do
        # shellcheck disable=SC2086 # a verb and its arguments
        run as_user 65534 $verb
        check_equal "'$verb' is not" "$STATUS" "$EXIT_NOT_ALLOWED"
done
check_equal "nothing has changed" "$(pool_active)" "$before"
check_equal "nor in the directory" "$(ls "$POOL")" "$files"

step "a daemon that is not root's"
run setpriv --reuid 65534 --regid 65534 --clear-groups sh -c "exec '$DAEMON' --config '$RUN/config'"
check_not "does not start" [ "$STATUS" = 0 ]
check_says "and says what it needs" root
