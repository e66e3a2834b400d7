import { useEffect, useState, type KeyboardEvent } from 'react'
import type { Calls, CallSettings, GlobalKey } from '#client'
import { Button } from '../../components/button.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { usePlatform } from '../../state/app-context.ts'
import { CALL_KEYS, canTalkWith, isWriting, keyName, type CallCommand } from '../call/call-keys.ts'
import { useCallWords } from '../call/use-call-words.ts'

/** How one speaks in calls, which keys steer them, and what is heard of them. */
export function CallHabits ({ calls }: { calls: Calls }) {
  const words = useCallWords().settings
  const settings = useSignal(calls.settings)
  const attempt = useAttempt()
  const change = (next: Partial<CallSettings>): void => { attempt(() => calls.changeSettings(next)).catch(() => {}) }
  return (
    <>
      <h3 className="section-title">{words.speaking}</h3>
      <Switch label={words.pushToTalk} note={words.pushToTalkNote} checked={settings.pushToTalk} onChange={(pushToTalk) => change({ pushToTalk })} />
      {settings.pushToTalk && <TalkKey code={settings.talkKey} onChange={(talkKey) => change({ talkKey })} />}
      <h3 className="section-title">{words.sounds}</h3>
      <Switch label={words.playsRinging} checked={settings.playsRinging} onChange={(playsRinging) => change({ playsRinging })} />
      <Switch label={words.playsSounds} checked={settings.playsSounds} onChange={(playsSounds) => change({ playsSounds })} />
      <h3 className="section-title">{words.keys}</h3>
      <Switch label={words.hasKeys} note={words.hasKeysNote} checked={settings.hasKeys} onChange={(hasKeys) => change({ hasKeys })} />
      {settings.hasKeys && (
        <dl className="keys">
          {(Object.keys(CALL_KEYS) as CallCommand[]).map((command) => <div key={command}><dt><kbd>{CALL_KEYS[command].toUpperCase()}</kbd></dt><dd>{words.commands[command]}</dd></div>)}
        </dl>
      )}
      <GlobalKeyChoice isOn={settings.hasGlobalKeys} onChange={(hasGlobalKeys) => change({ hasGlobalKeys })} />
    </>
  )
}

/** Takes the next key that is pressed. */
function TalkKey ({ code, onChange }: { code: string, onChange: (code: string) => void }) {
  const words = useCallWords().settings
  const [isWaiting, setWaiting] = useState(false)
  const take = (event: KeyboardEvent): void => {
    if (!isWaiting) return
    if (event.key === 'Escape' || event.key === 'Tab') { setWaiting(false); return }
    event.preventDefault()
    if (!canTalkWith(event.code)) return
    setWaiting(false)
    onChange(event.code)
  }
  return (
    <div className="talk-key">
      <Button onClick={() => setWaiting(true)} onKeyDown={take} onBlur={() => setWaiting(false)}>
        {isWaiting ? words.pressKey : words.talkKey(keyName(code))}
      </Button>
      {isWriting(code) && <p className="muted">{words.writesNote}</p>}
    </div>
  )
}

function GlobalKeyChoice ({ isOn, onChange }: { isOn: boolean, onChange: (isOn: boolean) => void }) {
  const words = useCallWords().settings
  const { globalKeys } = usePlatform()
  const [taken, setTaken] = useState<readonly GlobalKey[]>([])
  useEffect(() => {
    let isOver = false
    if (globalKeys !== null && isOn) globalKeys.taken().then((keys) => { if (!isOver) setTaken(keys) }, () => {})
    return () => { isOver = true }
  }, [globalKeys, isOn])
  if (globalKeys === null) return null
  return (
    <>
      <Switch label={words.hasGlobalKeys} note={words.hasGlobalKeysNote(globalKeys.labels.mute, globalKeys.labels.deafen)} checked={isOn} onChange={onChange} />
      {isOn && taken.length > 0 && <p className="muted" role="status">{words.keysTaken(taken.map((key) => globalKeys.labels[key]))}</p>}
    </>
  )
}
