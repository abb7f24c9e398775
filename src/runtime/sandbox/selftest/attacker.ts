/**
 * What the self-test runs inside: attacks in Python, one line of JSON for each. An attack runs in a process of its own,
 * so that one that is killed takes no other with it; one that ends without a word is counted as not stopped.
 * Argument: a JSON object of what is on the host to be attacked.
 */

/** Shared by all programs. */
export const PRELUDE = String.raw`
import ctypes, errno, json, mmap, os, resource, shutil, signal, socket, stat, subprocess, sys, time
A = json.loads(sys.argv[1])
APP, DATA = os.getcwd(), os.environ.get('HOME', '/')
MIB = 2 ** 20
signal.alarm(60)

def tell(probe, blocked, evidence, outcome=None):
    line = {'probe': probe, 'blocked': bool(blocked), 'evidence': str(evidence)[:400]}
    if outcome: line['outcome'] = outcome
    print(json.dumps(line), flush=True)

def attempt(act):
    try: act()
    except socket.gaierror as e: return 'no name service'
    except (TimeoutError, socket.timeout): return 'ETIMEDOUT'
    except OSError as e: return errno.errorcode.get(e.errno, str(e.errno))
    return 'done'

def apart(act, seconds=20):
    pid = os.fork()
    if pid == 0:
        signal.alarm(seconds)
        try: act(); os._exit(0)
        except BaseException as e: print(json.dumps({'defect': repr(e)[:300]}), flush=True); os._exit(1)
    return os.waitpid(pid, 0)[1]

def words(found):
    return ', '.join('%s %s' % pair for pair in found.items())
`

const IDENTITY = String.raw`
libc = ctypes.CDLL(None, use_errno=True)
X86 = dict(ptrace=101, process_vm_readv=310, bpf=321, perf_event_open=298, userfaultfd=323, io_uring_setup=425,
           keyctl=250, add_key=248, mount=165, unshare=272, clone=56, clone3=435, ioctl=16, socket=41)
ARM = dict(ptrace=117, process_vm_readv=270, bpf=280, perf_event_open=241, userfaultfd=282, io_uring_setup=425,
           keyctl=219, add_key=217, mount=40, unshare=97, clone=220, clone3=435, ioctl=29, socket=198)
NUMBERS = ARM if os.uname().machine == 'aarch64' else X86
NEWUSER = 0x10000000

def call(name, *args):
    ctypes.set_errno(0)
    result = libc.syscall(NUMBERS[name], *[ctypes.c_ulong(a) for a in args])
    if name.startswith('clone') and result == 0: os._exit(0)
    return 'done' if result >= 0 else errno.errorcode.get(ctypes.get_errno(), '?')

def status_of(text):
    pairs = dict(line.split(':', 1) for line in text.splitlines() if ':' in line)
    caps = sum(int(pairs[k], 16) for k in ('CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'))
    return {'capabilities': hex(caps), 'NoNewPrivs': pairs['NoNewPrivs'].strip(), 'Seccomp': pairs['Seccomp'].strip()}

def sb02():
    own = status_of(open('/proc/self/status').read())
    child = status_of(subprocess.run(['/bin/cat', '/proc/self/status'], capture_output=True, text=True).stdout)
    good = {'capabilities': '0x0', 'NoNewPrivs': '1', 'Seccomp': '2'}
    tell('SB-02', own == child == good, words(child))

def sb03():
    found = {p: attempt(lambda: os.close(os.open('/proc/sys/' + p, os.O_WRONLY))) for p in ('kernel/core_pattern', 'vm/swappiness')}
    tell('SB-03', 'done' not in found.values(), words(found))

def sb04():
    def hide():
        with open('/proc/self/oom_score_adj', 'w') as f: f.write('-1000')
    found = attempt(hide)
    tell('SB-04', found != 'done', found)

def sb05():
    device = attempt(lambda: os.mknod(DATA + '/device', stat.S_IFCHR | 0o600, os.makedev(1, 3)))
    tell('SB-05', device != 'done', 'mknod ' + device)

def sb06():
    copy = DATA + '/id-copy'
    shutil.copy('/usr/bin/id', copy); os.chmod(copy, 0o6755)
    seen = subprocess.run([copy, '-u'], capture_output=True, text=True).stdout.strip()
    owner = os.stat(copy).st_uid; os.remove(copy)
    tell('SB-06', seen == str(os.getuid()) and owner == os.getuid() != 0, 'runs as %s, is owned by %s' % (seen, owner))

def sb07():
    names = ('ptrace', 'process_vm_readv', 'bpf', 'perf_event_open', 'userfaultfd', 'io_uring_setup', 'keyctl', 'add_key', 'mount')
    found = {name: call(name, 0, 0, 0, 0, 0) for name in names}
    let = {k: v for k, v in found.items() if v != 'EPERM'}
    tell('SB-07', not let, 'reached the kernel: ' + words(let) if let else 'EPERM for %d calls' % len(found))

def sb08():
    found = {'clone': call('clone', NEWUSER | 17, 0, 0, 0, 0), 'clone, high bits': call('clone', (1 << 32) | NEWUSER | 17, 0, 0, 0, 0),
             'clone3': call('clone3', 0, 0)}
    if os.path.exists('/usr/bin/bwrap'):
        nested = subprocess.run(['/usr/bin/bwrap', '--unshare-user', '--ro-bind', '/', '/', '/bin/true'], capture_output=True).returncode
        found['a sandbox within'] = 'done' if nested == 0 else 'refused'
    found['unshare'] = call('unshare', NEWUSER)
    tell('SB-08', 'done' not in found.values() and found['clone3'] == 'ENOSYS' and found['unshare'] == 'EPERM', words(found))

def sb09():
    bad = {'vsock': (40, 1, 0), 'vsock, high bit': (0x100000028, 1, 0), 'packet': (17, 3, 0), 'alg': (38, 5, 0), 'netfilter': (16, 3, 12)}
    found = {name: call('socket', *args) for name, args in bad.items()}
    tell('SB-09', 'done' not in found.values(), words(found))

def sb10():
    os.setsid()
    main, side = os.openpty()
    libc.ioctl(side, 0x540E, 0)
    byte = ctypes.create_string_buffer(b'x')
    found = {'TIOCSTI': call('ioctl', side, 0x5412, ctypes.addressof(byte)), 'with bit 32': call('ioctl', side, 0x100005412, ctypes.addressof(byte))}
    tell('SB-10', 'done' not in found.values(), words(found))

def int80():
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes([0xb8, 20, 0, 0, 0, 0xcd, 0x80, 0xc3]))
    ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()

def sb11():
    if os.uname().machine != 'x86_64': return tell('SB-11', True, 'x86-64 only', 'not_applicable')
    status = apart(int80)
    killed = os.WIFSIGNALED(status)
    tell('SB-11', killed, 'killed by ' + signal.Signals(os.WTERMSIG(status)).name if killed else 'the call was answered')

def crash():
    os.chdir(DATA); ctypes.string_at(0)

def sb26():
    status = apart(crash)
    left = [name for name in os.listdir(DATA) if name.startswith('core')]
    dumped = os.WIFSIGNALED(status) and os.WCOREDUMP(status)
    tell('SB-26', not dumped and not left, 'a core was dumped' if dumped or left else 'it crashed and no core was left')
`

