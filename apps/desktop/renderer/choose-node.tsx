/** The first start of the desktop: which node to use. The web client knows by where it was loaded from; the desktop has to be told. */
import { useState, type SubmitEvent } from 'react'
import { isNodeOrigin, type Bridge } from '#shared/ipc/index.ts'

const WORDS = {
  title: 'Which node do you use?',
  intro: 'A node introduces you to others and keeps sealed messages while you are away. Type the address that you were given.',
  label: 'Node address',
  submit: 'Continue',
  malformed: 'This is not the address of a node. It looks like parley.example or https://parley.example.',
  failed: 'The address could not be kept. Try again.'
}

/** Loads the window anew when a node was chosen. */
export function ChooseNode ({ bridge }: { bridge: Bridge }) {
  const [text, setText] = useState('')
  const [problem, setProblem] = useState<string | null>(null)

  const submit = (event: SubmitEvent): void => {
    event.preventDefault()
    const origin = toNodeOrigin(text)
    setProblem(origin === null ? WORDS.malformed : null)
    if (origin !== null) bridge.calls.setNode({ origin }).catch(() => setProblem(WORDS.failed))
  }

  return (
    <main className="choose-node">
      <form onSubmit={submit} noValidate>
        <h1>{WORDS.title}</h1>
        <p>{WORDS.intro}</p>
        <label htmlFor="node">{WORDS.label}</label>
        <input
          id="node" type="url" placeholder="parley.example" value={text} aria-invalid={problem !== null} aria-describedby="node-problem"
          onChange={(event) => setText(event.target.value)}
        />
        <p id="node-problem" role="alert">{problem}</p>
        <button type="submit">{WORDS.submit}</button>
      </form>
    </main>
  )
}

/** Takes an address as people write it: without a scheme, with a path, in capitals. Null when it can be no node's. */
export function toNodeOrigin (text: string): string | null {
  const trimmed = text.trim()
  const local = /^(localhost|127\.\d|\[::1\])/i.test(trimmed)
  const full = /^[a-z]+:\/\//i.test(trimmed) ? trimmed : `${local ? 'http' : 'https'}://${trimmed}`
  if (trimmed === '' || !URL.canParse(full)) return null
  const { origin } = new URL(full)
  return isNodeOrigin(origin) ? origin : null
}
