#!/usr/bin/env bash
# An MCP server in plain bash: no jq, no other program. It reads one JSON-RPC message a line on stdin and answers on
# stdout, which carries protocol only; talk goes to stderr.
LC_ALL=C # strings are bytes: lengths and patterns below count on it
set -uf  # no globbing: split words stay words

readonly MAX_LINE=65536 MAX_DEPTH=32
readonly CHARS=$'[^"\\\\\x01-\x1f]*'
readonly STRING='"'$CHARS'(\\(["\\/bfnrt]|u[0-9a-fA-F]{4})'$CHARS')*"'
readonly NUMBER='-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?'
readonly SPACE=$' \t\r\n'

# --- JSON: fills J with path → raw text, for example J[m.params.name]='"factorize"' ---

declare -A J
REST=''

skip_space() { REST=${REST#"${REST%%[!$SPACE]*}"}; }

# take REGEX: the token at the front of REST goes to TOKEN.
take() {
  [[ $REST =~ ^($1) ]] || return 1
  TOKEN=${BASH_REMATCH[1]}
  REST=${REST:${#TOKEN}}
}

# parse_value PATH DEPTH: one value at the front of REST.
parse_value() {
  local path=$1 depth=$2 before
  skip_space
  before=$REST
  ((depth <= MAX_DEPTH)) || return 1
  case ${REST:0:1} in
    '{') parse_object "$path" "$depth" || return 1 ;;
    '[') parse_array "$path" "$depth" || return 1 ;;
    '"') take "$STRING" || return 1 ;;
    t) take true || return 1 ;;
    f) take false || return 1 ;;
    n) take null || return 1 ;;
    *) take "$NUMBER" || return 1 ;;
  esac
  J[$path]=${before:0:${#before}-${#REST}}
}

parse_object() {
  local path=$1 depth=$2
  REST=${REST:1}
  skip_space
  [[ ${REST:0:1} == '}' ]] && { REST=${REST:1}; return 0; }
  while :; do
    skip_space
    take "$STRING" || return 1
    decode_string "$TOKEN"
    local key=${REPLY//%/%25}
    key=${key//./%2e} # a dot in a key is not a step of the path
    skip_space
    take : || return 1
    parse_value "$path.$key" $((depth + 1)) || return 1
    skip_space
    take '[,}]' || return 1
    [[ $TOKEN == '}' ]] && return 0
  done
}

parse_array() {
  local path=$1 depth=$2 index=0
  REST=${REST:1}
  skip_space
  [[ ${REST:0:1} == ']' ]] && { REST=${REST:1}; return 0; }
  while :; do
    parse_value "$path[$index]" $((depth + 1)) || return 1
    index=$((index + 1))
    skip_space
    take '[],]' || return 1
    [[ $TOKEN == ']' ]] && return 0
  done
}

# encode_utf8 CODEPOINT → REPLY. bash cannot hold NUL: it becomes byte 1, of the same length.
encode_utf8() {
  local c=$1 hex
  ((c == 0)) && c=1
  if ((c < 0x80)); then
    printf -v hex '\\x%02x' "$c"
  elif ((c < 0x800)); then
    printf -v hex '\\x%02x\\x%02x' $((0xc0 | c >> 6)) $((0x80 | c & 63))
  elif ((c < 0x10000)); then
    printf -v hex '\\x%02x\\x%02x\\x%02x' $((0xe0 | c >> 12)) $((0x80 | c >> 6 & 63)) $((0x80 | c & 63))
  else
    printf -v hex '\\x%02x\\x%02x\\x%02x\\x%02x' \
      $((0xf0 | c >> 18)) $((0x80 | c >> 12 & 63)) $((0x80 | c >> 6 & 63)) $((0x80 | c & 63))
  fi
  printf -v REPLY '%b' "$hex"
}

# decode_string RAW, with its quotes → REPLY. Cut at the backslashes once: cutting off one escape after the other
# would copy the rest each time.
decode_string() {
  local raw=${1:1:${#1}-2} out part code high='' literal=0 parts
  [[ $raw == *\\* ]] || { REPLY=$raw; return; }
  mapfile -t -d '\' parts <<<"$raw"
  parts[-1]=${parts[-1]%$'\n'}
  out=${parts[0]}
  for part in "${parts[@]:1}"; do
    if ((literal)); then # after an escaped backslash
      out+=$part
      literal=0
      continue
    fi
    if [[ -n $high && $part != u[dD][c-fC-F]* ]]; then
      out+=$'\xef\xbf\xbd' # half a surrogate pair: U+FFFD
      high=''
    fi
    case ${part:0:1} in
      '') out+=\\ literal=1 ;;
      b) out+=$'\b'${part:1} ;;
      f) out+=$'\f'${part:1} ;;
      n) out+=$'\n'${part:1} ;;
      r) out+=$'\r'${part:1} ;;
      t) out+=$'\t'${part:1} ;;
      u)
        code=$((16#${part:1:4}))
        if [[ -n $high ]]; then
          code=$((0x10000 + ((high - 0xd800) << 10) + code - 0xdc00)) high=''
        elif ((code >= 0xd800 && code <= 0xdbff)) && [[ ${#part} == 5 ]]; then
          high=$code
          continue
        elif ((code >= 0xd800 && code <= 0xdfff)); then
          code=$((0xfffd))
        fi
        encode_utf8 "$code"
        out+=$REPLY${part:5}
        ;;
      *) out+=$part ;;
    esac
  done
  [[ -z $high ]] || out+=$'\xef\xbf\xbd'
  REPLY=$out
}

# --- answers: the id goes back exactly as it came ---

reply() { printf '{"jsonrpc":"2.0","id":%s,"result":%s}\n' "$1" "$2"; }
fail() { printf '{"jsonrpc":"2.0","id":%s,"error":{"code":%s,"message":"%s"}}\n' "$1" "$2" "$3"; }

# answer ID STRUCTURED: a tool's result, as data and as the same data in text.
answer() {
  local text=${2//\"/\\\"}
  reply "$1" '{"content":[{"type":"text","text":"'"$text"'"}],"structuredContent":'"$2"'}'
}
# refuse ID SENTENCE: a tool's error, which the model can read and correct.
refuse() { reply "$1" '{"content":[{"type":"text","text":"'"$2"'"}],"isError":true}'; }

# --- tools ---

readonly TOOLS='{"tools":[
{"name":"text_stats","description":"Counts the lines, words, characters and bytes of a text.",
 "inputSchema":{"type":"object","properties":{"text":{"type":"string"}},"required":["text"]},
 "outputSchema":{"type":"object","properties":{"lines":{"type":"integer"},"words":{"type":"integer"},"characters":{"type":"integer"},"bytes":{"type":"integer"}},"required":["lines","words","characters","bytes"]},
 "annotations":{"readOnlyHint":true,"openWorldHint":false}},
{"name":"factorize","description":"The prime factors of an integer from 2 to 1000000000000.",
 "inputSchema":{"type":"object","properties":{"number":{"type":"integer","minimum":2,"maximum":1000000000000}},"required":["number"]},
 "outputSchema":{"type":"object","properties":{"factors":{"type":"array","items":{"type":"integer"}}},"required":["factors"]},
 "annotations":{"readOnlyHint":true,"openWorldHint":false}},
{"name":"roll_dice","description":"Rolls 1 to 100 dice with 2 to 1000 sides.",
 "inputSchema":{"type":"object","properties":{"count":{"type":"integer","minimum":1,"maximum":100,"default":1},"sides":{"type":"integer","minimum":2,"maximum":1000,"default":6}}},
 "outputSchema":{"type":"object","properties":{"rolls":{"type":"array","items":{"type":"integer"}},"total":{"type":"integer"}},"required":["rolls","total"]},
 "annotations":{"readOnlyHint":true,"openWorldHint":false}}]}'

text_stats() {
  local id=$1 raw=${J[m.params.arguments.text]-} text newlines visible lines words
  [[ $raw == '"'* ]] || { refuse "$id" 'text must be a string'; return; }
  decode_string "$raw"
  text=$REPLY
  newlines=${text//[!$'\n']/}
  lines=${#newlines}
  [[ -n $text && $text != *$'\n' ]] && lines=$((lines + 1))
  words=(${text//[$'\r\v\f']/ })
  visible=${text//[$'\x80'-$'\xbf']/} # without the continuation bytes of UTF-8
  answer "$id" "{\"lines\":$lines,\"words\":${#words[@]},\"characters\":${#visible},\"bytes\":${#text}}"
}

# integer_argument NAME DEFAULT MINIMUM MAXIMUM → REPLY
integer_argument() {
  REPLY=${J[m.params.arguments.$1]-$2}
  [[ $REPLY =~ ^[1-9][0-9]{0,12}$ ]] && ((REPLY >= $3 && REPLY <= $4))
}

factorize() {
  local id=$1 n p=2 factors=()
  integer_argument number '' 2 1000000000000 || { refuse "$id" 'number must be an integer from 2 to 1000000000000'; return; }
  n=$REPLY
  while ((p * p <= n)); do
    if ((n % p == 0)); then
      factors+=("$p")
      n=$((n / p))
    else
      p=$((p == 2 ? 3 : p + 2))
    fi
  done
  ((n > 1)) && factors+=("$n")
  local IFS=,
  answer "$id" "{\"factors\":[${factors[*]}]}"
}

roll_dice() {
  local id=$1 count sides total=0 roll limit rolls=()
  integer_argument count 1 1 100 || { refuse "$id" 'count must be an integer from 1 to 100'; return; }
  count=$REPLY
  integer_argument sides 6 2 1000 || { refuse "$id" 'sides must be an integer from 2 to 1000'; return; }
  sides=$REPLY
  limit=$((32768 - 32768 % sides)) # RANDOM above it would favour the low sides
  while ((${#rolls[@]} < count)); do
    roll=$RANDOM
    ((roll < limit)) || continue
    roll=$((roll % sides + 1))
    rolls+=("$roll")
    total=$((total + roll))
  done
  local IFS=,
  answer "$id" "{\"rolls\":[${rolls[*]}],\"total\":$total}"
}

# --- the protocol ---

initialize() {
  local version='"2025-11-25"'
  case ${J[m.params.protocolVersion]-} in
    '"2024-11-05"' | '"2025-03-26"' | '"2025-06-18"' | '"2025-11-25"') version=${J[m.params.protocolVersion]} ;;
  esac
  reply "$1" '{"protocolVersion":'"$version"',"capabilities":{"tools":{}},"serverInfo":{"name":"bash-toolbox","version":"1.0.0"}}'
}

handle() {
  J=()
  REST=$1
  parse_value m 0 && skip_space && [[ -z $REST ]] || { fail null -32700 'Parse error'; return; }
  [[ ${J[m]} == '{'* && ${J[m.jsonrpc]-} == '"2.0"' ]] || { fail null -32600 'Invalid Request'; return; }
  local id=${J[m.id]-} method=${J[m.method]-}
  [[ -n $id ]] || return 0     # a notification: no answer
  [[ -n $method ]] || return 0 # an answer: this server asks nothing
  case $method in
    '"initialize"') initialize "$id" ;;
    '"ping"') reply "$id" '{}' ;;
    '"tools/list"') reply "$id" "${TOOLS//$'\n'/}" ;;
    '"tools/call"')
      case ${J[m.params.name]-} in
        '"text_stats"') text_stats "$id" ;;
        '"factorize"') factorize "$id" ;;
        '"roll_dice"') roll_dice "$id" ;;
        *) fail "$id" -32602 'Unknown tool' ;;
      esac
      ;;
    *) fail "$id" -32601 'Method not found' ;;
  esac
}

echo 'bash-toolbox is ready' >&2
while IFS= read -r line || [[ -n $line ]]; do
  [[ -n ${line//[$SPACE]/} ]] || continue
  if ((${#line} > MAX_LINE)); then
    fail null -32600 'The message is too long'
  else
    handle "$line"
  fi
done
