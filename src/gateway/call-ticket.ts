import type { LaneTicket, SentCall } from './call.ts'
import type { Call } from './call-queue.ts'

/** What a lane does with a call that it has taken. */
export type CallControl = {
  readonly cancel: (call: Call, reason: string) => void
  readonly release: (call: Call) => void
  readonly locate: (call: Call) => SentCall | null
}

/**
 * A class: a literal with a getter in it has a hidden class of its own in V8, and those are linked to one another, so
 * that each call's would keep the calls before it until the whole heap is collected.
 */
export class CallTicket implements LaneTicket {
  readonly #call: Call
  readonly #control: CallControl

  constructor(call: Call, control: CallControl) {
    this.#call = call
    this.#control = control
  }

  cancel(reason: string): void {
    this.#control.cancel(this.#call, reason)
  }

  release(): void {
    this.#control.release(this.#call)
  }

  get sent(): SentCall | null {
    return this.#control.locate(this.#call)
  }
}
