#!/bin/sh
# ssh, as parallel calls it for fleet.sh. Puts the transcript that a host prints into results/, whole or not at all,
# before the joblog has the job; notes every attempt; stops the fleet where asking on makes no sense.
set -u
# parallel also asks a host how many logins it takes: there is no question in that.
# shellcheck disable=SC2086 # FLEET_SSH is a command with its options
case " $* " in *' exec perl '*) ;; *) exec $FLEET_SSH "$@" ;; esac
for argument; do
  [ "$argument" != -- ] || break
  host=$argument
done
number=$PARALLEL_SEQ
result=$FLEET_DIR/results/$number.json
[ ! -s "$result" ] || exit 0
part=$FLEET_DIR/part/$number.$$

# shellcheck disable=SC2086
$FLEET_SSH "$@" >"$part" 2>"$part.err"
code=$?
if [ "$code" = 0 ]; then
  if ! jq -e '.version and .exit_code != null' "$part" >/dev/null 2>&1; then
    echo 'what came is no transcript: does a login script print, or is the disk full?' >"$part.err"
    code=3
  elif ! mv "$part" "$result" 2>"$part.err"; then
    code=3
  fi
fi
# A host's words may hold what moves a terminal.
message=$(head -n 1 "$part.err" | LC_ALL=C tr '\000-\011\013-\037\177' ' ')
printf '%s\t%s\t%s\t%s\t%s\n' "$(date +%s)" "$number" "$host" "$code" "$message" >>"$FLEET_DIR/attempts"
cat "$part.err" >&2
rm -f "$part" "$part.err"
case $code in
  # SIGHUP: parallel starts nothing more, and what runs may end.
  2 | 3 | 4) echo "$code question $number on $host: $message" >"$FLEET_DIR/stop" && kill -HUP "$PARALLEL_PID" ;;
  126 | 127) echo "3 question $number on $host: $message" >"$FLEET_DIR/stop" && kill -HUP "$PARALLEL_PID" ;;
esac
exit "$code"
