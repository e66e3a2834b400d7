import { computed } from '@preact/signals-core'
import { useMemo } from 'react'
import type { PartyRoom, RoomSummary } from '#client'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useWords } from '../../state/app-context.ts'

export interface VoiceRoom extends PartyRoom { parent: RoomSummary }

/** The voice rooms that one is in or may enter, in the order of the rooms they belong to. */
export function useVoiceRooms (): readonly VoiceRoom[] {
  const client = useClient()
  const { unnamedRoom } = useWords().names
  const voiceRooms = useMemo(() => computed(() => (client.rooms.value ?? []).flatMap((parent) =>
    (client.room(parent.tag)?.parties.rooms.value ?? []).filter(({ isVoice }) => isVoice).map((party) => ({ ...party, name: party.name === '' ? unnamedRoom : party.name, parent })))), [client, unnamedRoom])
  return useSignal(voiceRooms)
}
