/** Whether a file can do anything that a rule speaks of: most files of a library name nothing that reaches outside. */
import type { Language } from '../scanned-file.ts'

/**
 * Whatever runs, leaves or stays has to be reached by one of these words, however it is hidden afterwards: a hidden name
 * needs `require`, `getattr`, `globalThis` or their like. Shell is always read.
 */
const PYTHON =
  /exec|eval|compile|import_module|__|getattr|globals|locals|\bvars\b|builtins|\bos\b|posix|subprocess|asyncio|\bpty\b|socket|requests|https?|aiohttp|urllib|smtp|ftp|paramiko|websock|\bopen\b|shutil|[Pp]ath\b|pickle|marshal|yaml|ctypes|mmap|pynput|keyboard|runpy|\bcode\b|dns|winreg|bcc|commands|operator|curl|wget|xmrig|stratum|[^\x00-\x7F]/i
const JAVASCRIPT =
  /\beval\b|\bFunction\b|\brequire\b|\bimport\s*\(|\bprocess\b|child_process|\bfetch\b|XMLHttpRequest|WebSocket|sendBeacon|\.constructor\b|\[\s*['"`]|globalThis|\bglobal\b|\bwindow\b|\bself\b|\bDeno\b|\bBun\b|\bReflect\b|Worker|(?:from|import)\s*['"](?:node:)?(?:fs|net|tls|http|https|http2|dgram|dns|vm|os|module|child_process|worker_threads|cluster|v8|axios|got|ws|undici|node-fetch|execa|shelljs|nodemailer|superagent|needle|request)\b|\.exec\(|spawn|sendMail|bcc|atob|fromCharCode|_0x|\\x[0-9a-f]{2}|\\u\{?00|stratum|xmrig|[[\]()!+]{200}|[^\x00-\x7F]/

export function needsReading(language: Language, text: string): boolean {
  if (language === 'bash') return true
  return (language === 'python' ? PYTHON : JAVASCRIPT).test(text)
}
