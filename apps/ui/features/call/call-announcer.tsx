import { useEffect, useRef, useState } from 'react'
import type { Call, Calls, Participant } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { newsBetween, type CallNews } from './call-news.ts'
import { playSound } from './call-sounds.ts'
import { useCallWords } from './use-call-words.ts'

/** A device that reloads leaves and comes back; and many may come at once: what is said is the newest few. */
const SAID_MAX = 4

/** Says politely who came, went, raised a hand or shares a screen, and plays the sound of it where that is wanted. */
export function CallAnnouncer ({ call, calls }: { call: Call, calls: Calls }) {
  const words = useCallWords().onStage
  const participants = useSignal(call.participants)
  const { playsSounds } = useSignal(calls.settings)
  // Those who are there when one comes are no news.
  const before = useRef<readonly Participant[] | null>(null)
  const [said, say] = useState<readonly (CallNews & { id: number })[]>([])
  const nextId = useRef(0)
  useEffect(() => {
    const news = before.current === null ? [] : newsBetween(before.current, participants)
    before.current = participants
    const [first] = news
    if (first === undefined) return
    if (playsSounds && first.type !== 'screen') playSound(first.type)
    const added = news.map((one) => ({ ...one, id: nextId.current++ }))
    say((all) => [...all, ...added].slice(-SAID_MAX))
  }, [participants, playsSounds])
  return (
    <div className="visually-hidden" role="log" aria-live="polite" aria-label={words.news}>
      {said.map(({ id, type, name }) => <p key={id}>{words[type](name)}</p>)}
    </div>
  )
}
