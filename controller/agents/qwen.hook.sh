#!/bin/sh
# Called by the hooks of qwen.defaults.json with a word for what the agent does: keeps one small file a process, named
# by the outermost one, by which Muster sees conversation and activity. It says nothing: the agent would read it.
# Hooks overlap; the later event wins, whichever of them is done first.
set -u
word=$1
said=$(cat)
home="${QWEN_HOME:-$HOME/.qwen}"
file="$home/muster/${QWEN_CODE_LAUNCHER_PID:-$PPID}"

# The first string of that name: what the agent itself says stands before what its tools were given.
pick() { printf '%s' "$1" | grep -o "\"$2\":\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }
has() { printf '%s' "$said" | grep -q "$1"; }

# A command in the background keeps a file of its own, and its end begins a turn; so it is enough to look at a turn's end.
shells() {
  for one in "$home"/tmp/*/background-shells/"$conversation"/*.status; do
    grep -q '"status": "running"' "$one" 2>/dev/null || continue
    pid=$(sed -n 's/^ *"pid": \([0-9]*\).*/\1/p' "$one")
    [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && return 0
  done
  return 1
}

conversation=$(pick "$said" session_id)
case $word in
  busy) has '"agent_id":"' && exit 0 ;; # of an agent beside the conversation
  idle) has '"background_tasks":\[[^]]*"status":"running"' || shells && word=background ;;
  begun) has '"source":"\(startup\|resume\|clear\)"' && word=idle || exit 0 ;;
  told)
    case $(pick "$said" notification_type) in
      idle_prompt) word=quiet ;; # whatever the turn's end was, Escape and errors included
      permission_prompt) word=waiting ;;
      *) exit 0 ;;
    esac
    ;;
esac

umask 077
mkdir -p "$home/muster" && exec 9>>"$file.lock" || exit 0
command -v flock >/dev/null && flock 9
was=$(cat "$file.json" 2>/dev/null)
at=$(pick "$said" timestamp)
[ "$at" \> "$(pick "$was" since)" ] || exit 0
if [ "$word" = quiet ]; then
  [ "$(pick "$was" status)" = background ] && exit 0 # the prompt is free, and work goes on
  word=idle
fi
printf '{"conversation":"%s","status":"%s","since":"%s"}' "$conversation" "$word" "$at" >"$file.new" &&
  mv "$file.new" "$file.json"

# Those that were killed could not take their files away.
[ "$1" = begun ] || exit 0
for old in "$home"/muster/*.lock; do
  pid=${old##*/} pid=${pid%.lock}
  kill -0 "$pid" 2>/dev/null || rm -f "$home/muster/$pid.json" "$old"
done
