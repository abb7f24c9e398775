/** What Python's names do and where their results come from. Patterns over full names; `()` is the result of a call. */
import type { Role } from '../facts.ts'
import { FROM } from '../value.ts'

const HTTP = String.raw`(?:requests|httpx|aiohttp|urllib3|curl_cffi\.requests|niquests|cloudscraper)(?:\.\w+\(\))*`

export const PYTHON_ROLES: readonly (readonly [RegExp, Role])[] = [
  [
    /^(?:builtins\.)?(?:exec|eval)$|^code\.(?:InteractiveInterpreter\(\)\.)?runsource$|^runpy\.run_path$|^timeit\.(?:timeit|repeat|Timer)$|^(?:cProfile|profile|trace|pdb|bdb)\.(?:run|runctx|runeval)$/,
    'eval',
  ],
  [/^(?:builtins\.)?compile$/, 'eval'],
  [
    /^(?:pickle|cPickle|_pickle|dill|cloudpickle|marshal|shelve|jsonpickle)\.(?:loads?|decode|open)$|^types\.CodeType$/,
    'load',
  ],
  [/^(?:yaml\.(?:load|unsafe_load|full_load))$/, 'load'],
  [
    /^os\.(?:system|popen)$|^commands\.getoutput$|^subprocess\.(?:getoutput|getstatusoutput)$|^asyncio\.(?:subprocess\.)?create_subprocess_shell$|^ctypes\.(?:CDLL|PyDLL|WinDLL|cdll\.LoadLibrary)\(\)\.(?:system|popen)$|^ctypes\.cdll\.\w+\.system$|^(?:posix|nt)\.system$|^platform\.popen$/,
    'shell',
  ],
  [
    /^subprocess\.(?:run|call|check_call|check_output|Popen)$|^asyncio\.create_subprocess_exec$|^os\.(?:exec|spawn)[vlpe]+$|^os\.posix_spawnp?$|^pty\.spawn$/,
    'spawn',
  ],
  [
    new RegExp(`^${HTTP}\\.(?:post|put|patch|request|get|head|delete|options|stream|send|ws_connect)$`),
    'send',
  ],
  [/^urllib\.request\.(?:urlopen|urlretrieve|Request)$|^urllib2?\.urlopen$/, 'send'],
  [/^http\.client\.HTTPS?Connection\(\)\.request$|^websockets?\.(?:connect|create_connection)$/, 'send'],
  [
    /^(?:socket\.socket|ssl\.wrap_socket|socket\.create_connection|ssl\.\w+\(\)\.wrap_socket)\(\)\.(?:send|sendall|sendto)$/,
    'send',
  ],
  [/^socket\.(?:gethostbyname|getaddrinfo|gethostbyname_ex)$|^dns\.resolver\.(?:resolve|query)$/, 'send'],
  [/^smtplib\.SMTP(?:_SSL)?\(\)\.(?:sendmail|send_message)$|^ftplib\.FTP(?:_TLS)?\(\)\.stor\w+$/, 'send'],
  [
    /^asyncio\.open_connection\(\)\.write(?:lines)?$|^xmlrpc\.client\.ServerProxy\(\)(?:\.\w+)+$|^paho\.mqtt\.(?:client\.Client\(\)\.publish|publish\.(?:single|multiple))$|^boto3\.(?:client|resource)\(\)(?:\.\w+(?:\(\))?)*\.(?:put_object|upload_\w+|publish|send_message|put)$|^telegram\.Bot\(\)\.send_\w+$|^slack_sdk\.WebClient\(\)\.chat_\w+$|^redis\.\w+\(\)\.(?:publish|set|lpush|rpush|xadd)$|^telnetlib\.Telnet\(\)\.write$|^scapy\.(?:\w+\.)*(?:send|sendp|sr1?|srp1?)$|^icmplib\.ping$|^ping3\.ping$|^pycurl\.Curl\(\)\.setopt$/,
    'send',
  ],
  // What a client is made with goes out with everything that it sends.
  [
    /^httpx\.(?:Async)?Client$|^aiohttp\.ClientSession$|^requests\.(?:Session|session)\(\)\.(?:headers|params|cookies)\.update$/,
    'send',
  ],
  [/^paramiko\.\w+\(\)\.(?:exec_command|open_sftp\(\)\.put)$/, 'send'],
  [
    /^(?:shutil\.(?:rmtree)|os\.(?:remove|unlink|rmdir|removedirs)|pathlib\.Path\(\)\.(?:unlink|rmdir))$/,
    'delete',
  ],
]

