/** The desktop's page: the same client and the same UI as in a browser tab, on the desktop's platform. */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createClient } from '#client'
import { App } from '#ui'
import { ChooseNode } from './choose-node.tsx'
import { createDesktopPlatform } from './platform.ts'
import './choose-node.css'

const bridge = window.parley
const boot = await bridge.calls.boot(undefined)
const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')

if (boot.nodeOrigin === null) {
  createRoot(root).render(<StrictMode><ChooseNode bridge={bridge} /></StrictMode>)
} else {
  const platform = createDesktopPlatform(bridge, boot)
  const client = createClient({ platform, nodeOrigin: boot.nodeOrigin })
  createRoot(root).render(<StrictMode><App client={client} platform={platform} /></StrictMode>)
  await client.start()
}
