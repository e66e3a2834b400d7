import type { Call } from '#client'
import { Banner } from '../../components/banner.tsx'
import { useSignal } from '../../hooks/use-signal.ts'
import { useLanguage } from '../../state/app-context.ts'
import { useCallWords } from './use-call-words.ts'

/** Who does not see this device's pictures for now, since the voice comes first. */
export function PausedNotice ({ call }: { call: Call }) {
  const words = useCallWords()
  const { code } = useLanguage()
  const names = useSignal(call.pausedFor)
  return <div role="status">{names.length > 0 && <Banner kind="waiting">{words.pausedFor(new Intl.ListFormat(code).format(names))}</Banner>}</div>
}
