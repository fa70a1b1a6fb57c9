#!/usr/bin/env bash
# A tool in bash: count-lines.sh [-t -- TEXT] -- FILE...
# What the model writes arrives as whole arguments; quoted, they stay what they are. An error goes to
# stderr, and a code other than 0 makes the call fail: the model is told both.
set -euo pipefail

text=""
if [[ "${1:-}" == "-t" ]]; then
  text="$3"
  shift 3
fi
shift # the "--" before the files

for file in "$@"; do
  if [[ ! -f "$file" ]]; then
    echo "$file is no file" >&2
    exit 1
  fi
  lines=$(awk 'END { print NR }' < "$file")
  if [[ -n "$text" ]]; then
    matching=$(grep -cF -e "$text" < "$file" || true)
    printf '%s\t%s\t%s\n' "$lines" "$matching" "$file"
  else
    printf '%s\t%s\n' "$lines" "$file"
  fi
done
