import { useState } from 'react'
import { Laptop, Link2, MonitorSmartphone } from 'lucide-react'
import type { OwnDevice, Self } from '#client'
import { Ask } from '../../components/ask.tsx'
import { Button } from '../../components/button.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSelf } from '../../hooks/use-self.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useTask } from '../../hooks/use-task.ts'
import { useLanguage, useUi, useWords } from '../../state/app-context.ts'
import './devices.css'

/** Where this person is signed in, and the way to one more. */
export function DevicesTab () {
  const words = useWords().self
  const self = useSelf()
  return self === null ? <p className="muted">{words.notYet}</p> : <Devices self={self} />
}

function Devices ({ self }: { self: Self }) {
  const words = useWords().self.devices
  const { dialogs } = useUi()
  const devices = useSignal(self.devices)
  const canLink = useSignal(self.offerLink) !== null
  const sorted = [...devices].sort((a, b) => Number(b.isThis) - Number(a.isThis) || (b.lastSeenAt ?? 0) - (a.lastSeenAt ?? 0))
  return (
    <>
      <p className="muted">{words.intro}</p>
      <ul className="devices" aria-label={words.list}>{sorted.map((one) => <DeviceItem key={one.device} self={self} device={one} />)}</ul>
      {canLink
        ? <Button kind="primary" icon={<Link2 size={16} aria-hidden />} onClick={() => dialogs.show('link-device')}>{words.link}</Button>
        : <p className="muted">{words.cannotLink}</p>}
    </>
  )
}

function DeviceItem ({ self, device }: { self: Self, device: OwnDevice }) {
  const { words, moment } = useLanguage()
  const w = words.self.devices
  const now = useNow(60_000)
  const task = useTask()
  const [isAsking, setAsking] = useState(false)
  const holdsRootKey = useSignal(self.holdsRootKey)
  const label = device.label ?? w.unnamed
  const labelId = `device-${device.device}`
  const Icon = device.isThis ? Laptop : MonitorSmartphone
  const seen = device.lastSeenAt === null ? w.neverSeen : w.lastSeen(moment(device.lastSeenAt, now))
  const revoke = async (): Promise<void> => {
    if (await task.run(() => self.revokeDevice(device.device))) setAsking(false)
  }
  return (
    <li className="device" data-device={device.device}>
      <div className="device-line">
        <Icon size={20} aria-hidden />
        <span className="device-text">
          <span id={labelId}>{label}</span>
          <span className={device.isThis ? 'device-this' : 'muted'}>{device.isThis ? w.isThis : seen}</span>
        </span>
        {!device.isThis && !isAsking && <Button kind="danger" aria-describedby={labelId} onClick={() => setAsking(true)}>{w.revoke}</Button>}
      </div>
      {isAsking && (
        <Ask title={w.revokeTitle(label)} confirm={w.revokeConfirm} task={task} onConfirm={revoke} onCancel={() => setAsking(false)}>
          {holdsRootKey ? w.revokeText : `${w.revokeText} ${w.revokeLinked}`}
        </Ask>
      )}
    </li>
  )
}
