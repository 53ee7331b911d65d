#!/bin/sh
# Runs the gate that ~/.web4/launcher names, if home and file are ours alone; else says so when a session starts. Trusts
# HOME. What it reads are words, never evaluated. Exits 0, or 2 on the gate event where the home says enforcing.
event=$1 home=${HOME:-}/.web4 python='' script='' mode=continue why='' code=0 line='
' venv='~/.web4/venv' self=${0%/hooks/*}
if [ -f "$home/launcher" ]; then
  while IFS='=' read -r name value; do
    case $name in python) python=$value ;; script) script=$value ;; on_failure) mode=$value ;; esac
  done <"$home/launcher"
  [ -O "$home/launcher" ] && [ -O "$home/" ] && [ ! -L "$home/launcher" ] || why='~/.web4/launcher is not yours'
  case ${why:-$(ls -ld "$home/" "$home/launcher")} in
    ?????w* | ????????w* | *"$line"?????w* | *"$line"????????w*) why='others can write ~/.web4/launcher' ;;
  esac
  case $python:$script in /*:/*) [ -x "$python" ] && [ -f "$script" ] ;; *) false ;; esac || why=${why:-its package is gone}
else why='its package is not set up'; fi
[ "$event" = PreToolUse ] && fail=$mode wait=2000 || fail=continue wait=1000
[ "$event$why" != mcp ] || { "$python" -I -m web4_governance mcp --home "$home"; exit; }
if [ -z "$why" ]; then
  "$python" -I -S "$script" claude-code --home "$home" --via plugin "--on-failure=$fail" "--deadline-ms=$wait" || code=$?
  case $code in 0 | 2) exit "$code" ;; *) why="its interpreter failed ($code)" ;; esac
fi
for from in "$self/../.." "$self/../../../../marketplaces/web4" ''; do [ -f "$from/src/web4_governance/hook.py" ] && break; done
from=$(cd "${from:-/nonexistent}" 2>/dev/null && pwd -P)
case $from in '' | *[\"\'\\[:cntrl:]]*) from='DIRECTORY OF ITS REPOSITORY' ;; esac
mend="umask 077; python3 -m venv $venv && $venv/bin/pip install -q '$from' && $venv/bin/web4 init --scope plugin"
text="web4-governance does not govern this session: $why. To mend it, run: $mend"
[ "$fail" = block ] && printf '%s\n' "$text (it is set to enforce, so this call is blocked)" >&2 && exit 2
[ "$event" = SessionStart ] && printf '{"systemMessage":"%s","hookSpecificOutput":{"hookEventName":"SessionStart","additionalContext":"%s"}}\n' "$text" "$text"
exit 0
