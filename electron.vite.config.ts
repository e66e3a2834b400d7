/** The desktop's three builds: main and preload as single files with all they need inside, the renderer as the client's page. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'
import { resolve } from 'node:path'

const from = (path: string): string => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    build: {
      // Bundled whole: the package then carries no node_modules, and what is not used is not there to be attacked.
      externalizeDeps: false,
      outDir: 'out/main',
      rolldownOptions: { input: { index: from('apps/desktop/main/index.ts') }, output: { format: 'es' } }
    }
  },
  preload: {
    build: {
      externalizeDeps: false,
      outDir: 'out/preload',
      // A sandboxed preload is loaded as CommonJS, whatever package.json says.
      rolldownOptions: { input: { index: from('apps/desktop/preload/index.ts') }, output: { format: 'cjs', entryFileNames: '[name].cjs' } }
    }
  },
  renderer: {
    root: from('apps/desktop/renderer'),
    plugins: [react()],
    build: {
      outDir: from('out/renderer'),
      emptyOutDir: true,
      // Read from the disk, not over a line.
      chunkSizeWarningLimit: 2000,
      rolldownOptions: { input: { index: from('apps/desktop/renderer/index.html') } }
    }
  }
})
