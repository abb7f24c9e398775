/**
 * The only shell text of the platform, constant: values come in as "$1", "$@", never as text.
 * Written for dash, Debian's /bin/sh, and any POSIX shell with `ulimit -p` (dash, busybox) or `-u` (bash).
 */

/**
 * In the new network and mount namespace, still privileged. Joins its control groups by writing its own pid: from
 * outside it would come too late for what it starts; beside the mounts, since a move waits for the kernel to see all
 * other processors idle once (RCU), 5 to 20 ms. Binds every source onto the stage, since the sources lie
 * under directories that the server's uid may not pass. Then FIFOs, each opened for both directions.
 * Arguments: group files, --, stage template, stage, run directory, pairs of place and source, --, command. A place
 * that begins with v takes a disk image, whose mount ends with this namespace.
 * Standard error stays the daemon's pipe: what the launcher and bubblewrap complain about is theirs, not the server's.
 */
export const SET_STAGE = `
PATH=/usr/sbin:/usr/bin:/sbin:/bin
(while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done) & joining=$!
while [ "$1" != -- ]; do shift; done; shift
ip link set lo up && mount --bind "$1" "$2" || exit 125
stage=$2 run=$3; shift 3
while [ "$1" != -- ]; do
  case $1 in
    v*) mount -t ext4 -o loop,nosuid,nodev,noatime,discard "$2" "$stage/$1" ;;
    *) mount --bind "$2" "$stage/$1" ;;
  esac || exit 125
  shift 2
done
shift
mkfifo -m 0600 "$run/in" "$run/out" "$run/err" || exit 125
wait $joining || exit 125
exec 0<>"$run/in" 1<>"$run/out" 8<>"$run/err" || exit 125
exec "$@"`

/**
 * Inside, with everything in force: limits that cannot be raised again, "ready", and the wait for "go".
 * End-of-file on the gate means that the daemon is gone: leave.
 * Arguments: tasks, open files, file size in blocks of 512 bytes, command.
 */
export const WAIT_AT_GATE = `
ulimit -p "$1" 2>/dev/null || ulimit -u "$1" && ulimit -n "$2" && ulimit -f "$3" && ulimit -c 0 || exit 125
shift 3
echo ready >&7; exec 7>&-
read -r HAIVEMIND_GATE <&6 || exit 0
exec 6<&- 2>&8 8>&-; unset HAIVEMIND_GATE PWD OLDPWD
exec "$@"`

/**
 * In a sandbox's network namespace and outside of everything else of it: carries bytes between descriptor 3 and a port
 * of its loopback, and ends with either side. Run by bash, which alone opens /dev/tcp. The first byte says that somebody
 * listens there. Argument: port.
 */
export const CARRY_TO_PORT = `
exec 4<>"/dev/tcp/127.0.0.1/$1" || exit 1
printf . >&3
cat <&4 >&3 & up=$!
cat <&3 >&4 & down=$!
wait -n
kill "$up" "$down" 2>/dev/null
exit 0`

/**
 * Joins its control groups, opens the FIFOs, starts the command in a session of its own and writes its end to the
 * status file as bubblewrap does: whoever started it may be gone by then. Built-ins only, so PATH stays the server's.
 * dash gives what runs behind an & an empty input unless told otherwise, hence descriptor 9; and it tells of a killed
 * command on its standard error, which nobody reads by then.
 * Arguments: group files, --, run directory, working directory, command.
 */
export const KEEP_PROCESS = `
while [ "$1" != -- ]; do echo $$ > "$1" || exit 125; shift; done; shift
run=$1; cd "$2" || exit 125; shift 2
exec 0<>"$run/in" 1<>"$run/out" 8<>"$run/err" 9<>"$run/in" || exit 125
trap : TERM INT HUP
"$@" <&9 9<&- 4>&- & payload=$!
exec 6<&- 7>&- 2>/dev/null
printf '{"child-pid":%d}\\n' $payload >&4
while :; do wait $payload; code=$?; kill -0 $payload 2>/dev/null || break; done
printf '{"exit-code":%d}\\n' $code >&4`

/** A trial of disk images, in a mount namespace of its own, which takes the mount away with it. */
export const TRY_MOUNT = 'PATH=/usr/sbin:/usr/bin:/sbin:/bin; mount -t ext4 -o loop "$1" "$2"'
