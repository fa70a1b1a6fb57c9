#!/bin/sh
# Asks every line of QUESTIONS on the machines of HOSTS with GNU parallel: DIR/results/LINE.json is its transcript.
# Started again with the same arguments it goes on. docs/fleet.md says what is promised.
#
#   ./fleet.sh questions.txt hosts out
#
# Exit codes: 0 every question has a result; 2, 3, 4 a host cannot ask at all, nothing further was started;
# 6 some have no result yet, start it again later.
set -u
[ $# -eq 3 ] || {
  echo 'usage: fleet.sh QUESTIONS HOSTS DIR' >&2
  exit 2
}
for program in parallel jq perl; do
  command -v "$program" >/dev/null || {
    echo "fleet: $program is not installed" >&2
    exit 2
  }
done
here=$(cd "$(dirname "$0")" && pwd) || exit 2
hosts=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
mkdir -p "$3/results" && FLEET_DIR=$(cd "$3" && pwd) || exit 2
FLEET_JOB=$(cat "$here/answer-one.sh") || exit 2
# A host that is gone does not say so: ssh has to ask. This finds it within 15 s, and a host that is away within 10 s.
: "${FLEET_SSH:=ssh -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -o ServerAliveCountMax=3}"
PATH=$here:$PATH
export FLEET_DIR FLEET_JOB FLEET_SSH PATH
pause=${FLEET_PAUSE:-60}    # s between two passes
patience=${FLEET_PATIENCE:-10} # passes in a row that bring nothing
questions=$FLEET_DIR/questions.txt
joblog=$FLEET_DIR/joblog

say() { echo "fleet: $*" >&2; }
refuse() {
  say "$*"
  exit 2
}
# Of the questions that have a result.
numbers() {
  find "$FLEET_DIR/results" -name '[1-9]*.json' -size +0 | sed 's|.*/||; s|\.json$||' | awk -v total="$total" '$1 <= total'
}
count() { echo $(($(numbers | wc -l))); }

# Whoever is still at work here, a job whose starter was killed as well, holds this lock with descriptor 9.
exec 9>"$FLEET_DIR/lock"
lock() { perl -MFcntl=:flock -e 'open my $lock, ">&=", 9 or die $!; exit !flock $lock, LOCK_EX | shift' "$1"; }
lock 4 || {
  say 'an earlier start is still at work here; waiting for it'
  lock 0 || exit 3
}
rm -rf "$FLEET_DIR/part" && mkdir "$FLEET_DIR/part" || exit 3

# What parallel does not send through fleet-ssh.sh has no result.
other=$(awk '!/^[ \t]*(#|$)/ && (NF > 1 || /^([0-9]+\/)?:$/) { print NR ": " $0; exit }' "$hosts")
[ -z "$other" ] || refuse "$2: $other: a host is one word that ssh knows, with N/ before it"
# parallel knows a job by its number only: questions may be added at the end, and no other way.
awk 1 "$1" >"$questions.new" || exit 2
# It quotes them twice for a command line of 128 KiB: an apostrophe grows to five bytes, then every byte to two.
bad=$(LC_ALL=C awk '!/[^[:space:]]/ || length + 4 * gsub(/\047/, "&") + gsub(/\\/, "&") > 50000 { print NR; exit }' "$questions.new")
[ -z "$bad" ] || refuse "$1: line $bad is empty, or longer than the 50000 bytes that a command line takes"
if [ -s "$questions" ] && ! head -c $(($(wc -c <"$questions"))) "$questions.new" | cmp -s - "$questions"; then
  refuse "$1 has changed since $FLEET_DIR was begun; lines may only be added at its end"
fi
mv "$questions.new" "$questions"
total=$(($(wc -l <"$questions")))
[ -s "$FLEET_DIR/id" ] || echo "$(date +%Y%m%d%H%M%S)-$$" >"$FLEET_DIR/id"
id=$(cat "$FLEET_DIR/id")

# What the joblog calls done but has no result was lost with a disk or taken away to be asked again. A torn line is none.
settle_joblog() {
  [ -s "$joblog" ] || return 0
  numbers >"$joblog.done"
  awk -F '\t' -v done="$joblog.done" '
    BEGIN { while ((getline number < done) > 0) there[number] }
    FNR == 1 || (NF >= 9 && ($7 != 0 || $8 != 0 || $1 in there))' "$joblog" >"$joblog.new" && mv "$joblog.new" "$joblog"
  rm -f "$joblog.done"
}

child=
end() {
  trap '' INT TERM HUP
  [ -z "$child" ] || { kill -TERM "$child" 2>/dev/null && wait "$child"; }
  exit "$1"
}
trap 'end 129' HUP
trap 'end 130' INT
trap 'end 143' TERM
pass=0 idle=0
while have=$(count) && [ "$have" -lt "$total" ]; do
  if [ "$pass" -gt 0 ]; then
    [ "$idle" -lt "$patience" ] || {
      say "$((total - have)) of $total questions have no result, and the last $idle passes brought none; start it again later"
      exit 6
    }
    say "$((total - have)) of $total questions have no result yet; again in $pause s"
    sleep "$pause" &
    child=$!
    wait "$child"
  fi
  pass=$((pass + 1))
  rm -f "$FLEET_DIR/stop"
  settle_joblog
  parallel --will-cite --sshloginfile "$hosts" --ssh fleet-ssh.sh --env FLEET_JOB --joblog "$joblog" --resume-failed \
    --retries 3 --halt soon,fail=10 --termseq TERM,6000,KILL,100 --arg-file "$questions" \
    "sh -c \"\$FLEET_JOB\" answer-one $id {#} {}" </dev/null >>"$FLEET_DIR/log" 2>&1 &
  child=$!
  wait "$child"
  child=
  if [ -s "$FLEET_DIR/stop" ]; then
    read -r code reason <"$FLEET_DIR/stop"
    say "stopped: $reason"
    exit "$code"
  fi
  if [ "$(count)" -gt "$have" ]; then idle=0; else idle=$((idle + 1)); fi
done
say "all $total questions have a result"
