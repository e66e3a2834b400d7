/** `npm start`: works on a fresh checkout, under any Node from 20 on. What it starts is in scripts/app.ts. */
import { handOver } from './setup.mjs'

await handOver('scripts/app.ts', process.argv.slice(2))
