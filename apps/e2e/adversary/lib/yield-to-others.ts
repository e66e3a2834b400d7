import type { ChildProcess } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/** Gives an attacker's process the lowest priority. It stands for another machine: what it computes must not slow down those whom it attacks. */
export function yieldToOthers ({ pid }: ChildProcess): void {
  if (pid !== undefined) setPriority(pid, constants.priority.PRIORITY_LOW)
}
