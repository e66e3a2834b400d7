/**
 * What people see: React on top of the client's door, and nothing of the protocol in it. State of the conversation is the client's
 * signals, read with `useSignal`; state of the window (place, dialogs, preferences) is `state/`, one object per mounted app.
 *
 * Flow of a click: feature component → command of `Client` or `Room` → signal changes → `useSignal` renders. Each feature folder holds
 * its views, its style sheet and its pure functions; words are in `i18n/`, values of the look in `theme/tokens.css`.
 *
 *   createRoot(element).render(<App client={null} platform={platform} />)     // the shell paints while the client is being loaded
 *   root.render(<App client={client} platform={platform} />)
 */
import './theme/fonts.css'
import './theme/tokens.css'
import './theme/base.css'

export { App, type AppProps } from './app.tsx'
