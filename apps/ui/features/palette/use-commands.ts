import { useMemo } from 'react'
import { computed } from '@preact/signals-core'
import type { Room } from '#client'
import type { UserKey } from '#shared/ids.ts'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useDirect } from '../../hooks/use-direct.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { commandSources, type Command } from '../../registries/commands.ts'
import { useClient, useLanguage, useUi } from '../../state/app-context.ts'

/** What all features offer now: rooms first, then people, then commands, those of a call before all others. */
export function useCommands (room: Room | null, onShowMembers: () => void): readonly Command[] {
  const ui = useUi()
  const client = useClient()
  const language = useLanguage()
  const run = useAttempt()
  const direct = useDirect()
  return useSignal(useMemo(() => computed(() => {
    const context = {
      ui, client, language, room, onShowMembers,
      words: language.words,
      attempt: (work: () => Promise<void>) => { run(work).catch(() => {}) },
      onMessage: direct === null ? null : (user: UserKey) => { direct(user).catch(() => {}) }
    }
    return commandSources.all().flatMap((source) => source.list(context))
  }), [ui, client, language, room, onShowMembers, run, direct]))
}
