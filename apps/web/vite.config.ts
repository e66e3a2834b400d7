/** The web client as static files with hashed names in out/web; the node serves them. No request leaves its origin. */
import react from '@vitejs/plugin-react'
import { resolve } from 'node:path'
import { readFileSync } from 'node:fs'
import { defineConfig, type Plugin, type Rolldown } from 'vite'

const root = resolve(import.meta.dirname, '../..')

/** The effects in calls are 10 MB that few switch on: they are fetched then, and kept by the browser as any file with a hash in its name. */
const isOfTheEffects = (name: string): boolean => /\.(?:wasm|tflite)$|\/(?:litert_|workletProcessor|background-worker)/.test(name)

/** Writes `sw.js` with the names of all files of this build, so that the app opens while the node is down. */
const serviceWorker = (): Plugin => ({
  name: 'parley-service-worker',
  apply: 'build',
  generateBundle: {
    // After Vite has dropped the scripts that held nothing but a style sheet: one name that is not there, and nothing is kept at all.
    order: 'post',
    handler (_options, bundle) {
      const files = Object.keys(bundle).filter((name) => !/\.(?:map|html)$/.test(name) && !name.includes('jetbrains') && !isOfTheEffects(name)).map((name) => `/${name}`)
      const source = readFileSync(resolve(import.meta.dirname, 'service-worker.js'), 'utf8')
        .replace('/* FILES */ []', JSON.stringify(['/', '/theme.js', '/favicon.svg', ...files]))
      this.emitFile({ type: 'asset', fileName: 'sw.js', source })
    }
  }
})

/** Lets the browser fetch the client, and what it imports, while the shell is being read: it is imported only once that has been painted. */
const preloadClient = (): Plugin => ({
  name: 'parley-preload-client',
  apply: 'build',
  transformIndexHtml: {
    order: 'post',
    handler (html, { bundle = {} }) {
      const client = Object.values(bundle).find((file) => file.type === 'chunk' && file.facadeModuleId?.endsWith('/apps/client/index.ts') === true)
      if (client === undefined) throw new Error('the client is no chunk of its own any more')
      return [...withImports(client.fileName, bundle)].filter((name) => !html.includes(name))
        .map((name) => ({ tag: 'link', attrs: { rel: 'modulepreload', href: `/${name}` }, injectTo: 'head' }))
    }
  }
})

/** The file and all that it cannot run without. */
function withImports (name: string, bundle: Rolldown.OutputBundle, found = new Set<string>()): Set<string> {
  const file = bundle[name]
  if (file?.type !== 'chunk' || found.has(name)) return found
  found.add(name)
  for (const imported of file.imports) withImports(imported, bundle, found)
  return found
}

/**
 * What the first page is made of: not the client, and not what is loaded after it. Not the entry either: it waits for the client,
 * which needs parts of the shell, so in one file they would wait for each other.
 */
const isOfTheShell = (id: string): boolean =>
  /\/node_modules\/(?:react|react-dom|scheduler|@preact)\//.test(id) || /\/node_modules\/lucide-react\/(?!.*\/icons\/)/.test(id) ||
  /\/shared\/(?:errors|limits)\.ts$/.test(id) || /\/apps\/ui\/(?:app\.tsx|index\.tsx|hooks|i18n\/(?!(?:[a-z]+-)?de\.ts)|state|theme|features\/(?:sign-in|blocked-screen))/.test(id) ||
  /\/apps\/ui\/components\/(?:avatar|banner|button|error-text|field|focus-on-mount|later|logo|notice-list|select-from-start)/.test(id)

/** The client until somebody is signed in; the session (mesh, rooms, sync) is loaded for those who are. */
const isOfTheClient = (id: string): boolean =>
  /\/node_modules\/(?:dexie|jose|zod|cborg)\//.test(id) || /\/shared\/(?:http\/|ids\.ts|wire\/(?:cbor|envelope|ed25519-seed)\.ts)/.test(id) ||
  /\/apps\/client\/(?:(?:account|client|storage-use)\.ts|(?:background|crypto|identity|node-api|state|store)\/)/.test(id)

/** The signed-in window without its dialogs: one file, which the sign-in does not wait for. */
const isOfTheRooms = (id: string): boolean =>
  id.includes('/node_modules/virtua/') ||
  (/\/apps\/ui\/(?:components|features)\//.test(id) && !/\/features\/(?:invite|settings|palette|devices|recovery|safety|room-settings|call)\/(?!actions|call-button|known-people|verified-badge|recovery-notice|safety\.css)/.test(id))

export default defineConfig({
  root: import.meta.dirname,
  base: '/',
  publicDir: resolve(import.meta.dirname, 'public'),
  plugins: [react(), serviceWorker(), preloadClient()],
  resolve: {
    alias: {
      // Its default entry is the build for browsers of ten years ago.
      dexie: resolve(root, 'node_modules/dexie/dist/modern/dexie.mjs'),
      '@noble/curves/secp256k1.js': resolve(import.meta.dirname, 'no-secp256k1.ts')
    }
  },
  build: {
    outDir: resolve(root, 'out/web'),
    emptyOutDir: true,
    // Ed25519 in WebCrypto, which device keys need, is in these and later ones.
    target: ['chrome137', 'firefox130', 'safari18'],
    cssTarget: ['chrome137', 'firefox130', 'safari18'],
    // Written for those who debug, named in no file that is served.
    sourcemap: 'hidden',
    // A font inside a style sheet would be loaded by everybody who never sees it, and the node's CSP has no data: for fonts.
    assetsInlineLimit: 0,
    // What a page loads first is weighed by a story (first-load.spec.ts). The session, all of libp2p among it, is one file on purpose.
    chunkSizeWarningLimit: 1000,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // One file for all that the first page needs: many small ones compress worse.
        codeSplitting: { groups: [{ name: 'shell', test: isOfTheShell, priority: 2 }, { name: 'rooms', test: isOfTheRooms, priority: 1 }, { name: 'client', test: isOfTheClient }] }
      }
    }
  }
})
