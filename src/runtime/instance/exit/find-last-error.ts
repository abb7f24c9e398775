/**
 * Where the last words of a program begin that had served: what it complained of at its start, or in a call that went
 * wrong hours ago, it outlived. Pure.
 */

/** What stands so close to the end may belong to it. */
const NEAR_THE_END = 2000

const PYTHON = /^(?:[ ]{2}\+ Exception Group )?Traceback \(most recent call last\):/gm
/** What Python writes between an error and the one that followed from it. */
const FOLLOWS =
  /(?:During handling of the above exception, another exception occurred|The above exception was the direct cause of the following exception):\s*$/
/** File and line, the line itself, and a mark below it: what Node writes of an error that nobody caught. */
const NODE = /^(?:file:\/\/|\/|node:)[^\n]*:\d+\n[^\n]*\n[ \t]*\^+[ \t]*$/gm
const NODE_ENDS = /^Node\.js v\d[^\n]*\s*$/m
const FRAME = /\n[ \t|+]+\S/g

/** The index from which on it tells of its end: of the error that nobody caught, else of what it wrote last. */
export function findLastError(text: string): number {
  const near = Math.max(0, text.trimEnd().length - NEAR_THE_END)
  const node = NODE_ENDS.test(text.slice(near)) ? lastOf(text, NODE) : null
  return node ?? findTraceback(text, near) ?? near
}

/** Null when the program went on to write of other things. */
function findTraceback(text: string, near: number): number | null {
  const starts = [...text.matchAll(PYTHON)].map(({ index }) => index)
  let start = starts.pop()
  if (start === undefined) return null
  const frames = text.slice(start)
  if (start + (lastOf(frames, FRAME) ?? 0) < near) return null
  while (starts.length > 0 && FOLLOWS.test(text.slice(0, start))) start = starts.pop() ?? start
  return start
}

function lastOf(text: string, pattern: RegExp): number | null {
  return [...text.matchAll(pattern)].at(-1)?.index ?? null
}
