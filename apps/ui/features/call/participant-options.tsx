import type { Call, Calls, Participant, VoiceLevel } from '#client'
import { Popover, type Anchor } from '../../components/popover.tsx'
import { Switch } from '../../components/switch.tsx'
import { useAttempt } from '../../hooks/use-attempt.ts'
import { Moderation } from './call-moderation.tsx'
import { useCallWords } from './use-call-words.ts'

/** What one can do about somebody in a call. A feature adds its part below the volume. */
export function ParticipantOptions ({ participant, level, call, calls, anchor, onClose }: {
  participant: Participant, level: VoiceLevel | undefined, call: Call, calls: Calls, anchor: Anchor, onClose: () => void
}) {
  const words = useCallWords().onStage
  const { user, name } = participant
  const attempt = useAttempt()
  return (
    <Popover anchor={anchor} label={words.options(name)} role="dialog" className="call-options" onClose={onClose}>
      <h2>{name}</h2>
      <Volume participant={participant} level={level} calls={calls} />
      <Switch
        label={words.silence} note={words.silenceNote} checked={level?.isSilenced === true}
        onChange={(isSilenced) => { attempt(() => calls.setVoice(user, { isSilenced })).catch(() => {}) }}
      />
      <Moderation call={call} participant={participant} onDone={onClose} />
    </Popover>
  )
}

/** 0 to 200 %: what is louder than it came is made so here, and nobody else hears it. */
export function Volume ({ participant: { user, name }, level, calls }: { participant: Participant, level: VoiceLevel | undefined, calls: Calls }) {
  const words = useCallWords().onStage
  const attempt = useAttempt()
  const percent = Math.round((level?.volume ?? 1) * 100)
  return (
    <label className="call-volume">
      <span>{words.volume}</span>
      <input
        type="range" min={0} max={200} step={5} value={percent} aria-label={words.volumeOf(name)} aria-valuetext={words.percent(percent)}
        onChange={(event) => { attempt(() => calls.setVoice(user, { volume: event.target.valueAsNumber / 100 })).catch(() => {}) }}
      />
      <output>{words.percent(percent)}</output>
    </label>
  )
}