const FILES = String.raw`
def pry(paths):
    found = {}
    for path in paths:
        for way in (path, '/proc/1/root' + path, '/proc/self/cwd/..' + path):
            def read():
                if A['canary'] in open(way, errors='replace').read(): found[path] = 'read'
                else: found.setdefault(path, 'opened')
            def write():
                with open(way, 'r+') as f: f.write('x')
                found[path] = 'written'
            for act in (read, write):
                why = attempt(act)
                if why != 'done': found.setdefault(path, why)
    let = {p: w for p, w in found.items() if w in ('read', 'written', 'opened')}
    return not let, words(let) if let else ', '.join(sorted(set(found.values()))) + ' for all of %d' % len(paths)

def sb13(): tell('SB-13', *pry(A['host_files']))
def s40(): tell('S-40', *pry(A['private_files']))

def s42():
    found = {str(pid): attempt(lambda: os.kill(pid, 0)) for pid in A['pids']}
    tell('S-42', 'done' not in found.values(), ', '.join(sorted(set(found.values()))))

def sb14():
    found = {}
    for folder in (APP, '/usr', '/etc', '/', '/dev', '/run'):
        path = os.path.join(folder, '.' + A['mark'])
        found[folder] = attempt(lambda: open(path, 'w').close())
        if found[folder] == 'done': os.remove(path)
    found['a file of its version'] = attempt(lambda: open(APP + '/version.txt', 'a').close())
    tell('SB-14', 'done' not in found.values(), words(found))

def sb15():
    found = {}
    for path in (APP + '/version.txt', '/usr/bin/id'):
        found[path] = attempt(lambda: os.link(path, DATA + '/linked'))
        if found[path] == 'done': os.remove(DATA + '/linked')
    tell('SB-15', 'done' not in found.values(), words(found))

def sb20():
    seen = [p for p in A['tmp_files'] if os.path.exists(p)]
    for folder in ('/tmp', '/dev/shm'): attempt(lambda: open(folder + '/' + A['mark'], 'w').close())
    tell('SB-20', not seen, 'sees ' + ', '.join(seen) if seen else 'sees nothing of the host')

def sb21():
    leaked, own = set(), set(open('/proc/self/environ').read().split('\0'))
    for pid in os.listdir('/proc'):
        if not pid.isdigit(): continue
        try: entries = open('/proc/%s/environ' % pid).read().split('\0')
        except OSError: continue
        leaked |= {e.split('=')[0] for e in entries if e and e not in own and not e.startswith(('PWD=', 'OLDPWD=', '_=', 'SHLVL='))}
    tell('SB-21', not leaked, 'read variables of others: ' + ', '.join(sorted(leaked)[:8]) if leaked else 'nobody else has any that it can read')

def sb23():
    more = {}
    for n in os.listdir('/proc/self/fd'):
        try: target = os.readlink('/proc/self/fd/' + n)
        except OSError: continue
        if int(n) > 2 and target != '/dev/null' and target != '/proc/%d/fd' % os.getpid(): more[n] = target
    tell('SB-23', not more, words(more) if more else '0, 1, 2')

def sb25():
    more = sorted(set(os.environ) - set(A['environment']))
    tell('SB-25', not more, 'also ' + ', '.join(more) if more else 'the %d that are written down' % len(os.environ))

def fill(folder, most):
    size, place = 0, folder + '/' + A['mark'] + '-filled'
    os.mkdir(place)
    try:
        while size < most:
            # Many files: a bound of each single one is not what is asked for.
            with open('%s/%d' % (place, size), 'wb', buffering=0) as f:
                for _ in range(8): size += f.write(b'x' * MIB)
        return 'done', size // MIB
    except OSError as e: return errno.errorcode[e.errno], size // MIB
    finally: shutil.rmtree(place, ignore_errors=True)

def sb39():
    most = A['tmp_mib'] + 8
    found = {folder: fill(folder, most * MIB) for folder in ('/tmp', '/dev/shm')}
    tell('SB-39', all(why == 'ENOSPC' for why, _ in found.values()), ', '.join('%s %s after %d MiB' % (f, w, n) for f, (w, n) in found.items()))

def sb41():
    folder = '/tmp/' + A['mark'] + '-many'
    os.mkdir(folder)
    made = 0
    def make():
        nonlocal made
        while made < 20000: open('%s/%d' % (folder, made), 'w').close(); made += 1
    why = attempt(make)
    tell('SB-41', True, '%d files, %s' % (made, why))

def sb38():
    held = []
    def many():
        while len(held) < A['open_files'] + 64: held.append(os.open('/dev/null', os.O_RDONLY))
    why = attempt(many)
    tell('SB-38', why == 'EMFILE', '%s after %d' % (why, len(held)))
`

