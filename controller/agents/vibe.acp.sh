#!/bin/sh
# Runs vibe-acp on a home that shows all of the person's, with a copy of their configuration: it writes the model of a
# session down there, as that of every new one. The copy stands beside their home, because vibe looks for a directory's
# own settings up to the one that its home is in; it goes with the process, or with the next one.
set -u
home="${VIBE_HOME:-$HOME/.vibe}"
mkdir -p "$home/logs"
for old in "$home".muster-*; do
  [ -d "$old" ] && ! kill -0 "${old##*-}" 2>/dev/null && rm -rf "$old"
done
mine="$home.muster-$$"
mkdir -m 700 "$mine" || exit 1
for one in "$home"/* "$home"/.[!.]*; do
  case ${one##*/} in
    config.toml) cp "$one" "$mine/" ;;
    *) [ -e "$one" ] && ln -s "$one" "$mine/" ;;
  esac
done
VIBE_HOME="$mine" vibe-acp
said=$?
rm -rf "$mine"
exit "$said"
