import { useEffect, useRef, useState } from 'react'
import type { Participant } from '#client'
import { followSpeaker, NOBODY } from './active-speaker.ts'
import { spotlightKeys } from './stage-layout.ts'

/** Well below the time after which somebody takes over. */
const LOOK_EVERY_MS = 200

/** The key of whom the spotlight follows; null before anybody spoke, and while nobody asks. */
export function useActiveSpeaker (participants: readonly Participant[], isAsked: boolean): string | null {
  const [speaker, setSpeaker] = useState(NOBODY)
  const latest = useRef(participants)
  useEffect(() => { latest.current = participants }, [participants])
  useEffect(() => {
    if (!isAsked) return
    const look = (): void => {
      const speaking = latest.current.flatMap(({ device, isSpeaking }) => isSpeaking ? [device] : [])
      setSpeaker((before) => followSpeaker(before, spotlightKeys(latest.current), speaking, performance.now()))
    }
    const timer = setInterval(look, LOOK_EVERY_MS)
    return () => { clearInterval(timer) }
  }, [isAsked])
  return isAsked ? speaker.shown : null
}
