import { useState } from 'react'
import { Link2 } from 'lucide-react'
import type { InviteOptions, Role } from '#client'
import { Button } from '../../components/button.tsx'
import { Choice } from '../../components/field.tsx'
import { useWords } from '../../state/app-context.ts'
import { rolesToInvite } from '../members/group-members.ts'

const HOUR_MS = 3_600_000
const EXPIRES = { hour: HOUR_MS, day: 24 * HOUR_MS, week: 7 * 24 * HOUR_MS, month: 30 * 24 * HOUR_MS }
const USES = { unlimited: null, 1: 1, 10: 10 }
type Expiry = keyof typeof EXPIRES
type Uses = `${keyof typeof USES}`
type InviteRole = NonNullable<InviteOptions['role']>

/** What a new link may be, behind a disclosure: the link that is shown first fits most. */
export function InviteChoices ({ myRole, isBusy, isNeeded, onMake }: {
  myRole: Role | null
  isBusy: boolean
  /** Nothing else is left to do in the dialog. */
  isNeeded: boolean
  onMake: (options: InviteOptions) => Promise<unknown>
}) {
  const words = useWords()
  const w = words.invite
  const [expiry, setExpiry] = useState<Expiry>('week')
  const [uses, setUses] = useState<Uses>('unlimited')
  const [role, setRole] = useState<InviteRole>('member')
  const [needsApproval, setNeedsApproval] = useState(false)
  const [worksOffline, setWorksOffline] = useState(true)
  const make = (): Promise<unknown> =>
    onMake({ expiresInMs: EXPIRES[expiry], maxUses: USES[uses], role, needsApproval, worksOffline: worksOffline && !needsApproval })
  return (
    <details className="invite-options" {...(isNeeded ? { open: true } : {})}>
      <summary>{words.inviting.options}</summary>
      <div className="invite-choices">
        <Choice<InviteRole>
          label={words.inviting.role} value={role} onChange={setRole}
          options={rolesToInvite(myRole).map((one) => ({ value: one, label: `${words.roles[one]}: ${words.roleMeans[one]}` }))}
        />
        <Choice<Expiry>
          label={w.expires} value={expiry} onChange={setExpiry}
          options={[{ value: 'hour', label: w.hour }, { value: 'day', label: w.day }, { value: 'week', label: w.week }, { value: 'month', label: w.month }]}
        />
        <Choice<Uses>
          label={w.uses} value={uses} onChange={setUses}
          options={[{ value: 'unlimited', label: w.unlimited }, { value: '1', label: w.times(1) }, { value: '10', label: w.times(10) }]}
        />
        <Check label={words.inviting.approval} isChecked={needsApproval} onChange={setNeedsApproval} />
        <Check
          label={words.inviting.offline} note={words.inviting.offlineNote} isChecked={worksOffline && !needsApproval} isDisabled={needsApproval} onChange={setWorksOffline}
        />
        <Button icon={<Link2 size={16} aria-hidden />} isBusy={isBusy} onClick={make}>{w.make}</Button>
      </div>
    </details>
  )
}

function Check ({ label, note, isChecked, isDisabled = false, onChange }: {
  label: string, note?: string, isChecked: boolean, isDisabled?: boolean, onChange: (isChecked: boolean) => void
}) {
  return (
    <label className="check">
      <input type="checkbox" checked={isChecked} disabled={isDisabled} onChange={(event) => onChange(event.target.checked)} />
      <span>{label}{note !== undefined && <small>{note}</small>}</span>
    </label>
  )
}