const NETWORK = String.raw`
def dial(host, port): socket.create_connection((host, port), 1).close()
def dial_name(name):
    s = socket.socket(socket.AF_UNIX); s.settimeout(1); s.connect('\0' + name)

def sb45():
    found = {'host loopback': attempt(lambda: dial('127.0.0.1', A['port'])), 'abstract socket': attempt(lambda: dial_name(A['name']))}
    for address in A['addresses']: found[address] = attempt(lambda: dial(address, A['port']))
    for name, host in (('metadata', '169.254.169.254'), ('private network', '10.255.255.1')): found[name] = attempt(lambda: dial(host, 80))
    found['UDP'] = attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53)))
    found['names'] = attempt(lambda: socket.getaddrinfo('example.com', 80))
    tell('SB-45', 'done' not in found.values(), words(found))

def sb51():
    found = {'its port': attempt(lambda: dial('127.0.0.1', A['neighbour_port'])), 'its abstract socket': attempt(lambda: dial_name(A['neighbour_name']))}
    tell('SB-51', 'done' not in found.values(), words(found))

def ask(authority):
    s = socket.create_connection(('127.0.0.1', 3128), 5); s.settimeout(5)
    s.sendall(('CONNECT %s HTTP/1.1\r\nHost: %s\r\n\r\n' % (authority, authority)).encode())
    return s.recv(64).decode(errors='replace').split(' ')[1]

def proxied(authority):
    try: return ask(authority)
    except (OSError, IndexError) as e: return type(e).__name__

def sb46():
    port = A['port']
    good, other = proxied('allowed.test:%d' % port), proxied('other.test:443')
    direct = attempt(lambda: dial('127.0.0.1', port))
    tell('SB-46', (good, other) == ('200', '403') and direct != 'done', 'allowed %s, not listed %s, past the proxy %s' % (good, other, direct))

def refused(probe, places):
    found = {place: proxied(place) for place in places}
    let = {p: w for p, w in found.items() if w not in ('400', '403')}
    tell(probe, not let, words(let) if let else '400 or 403 for %d places' % len(places))

def sb47():
    port = A['port']
    refused('SB-47', ['%s:%d' % (h, port) for h in ('127.0.0.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '0')])
def sb48(): refused('SB-48', [name + ':443' for name in ('private.test', 'metadata.test', 'mixed.test', 'mapped.test')])
`

export const ATTACKER = `${PRELUDE}${IDENTITY}${FILES}${NETWORK}
for act in (sb02, sb03, sb04, sb05, sb06, sb07, sb08, sb09, sb10, sb11, sb13, sb14, sb15, sb20, sb21, sb23, sb25, sb26, sb38, sb39, sb41, s40, s42, sb45, sb51): apart(act)
if A['proxy']:
    for act in (sb46, sb47, sb48): apart(act)
# Something that wants to stay: the leader of a session of its own, whose parent is gone.
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        signal.alarm(120); time.sleep(120)
    os._exit(0)
time.sleep(0.5)
`
