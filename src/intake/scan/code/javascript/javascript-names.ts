/** What JavaScript's names do and where their results come from. Patterns over full names; `()` is the result of a call. */
import type { Role } from '../facts.ts'
import { FROM } from '../value.ts'

const HTTP = String.raw`(?:axios|got|superagent|needle|request|node-fetch|cross-fetch|undici|ky|https?|follow-redirects\.https?)`

export const JAVASCRIPT_ROLES: readonly (readonly [RegExp, Role])[] = [
  [
    /^(?:eval|Function|AsyncFunction|GeneratorFunction)$|\.constructor\.constructor$|^(?:\w+\.)?constructor$|^vm\.(?:runIn\w+Context|Script|compileFunction|SourceTextModule)$|^vm\.Script\(\)\.runIn\w+$|\._compile$/,
    'eval',
  ],
  [/^(?:setTimeout|setInterval|setImmediate)$/, 'call'],
  [/^child_process\.(?:exec|execSync)$|^shelljs\.exec$/, 'shell'],
  [
    /^child_process\.(?:spawn|spawnSync|execFile|execFileSync|fork)$|^(?:execa|cross-spawn)(?:\.\w+)?$|^(?:@lydell\/|@homebridge\/)?node-pty(?:-prebuilt-multiarch)?\.spawn$|^Bun\.spawn(?:Sync)?$|^Deno\.(?:Command|run)$/,
    'spawn',
  ],
  [/^fetch$|^(?:navigator\.sendBeacon)$/, 'send'],
  [
    new RegExp(
      `^${HTTP}(?:\\.default)?(?:\\.(?:create|extend|defaults)\\(\\))?(?:\\.(?:post|put|patch|get|head|request|fetch|delete|send|stream|default))?$`,
    ),
    'send',
  ],
  [new RegExp(`^${HTTP}\\.(?:request|get|post)\\(\\)\\.(?:write|end|send)$`), 'send'],
  [
    /^(?:net\.(?:connect|createConnection|Socket)|tls\.connect|dgram\.createSocket|WebSocket|ws|ws\.WebSocket|XMLHttpRequest)\(\)(?:\.\w+\(\))*\.(?:write|send|end)$/,
    'send',
  ],
  [/^dns(?:\.promises)?\.(?:lookup|resolve\w*)$/, 'send'],
  [
    /^http2\.connect\(\)\.request(?:\(\)\.(?:write|end))?$|^mqtt\.connect(?:Async)?\(\)\.publish(?:Async)?$|^(?:io|socket\.io-client)(?:\.\w+)?\(\)\.(?:emit|send)$|^(?:ioredis|redis\.createClient)\(\)\.(?:publish|set|lpush|rpush)$|^EventSource$/,
    'send',
  ],
  // What a client is made with goes out with everything that it sends.
  [/^(?:axios|got|ky|needle|request|superagent)(?:\.default)?\.(?:create|extend|defaults|agent)$/, 'send'],
  [/^nodemailer\.createTransport\(\)\.sendMail$/, 'send'],
  [
    /^fs(?:\.promises|-extra)?\.(?:writeFile|writeFileSync|appendFile|appendFileSync|outputFile\w*|createWriteStream)$|^Bun\.write$|^Deno\.writeTextFile(?:Sync)?$/,
    'write',
  ],
  [
    /^fs(?:\.promises|-extra)?\.(?:readFile|readFileSync|createReadStream|openSync|copyFile|copyFileSync)$|^Deno\.readTextFile(?:Sync)?$/,
    'read',
  ],
  [
    /^fs(?:\.promises|-extra)?\.(?:rm|rmSync|rmdir|rmdirSync|unlink|unlinkSync|remove|removeSync|emptyDir\w*)$|^rimraf(?:\.\w+)?$/,
    'delete',
  ],
  [/^v8\.deserialize$|^(?:node-)?serialize\.unserialize$|^funcster\.\w+$/, 'load'],
]

export const JAVASCRIPT_SOURCES: readonly (readonly [RegExp, number])[] = [
  [/^process\.env$|^Deno\.env\.toObject\(\)$|^Bun\.env$/, FROM.environment],
  [/^Deno\.env\.get\(\)$/, FROM.variable],
  [/^process\.argv$|^process\.stdin$/, FROM.argument],
  [/^req(?:uest)?\.(?:body|query|params)\b|^ctx\.request\.body\b/, FROM.network],
  [/^fetch\(\)$/, FROM.network],
  [new RegExp(`^${HTTP}(?:\\.default)?(?:\\.\\w+)?\\(\\)$`), FROM.network],
  [/^(?:net|tls|dgram|WebSocket|ws)(?:\.\w+)*\(\)$/, FROM.network],
  [/^dns(?:\.promises)?\.resolveTxt\(\)$/, FROM.network],
  [/^os\.(?:hostname|userInfo|networkInterfaces|platform|arch|release|cpus|homedir|type)\(\)$/, FROM.machine],
  [
    /^(?:clipboardy|copy-paste)\.\w+\(\)$|^screenshot-desktop\(\)$|^navigator\.clipboard\.readText\(\)$/,
    FROM.watched,
  ],
]

export const JAVASCRIPT_TRANSFORMS =
  /^(?:JSON\.(?:stringify|parse)|Object\.(?:entries|fromEntries|assign|keys|values)|Buffer\.(?:from|concat|alloc)|btoa|encodeURIComponent|encodeURI|String|Array\.from|URLSearchParams|FormData|Promise\.\w+|structuredClone|util\.(?:inspect|format)|querystring\.stringify|zlib\.\w+|Uint8Array|TextEncoder\(\)\.encode|TextDecoder\(\)\.decode|path\.\w+|crypto\.\w+|qs\.stringify|Map|Set|URL|Blob)$/
