import { useState } from 'react'
import { Link2 } from 'lucide-react'
import type { InviteOptions } from '#client'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/field.tsx'
import { useWords } from '../../state/app-context.ts'

const HOUR_MS = 3_600_000
const EXPIRES = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS }
const USES = { unlimited: null, 1: 1, 5: 5, 25: 25 }
type Expiry = keyof typeof EXPIRES
type Uses = `${keyof typeof USES}`

export function InviteChoices ({ isBusy, onMake }: { isBusy: boolean, onMake: (options: InviteOptions) => Promise<unknown> }) {
  const words = useWords().invite
  const [expiry, setExpiry] = useState<Expiry>('week')
  const [uses, setUses] = useState<Uses>('unlimited')
  return (
    <div className="invite-choices">
      <Choice<Expiry>
        label={words.expires} value={expiry} onChange={setExpiry}
        options={[{ value: 'hour', label: words.hour }, { value: 'day', label: words.day }, { value: 'week', label: words.week }, { value: 'month', label: words.month }]}
      />
      <Choice<Uses>
        label={words.uses} value={uses} onChange={setUses}
        options={[{ value: 'unlimited', label: words.unlimited }, { value: '1', label: words.times(1) }, { value: '5', label: words.times(5) }, { value: '25', label: words.times(25) }]}
      />
      <Button
        icon={<Link2 size={16} aria-hidden />} isBusy={isBusy}
        onClick={() => onMake({ expiresInMs: EXPIRES[expiry], maxUses: USES[uses] })}
      >
        {words.make}
      </Button>
    </div>
  )
}
