import { useEffect, useRef, useState } from 'react'
import { CircleCheck } from 'lucide-react'
import type { LinkOffer, Self } from '#client'
import { Button } from '../../components/button.tsx'
import { CopyButton } from '../../components/copy-button.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { ErrorText } from '../../components/error-text.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSelf } from '../../hooks/use-self.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useUi, useWords } from '../../state/app-context.ts'
import { QrCode } from '../invite/qr-code.tsx'
import { minutesLeft } from './minutes-left.ts'
import '../invite/invite.css'
import './devices.css'

/** On the old device: shows a code until the new one has used it. Closing ends the offer. */
export function LinkDeviceDialog () {
  const words = useWords().self
  const self = useSelf()
  const { dialogs } = useUi()
  const close = (): void => dialogs.show('settings', { tab: 'devices' })
  return (
    <Dialog title={words.devices.offerTitle} shape="wide" onClose={close}>
      {self === null ? <p className="dialog-text">{words.notYet}</p> : <Offering self={self} onClose={close} />}
    </Dialog>
  )
}

function Offering ({ self, onClose }: { self: Self, onClose: () => void }) {
  const words = useWords().self.devices
  const make = useSignal(self.offerLink)
  const [offer, setOffer] = useState<LinkOffer | null>(null)
  const shown = useRef<LinkOffer | null>(null)
  const begin = (): void => {
    shown.current?.cancel()
    shown.current = make?.() ?? null
    setOffer(shown.current)
  }
  const first = useRef(begin)
  useEffect(() => {
    first.current()
    return () => { shown.current?.cancel() }
  }, [])
  if (make === null && offer === null) return <p className="dialog-text">{words.cannotLink}</p>
  return offer === null ? <p role="status">{words.preparing}</p> : <Offered offer={offer} onAgain={begin} onClose={onClose} />
}

function Offered ({ offer, onAgain, onClose }: { offer: LinkOffer, onAgain: () => void, onClose: () => void }) {
  const words = useWords()
  const w = words.self.devices
  const state = useSignal(offer.state)
  return (
    <>
      {state.status === 'waiting' && <Code offer={offer} expiresAt={state.expiresAt} />}
      <div role="status">
        {state.status === 'linking' && <p className="link-state"><span className="spinner" aria-hidden="true" />{w.linking}</p>}
        {state.status === 'linked' && <p className="link-state link-state-good"><CircleCheck size={20} aria-hidden />{w.linked}</p>}
      </div>
      {state.status === 'failed' && <ErrorText error={state.error} />}
      <footer className="dialog-foot">
        {state.status === 'linked'
          ? <Button kind="primary" onClick={onClose}>{words.self.done}</Button>
          : <Button onClick={onClose}>{words.cancel}</Button>}
        {state.status === 'failed' && <Button kind="primary" onClick={onAgain}>{w.another}</Button>}
      </footer>
    </>
  )
}

function Code ({ offer, expiresAt }: { offer: LinkOffer, expiresAt: number }) {
  const words = useWords().self.devices
  const now = useNow(1000)
  return (
    <>
      <p className="link-scan">{words.scanHint}</p>
      <ol className="link-steps">{words.offerSteps.map((step) => <li key={step}>{step}</li>)}</ol>
      <div className="link-offer">
        <div className="link-code">
          <output aria-label={words.code}>{offer.code}</output>
          <div className="link-code-foot">
            <CopyButton text={offer.code} />
            <span className="muted number" role="timer">{words.goodFor(minutesLeft(expiresAt, now))}</span>
          </div>
        </div>
        <QrCode text={offer.url} label={words.qr} />
      </div>
    </>
  )
}
