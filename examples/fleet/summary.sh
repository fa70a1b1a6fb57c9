#!/bin/sh
# What a fleet has brought so far: summary.sh DIR
set -eu
total=$(wc -l <"$1/questions.txt")
find "$1/results" -name '[1-9]*.json' -size +0 -exec jq -c '
  { number: (input_filename | capture("(?<n>[0-9]+)\\.json$").n | tonumber), status, question, error: .error.message,
    seconds: ((.duration_ms // 0) / 1000), cost: .usage.cost_usd }' {} + |
  jq -rs --argjson total "$total" '
    def cut: gsub("[[:space:][:cntrl:]]+"; " ") | .[:60];
    def of($names): map(select(.status | IN($names[]))) | length;
    def seconds: (. * 10 | round / 10 | tostring) + " s";
    "questions \($total)   answered \(of(["completed"]))   incomplete \(of(["incomplete"]))   refused \(of(["refused"]))   failed \(of(["failed", "timed_out", "interrupted"]))   open \($total - length)",
    "cost $\(map(.cost // 0) | add // 0 | . * 10000 | round / 10000)   of unknown price \(map(select(.cost == null)) | length)",
    (sort_by(-.seconds)[:3][] | "slowest   \(.number)   \(.seconds | seconds)   \(.question // "" | cut)"),
    (map(select(.status != "completed")) | sort_by(.number)[] | "\(.status)   \(.number)   \(.error // .question // "" | cut)")'
[ ! -s "$1/attempts" ] || awk -F '\t' '$4 == 0 { done[$3]++ } $4 != 0 { failed[$3]++ } { hosts[$3] }
  END { for (host in hosts) printf "host %s   results %d   attempts that brought none %d\n", host, done[host], failed[host] }' "$1/attempts" | sort
