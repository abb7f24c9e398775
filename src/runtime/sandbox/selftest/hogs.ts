/** Attacks on what all servers share: each takes more than it was given, in a sandbox of its own. */
import { PRELUDE } from './attacker.ts'

/** Writes to memory bit by bit and says how far it got: the last line counts. */
export const ONE_HOG = `${PRELUDE}
held = []
for n in range(1, A['memory_mib'] * 2 // 4 + 1):
    held.append(bytearray(b'x' * (4 * MIB))); print(json.dumps({'taken': n * 4}), flush=True)
`

/** Eight children that each stay below the limit. */
export const MANY_HOGS = `${PRELUDE}
share = A['memory_mib'] // 2
for n in range(8):
    if os.fork() == 0:
        signal.alarm(20); held = []
        for m in range(share // 4):
            held.append(bytearray(b'x' * (4 * MIB))); print(json.dumps({'child': n, 'taken': (m + 1) * 4}), flush=True)
        time.sleep(4); os._exit(0)
time.sleep(4)
`

/** Stops by itself a little above the limit, so that nothing is harmed where nothing else stops it. */
export const BOMBS = `${PRELUDE}
import threading
most = A['tasks'] + 32
def forks():
    made = []
    def bomb():
        while len(made) < most:
            pid = os.fork()
            if pid == 0: signal.alarm(10); time.sleep(10); os._exit(0)
            made.append(pid)
    why = attempt(bomb)
    for pid in made: os.kill(pid, 9)
    for pid in made: os.waitpid(pid, 0)
    tell('SB-35', why == 'EAGAIN' and len(made) <= A['tasks'], '%s after %d processes' % (why, len(made)))
forks()
def threads():
    made, gate, why = 0, threading.Event(), 'done'
    while made < most:
        try: threading.Thread(target=gate.wait, daemon=True).start()
        except RuntimeError: why = 'EAGAIN'; break
        made += 1
    gate.set()
    tell('SB-36', why == 'EAGAIN' and made <= A['tasks'], '%s after %d threads' % (why, made))
threads()
os._exit(0)
`

export const SPINNERS = `${PRELUDE}
began = time.monotonic()
def spin():
    while time.monotonic() - began < 4: pass
children = []
for _ in range(3):
    pid = os.fork()
    if pid == 0: spin(); os._exit(0)
    children.append(pid)
for pid in children: os.waitpid(pid, 0)
used, took = sum(os.times()[:4]), time.monotonic() - began
# Half a period of grace at either end, and what starting Python took.
tell('SB-37', used <= took * A['cpu_percent'] / 100 + 0.35, '%.2f s of CPU in %.2f s' % (used, took))
`

export const DISK_FILLER = `${PRELUDE}
total, why = 0, 'done'
most = A['disk_mib'] * 2
for n in range(most // 4):
    try:
        with open('%s/%d' % (DATA, n), 'wb', buffering=0) as f:
            for _ in range(4): total += f.write(b'x' * MIB)
    except OSError as e: why = errno.errorcode[e.errno]; break
tell('SB-40', total <= A['disk_mib'] * MIB, '%s after %d MiB of %d' % (why, total // MIB, A['disk_mib']))
`

/** One line that never ends. */
export const ENDLESS_LINE = `${PRELUDE}
for _ in range(A['mib']): os.write(1, b'x' * MIB)
`

/** What must come to no harm. It has a port, a name and a file of its own, and says over and over that it lives. */
export const NEIGHBOUR = `${PRELUDE}
signal.alarm(0)
with open(DATA + '/canary', 'w') as f: f.write(A['canary'])
os.chmod(DATA + '/canary', 0o600)
port = socket.socket(); port.bind(('127.0.0.1', 0)); port.listen()
name = socket.socket(socket.AF_UNIX); name.bind('\\0' + A['neighbour_name']); name.listen()
print(json.dumps({'port': port.getsockname()[1]}), flush=True)
for n in range(2400):
    print(json.dumps({'beat': n, 'canary': open(DATA + '/canary').read() == A['canary']}), flush=True)
    time.sleep(0.1)
`
