/** Programs that really fail, each in one way, with the class that their end has to get. */
import type { ExitClass } from '../../src/domain/exit-class.ts'
import { DEFAULT_LIMITS, type ServerConfig } from '../../src/domain/server.ts'

export type FailingProgram = {
  readonly about: string
  readonly class: ExitClass
  readonly command: readonly string[]
  readonly config?: Partial<ServerConfig>
}

const limit = (limits: Partial<ServerConfig['limits']>): Partial<ServerConfig> => ({
  limits: { ...DEFAULT_LIMITS, ...limits },
})
const python = (text: string) => ['python3', '-c', text]
const node = (text: string) => ['node', '-e', text]
const bash = (text: string) => ['bash', '-c', text]

/** Answers `initialize`, then goes on with `rest`. */
const serveThen = (rest: string) =>
  python(`import json, sys, time
request = json.loads(sys.stdin.readline())
result = {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": {"name": "f", "version": "1"}}
print(json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}), flush=True)
sys.stdin.readline()
time.sleep(0.5)
${rest}`)

export const FAILING_PROGRAMS: readonly FailingProgram[] = [
  // Memory: the kernel’s word, V8’s, Python’s; and words alone.
  {
    about: 'takes more memory than it has',
    class: 'out_of_memory',
    command: ['python3', '/app/eats-memory.py'],
    config: limit({ memoryMb: 64 }),
  },
  {
    about: 'reaches the limit of the V8 heap',
    class: 'out_of_memory',
    command: [
      'node',
      '--max-old-space-size=16',
      '-e',
      'const a = []; for (;;) a.push(new Array(1000).fill({}))',
    ],
  },
  {
    about: 'asks Python for more than there is',
    class: 'out_of_memory',
    command: python('bytearray(10 ** 15)'),
  },
  {
    about: 'only prints that the heap is out of memory',
    class: 'unknown',
    command: node(
      'console.error("FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory"); process.exit(1)',
    ),
  },
  // What is not there.
  { about: 'has a start command that is not there', class: 'missing_command', command: ['/app/nothing'] },
  {
    about: 'has a script without its interpreter',
    class: 'missing_command',
    command: ['/app/missing-interpreter.sh'],
  },
  { about: 'calls a program from bash', class: 'missing_command', command: bash('no-such-program; exit $?') },
  {
    about: 'spawns a program from Node',
    class: 'missing_command',
    command: node('require("child_process").spawn("no-such-program")'),
  },
  {
    about: 'imports a package in Python',
    class: 'missing_dependency',
    command: ['python3', '/app/missing-import.py'],
  },
  {
    about: 'imports a part of a package in Python',
    class: 'missing_dependency',
    command: python('import json.nothing'),
  },
  { about: 'requires a package in Node', class: 'missing_dependency', command: node('require("express")') },
  {
    about: 'imports a package in an ES module',
    class: 'missing_dependency',
    command: ['node', '--input-type=module', '-e', 'import "@scope/nothing"'],
  },
  {
    about: 'loads a library that is not installed',
    class: 'missing_dependency',
    command: python('import ctypes; ctypes.CDLL("libnothing.so.9")'),
  },
  {
    about: 'has a Python script that is not packed',
    class: 'missing_file',
    command: ['python3', '/app/nothing.py'],
  },
  {
    about: 'has a Node script that is not packed',
    class: 'missing_file',
    command: ['node', '/app/nothing.js'],
  },
  {
    about: 'has a bash script that is not packed',
    class: 'missing_file',
    command: ['bash', '/app/nothing.sh'],
  },
  { about: 'opens a file in Python', class: 'missing_file', command: python('open("cities.csv")') },
  {
    about: 'opens a file in Node',
    class: 'missing_file',
    command: node('require("fs").readFileSync("config/default.json")'),
  },
  // Code.
  { about: 'has a syntax error in Python', class: 'bad_code', command: python('def f(:\n  pass') },
  { about: 'has a syntax error in Node', class: 'bad_code', command: node('let x = ;') },
  { about: 'has a syntax error in bash', class: 'bad_code', command: bash('if then fi') },
  {
    about: 'imports a name that is not there',
    class: 'bad_code',
    command: python('from os import nothing_here'),
  },
  {
    about: 'imports an export that is not there',
    class: 'bad_code',
    command: ['node', '--input-type=module', '-e', 'import { nothing } from "node:fs"; nothing()'],
  },
  {
    about: 'meets the same TypeError twice before it ever answers',
    class: 'bad_code',
    command: node('const settings = undefined; settings.port'),
    config: { autoRestart: true, maxRestarts: 1, restartDelaySeconds: 0.1 },
  },
  // Secrets and settings.
  {
    about: 'reads a variable in Python',
    class: 'missing_secret',
    command: python('import os\nos.environ["API_KEY"]'),
  },
  {
    about: 'asks for a variable in Node',
    class: 'missing_secret',
    command: node('if (!process.env.API_KEY) throw new Error("API_KEY environment variable is required")'),
  },
  {
    about: 'uses an unset variable in bash',
    class: 'missing_secret',
    command: bash('set -u; echo "$API_TOKEN"'),
  },
  {
    about: 'insists on a variable in bash',
    class: 'missing_secret',
    command: bash(': "${DATABASE_URL:?must be set}"'),
  },
  {
    about: 'is answered 401',
    class: 'bad_secret',
    command: python(`import http.server, threading, urllib.request
class Guard(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(401)
server = http.server.HTTPServer(("127.0.0.1", 0), Guard)
threading.Thread(target=server.serve_forever, daemon=True).start()
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{server.server_port}/")`),
  },
  {
    about: 'says that its key was refused',
    class: 'bad_secret',
    command: node('throw new Error("Authentication failed: invalid API key provided")'),
  },
  // Ports and places.
  {
    about: 'listens twice in Python',
    class: 'port_conflict',
    command: python(
      'import socket\nfor _ in "12":\n  s = socket.socket(); s.bind(("127.0.0.1", 4711)); s.listen(); globals()[_] = s',
    ),
  },
  {
    about: 'listens twice in Node',
    class: 'port_conflict',
    command: node('const n = require("net"); n.createServer().listen(4711); n.createServer().listen(4711)'),
  },
  {
    about: 'finds its database down, in Node',
    class: 'dependency_down',
    command: node('require("net").connect(5432, "127.0.0.1")'),
  },
  {
    about: 'finds its database down, in Python',
    class: 'dependency_down',
    command: python('import socket; socket.create_connection(("127.0.0.1", 5432))'),
  },
  {
    about: 'is answered 503',
    class: 'dependency_down',
    command: python(`import http.server, threading, urllib.request
class Busy(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_error(503)
server = http.server.HTTPServer(("127.0.0.1", 0), Busy)
threading.Thread(target=server.serve_forever, daemon=True).start()
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://127.0.0.1:{server.server_port}/")`),
  },
  {
    about: 'asks for a name without a network, in Node',
    class: 'egress_denied',
    command: node('require("dns").lookup("api.example.com", (error) => { throw error })'),
  },
  {
    about: 'asks for a name without a network, in Python',
    class: 'egress_denied',
    command: python('import urllib.request; urllib.request.urlopen("https://api.example.com/")'),
  },
  {
    about: 'asks its proxy for a place that it may not reach',
    class: 'egress_denied',
    command: python('import urllib.request; urllib.request.urlopen("https://other.example.com/")'),
    config: { egress: ['api.example.com'] },
  },
  // What it may not do.
  { about: 'writes to its code', class: 'permission', command: python('open("/app/cache", "w")') },
  {
    about: 'writes to its code in Node',
    class: 'permission',
    command: node('require("fs").writeFileSync("/app/x", "")'),
  },
  {
    about: 'makes a folder where it may not',
    class: 'permission',
    command: node('require("fs").mkdirSync("/usr/lib/mine")'),
  },
  { about: 'makes a namespace', class: 'sandbox_denied', command: bash('unshare --user true; exit 1') },
  {
    about: 'starts more threads than it may have',
    class: 'resource_limit',
    command: python(
      'import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()',
    ),
    config: limit({ maxProcesses: 16 }),
  },
  {
    about: 'opens more files than it may',
    class: 'resource_limit',
    command: python(
      'import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))\nf = [open("/dev/null") for _ in range(99)]',
    ),
  },
  {
    about: 'fills its disk',
    class: 'resource_limit',
    command: python('f = open("/tmp/full", "wb", buffering=0)\nwhile True: f.write(bytes(2 ** 20))'),
  },
  {
    about: 'uses more processor time than it set itself',
    class: 'resource_limit',
    command: bash('kill -XCPU $$; sleep 9'),
  },
  // How it dies.
  {
    about: 'reads where there is no memory',
    class: 'native_crash',
    command: python('import ctypes; ctypes.string_at(1)'),
  },
  { about: 'aborts', class: 'native_crash', command: python('import os; os.abort()') },
  { about: 'aborts in Node', class: 'native_crash', command: node('process.abort()') },
  { about: 'divides by zero', class: 'native_crash', command: bash('kill -FPE $$; sleep 9') },
  { about: 'is killed', class: 'killed_externally', command: bash('kill -KILL $$; sleep 9') },
  {
    about: 'is told to end by somebody else',
    class: 'killed_externally',
    command: bash('kill -TERM $$; sleep 9'),
  },
  {
    about: 'is killed without a record of memory, whatever it printed',
    class: 'killed_externally',
    command: bash('echo "JavaScript heap out of memory" >&2; kill -KILL $$; sleep 9'),
  },
  // What it is not.
  { about: 'comes to its end', class: 'not_a_server', command: python('print("done")') },
  { about: 'prints its help', class: 'not_a_server', command: bash('echo usage: server --stdio; exit 0') },
  { about: 'ends well after it served', class: 'clean_exit', command: serveThen('sys.exit(0)') },
  { about: 'ends badly after it served', class: 'unknown', command: serveThen('raise RuntimeError("boom")') },
  {
    about: 'lacks a module at its first call',
    class: 'missing_dependency',
    command: serveThen('import httpx_nothing'),
  },
  { about: 'writes a line without an end', class: 'protocol', command: ['python3', '/app/long-line.py'] },
  { about: 'answers garbage', class: 'protocol', command: ['bash', '/app/answers-garbage.sh'] },
  { about: 'speaks another revision', class: 'protocol', command: ['bash', '/app/speaks-only-2099.sh'] },
  {
    about: 'never answers',
    class: 'start_timeout',
    command: ['bash', '/app/never-answers.sh'],
    config: { startTimeoutSeconds: 2 },
  },
  { about: 'is for another machine', class: 'wrong_runtime', command: bash('exec /app/other-machine') },
  {
    about: 'has a library of another width',
    class: 'wrong_runtime',
    command: python('import ctypes; ctypes.CDLL("/app/narrow.so")'),
  },
  { about: 'is given an option of a later Node', class: 'wrong_runtime', command: ['node', '--frobnicate'] },
  {
    about: 'asks for a later Node',
    class: 'wrong_runtime',
    command: node('throw new Error(`This server requires Node.js >= 99, found ${process.version}`)'),
  },
  {
    about: 'says nothing that anybody knows',
    class: 'unknown',
    command: bash('echo "the moon is full" >&2; exit 3'),
  },
  { about: 'says nothing', class: 'unknown', command: bash('exit 42') },
]
