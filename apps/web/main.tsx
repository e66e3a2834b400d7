/** The web client: paints its shell at once and loads the client (libp2p and all that) behind it. */
import { createRoot } from 'react-dom/client'
import { App } from '#ui'
import { createWebPlatform } from './platform.ts'

const element = document.getElementById('root')
if (element === null) throw new Error('index.html has no #root')

const root = createRoot(element)
const platform = createWebPlatform()
root.render(<App client={null} platform={platform} />)

const { createClient } = await import('#client')
const client = createClient({ platform, nodeOrigin: window.location.origin })
root.render(<App client={client} platform={platform} />)
await client.start()

// Last, so that it takes nothing from the first page. Where there is none (private windows) the app needs the node to open.
if ('serviceWorker' in navigator) await navigator.serviceWorker.register('/sw.js').catch(() => undefined)
