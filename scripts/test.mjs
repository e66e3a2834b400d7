/** `npm test`: works on a fresh checkout, under any Node from 20 on. What it runs is in scripts/suite.ts. */
import { handOver } from './setup.mjs'

await handOver('scripts/suite.ts', process.argv.slice(2))
