import { useState } from 'react'
import type { CallQuality } from '#client'
import { anchorAt, Popover, type Anchor } from '../../components/popover.tsx'
import { useCallWords } from './use-call-words.ts'

const NONE = '–'

/** How well somebody comes in: a dot, and behind it the figures. */
export function QualityDot ({ name, quality }: { name: string, quality: CallQuality }) {
  const words = useCallWords()
  const [anchor, setAnchor] = useState<Anchor | null>(null)
  const label = words.onStage.connectionOf(name, words.quality[quality.level])
  return (
    <>
      <button
        type="button" className="quality" aria-label={label} title={words.quality[quality.level]} aria-haspopup="dialog" aria-expanded={anchor !== null} data-path={quality.path}
        onClick={(event) => setAnchor(anchor === null ? anchorAt(event.currentTarget) : null)}
      >
        <span className={`quality-dot quality-${quality.level}`} />
      </button>
      {anchor !== null && <QualityPanel label={label} name={name} quality={quality} anchor={anchor} onClose={() => setAnchor(null)} />}
    </>
  )
}

function QualityPanel ({ label, name, quality, anchor, onClose }: { label: string, name: string, quality: CallQuality, anchor: Anchor, onClose: () => void }) {
  const words = useCallWords()
  const w = words.onStage
  const { level, path, loss, roundTripMs, jitterMs, receivedKbps, codecs } = quality
  const rows: [string, string][] = [
    [w.path, words[path]],
    [w.loss, `${(loss * 100).toFixed(1)} %`],
    [w.roundTrip, roundTripMs === null ? NONE : `${roundTripMs} ms`],
    [w.jitter, jitterMs === null ? NONE : `${jitterMs} ms`],
    [w.bitrate, `${receivedKbps} kbit/s`],
    [w.codecs, codecs.length === 0 ? NONE : codecs.join(', ')]
  ]
  return (
    <Popover anchor={anchor} label={label} role="dialog" className="call-options" onClose={onClose}>
      <h2>{name}</h2>
      <p className="quality-word"><span className={`quality-dot quality-${level}`} aria-hidden="true" />{words.quality[level]}</p>
      <dl className="quality-figures">{rows.map(([term, value]) => <div key={term}><dt>{term}</dt><dd>{value}</dd></div>)}</dl>
    </Popover>
  )
}
