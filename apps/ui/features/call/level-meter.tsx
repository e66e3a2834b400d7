import type { Call } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useCallWords } from './use-call-words.ts'

/** Loud speech close to a microphone; a shout may go beyond. */
const FULL = 0.4

/** How loud the microphone is right now. */
export function LevelMeter ({ level }: { level: Call['inputLevel'] }) {
  const words = useCallWords()
  return <meter className="level-meter" min={0} max={FULL} value={useSignal(level)} aria-label={words.inputLevel} />
}
