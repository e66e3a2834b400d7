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
 * One file for what is needed together, since many small ones compress worse: what a root imports without `import()`, but for what an earlier
 * root has. A dialog that a feature imports later is a file of its own by that alone.
 * - shell: the page before anybody is signed in. Not the entry itself, which waits for the client, which needs parts of the shell: in one
 *   file they would wait for each other.
 * - client: what it takes to know who is signed in; the session (mesh, rooms, sync) is imported for those who are.
 * - rooms: the signed-in window.
 */
const ROOTS = { shell: 'apps/web/main.tsx', client: 'apps/client/index.ts', rooms: 'apps/ui/features/shell.tsx' }

/** Of the page's own file Vite makes no entry: that is the page. */
const MAIN = resolve(root, ROOTS.shell)

const groups = (Object.keys(ROOTS) as (keyof typeof ROOTS)[]).map((name, at, { length }) => {
  const root = resolve(import.meta.dirname, '../..', ROOTS[name])
  let reached: ReadonlySet<string> | null = null
  return {
    debugName: name,
    priority: length - at,
    name: (id: string, context: Rolldown.ChunkingContext): string | null => {
      reached ??= reachedFrom(root, context)
      return reached.has(id) && id !== MAIN ? name : null
    }
  }
})

function reachedFrom (root: string, context: Rolldown.ChunkingContext, reached = new Set<string>()): Set<string> {
  if (reached.has(root)) return reached
  reached.add(root)
  for (const imported of context.getModuleInfo(root)?.importedIds ?? []) reachedFrom(imported, context, reached)
  return reached
}

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
        codeSplitting: { groups }
      }
    }
  }
})
