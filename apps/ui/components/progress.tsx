import './progress.css'

/** How far long work is; with a total of 0 only that it goes on. `text` is seen, `label` names the bar. */
export function Progress ({ label, text, done, total }: { label: string, text: string, done: number, total: number }) {
  return (
    <div className="progress">
      <progress aria-label={label} {...(total > 0 ? { max: total, value: done } : {})} />
      <span className="number">{text}</span>
    </div>
  )
}