export const PYTHON_SOURCES: readonly (readonly [RegExp, number])[] = [
  [/^os\.environb?$/, FROM.environment],
  [/^os\.getenv\(\)$/, FROM.variable],
  [/^sys\.argv$|^sys\.stdin$|^(?:builtins\.)?input\(\)$/, FROM.argument],
  [
    /^flask\.request\b|^request\.(?:args|form|json|data|values|get_json|query_params|body|GET|POST)\b/,
    FROM.network,
  ],
  [new RegExp(`^${HTTP}\\.(?:get|post|request|put)\\(\\)$`), FROM.network],
  [/^urllib\.request\.urlopen\(\)$|^urllib2?\.urlopen\(\)$/, FROM.network],
  [
    /^(?:socket\.socket|ssl\.wrap_socket|socket\.create_connection)\(\)(?:\.accept\(\))?\.(?:recv|recvfrom|makefile)\(\)$/,
    FROM.network,
  ],
  [/^asyncio\.open_connection\(\)$/, FROM.network | FROM.socket],
  [/^(?:websockets?\.\w+)\(\)\.recv\(\)$|^dns\.resolver\.\w+\(\)$/, FROM.network],
  [
    /^(?:socket\.gethostname|platform\.\w+|getpass\.getuser|os\.(?:getlogin|uname|getcwd|listdir)|uuid\.getnode|socket\.gethostbyname|psutil\.\w+)\(\)$/,
    FROM.machine,
  ],
  [
    /^boto3\.Session\(\)\.get_credentials\(\)|^botocore\.\w+(?:\.\w+)*\(\)\.get_credentials\(\)|^browser_?cookie3\.\w+\(\)$|^win32crypt\.CryptUnprotectData\(\)$/,
    FROM.credentials,
  ],
  [
    /^(?:pyperclip\.paste|PIL\.ImageGrab\.grab|ImageGrab\.grab|pyautogui\.screenshot|mss\.mss\(\)\.\w+|cv2\.VideoCapture\(\)\.read|keyboard\.(?:record|read_\w+)|sounddevice\.rec)\(\)$/,
    FROM.watched,
  ],
]

/** Results that are their arguments in another form: origins go through whole. */
export const PYTHON_TRANSFORMS =
  /(?:^|\.)(?:\w*Content|\w*ResourceContents|CallToolResult|ToolResult|\w*Response)$|^(?:(?:builtins\.)?(?:dict|str|repr|list|tuple|set|sorted|bytes|bytearray|zip|map|filter|reversed|iter|next|format|vars|enumerate|join)|json\.dumps|base64\.\w+|binascii\.\w+|zlib\.\w+|gzip\.\w+|urllib\.parse\.\w+|pprint\.pformat|pickle\.dumps|copy\.\w+|itertools\.\w+|collections\.\w+|io\.\w+|codecs\.encode|html\.escape|textwrap\.\w+|hashlib\.\w+|os\.path\.\w+)$/
/** Methods that change the form and not the origin. */
export const TRANSFORM_METHODS =
  /^(?:copy|items|keys|values|encode|decode|format|join|replace|strip|lstrip|rstrip|split|splitlines|lower|upper|hex|read|readlines|readline|read_text|read_bytes|toString|slice|substring|concat|map|filter|reduce|flat|flatMap|entries|trim|text|json|buffer|arrayBuffer|blob|content|data|body|then|getvalue|tobytes|update|append|push|add|extend|setdefault|pop|padEnd|padStart|toLowerCase|toUpperCase|stringify|sort|reverse|at|find|match|group|groups)$/
