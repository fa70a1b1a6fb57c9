#!/bin/sh
# Answers one question on a host and prints the transcript: answer-one.sh FLEET NUMBER QUESTION. fleet.sh sends it along.
# Exit codes: 0 there is a transcript, and the question is not asked again; 2, 3, 4, 126, 127 stop the fleet;
# any other means again later, or elsewhere.
set -u
umask 077
# ANTHROPIC_API_KEY and, where a plain ssh does not have it, PATH
# shellcheck disable=SC1091
[ ! -r "$HOME/.agent-fleet.env" ] || . "$HOME/.agent-fleet.env"
kept=${XDG_CACHE_HOME:-$HOME/.cache}/agent-fleet/$1
mkdir -p "$kept" || exit 75
answer=$kept/$2.json
if [ ! -s "$answer" ]; then
  part=$answer.$$
  trap 'rm -f "$part"' EXIT
  # Your model, tools and limits go here.
  printf '%s' "$3" | agent ask --json -q --timeout 10m >"$part"
  code=$?
  case $code in
    0 | 7 | 8) ;;                 # answered, incomplete, refused
    1 | 5 | 9 | 11 | 124) ;;      # failed, and would again: of this question, not of the host
    *) exit "$code" ;;
  esac
  mv "$part" "$answer" || exit 75
fi
cat "$answer"
