/** The worker's entry: the host starts it (`Platform.spawnWorker`). */
import { serve, type Port } from './jobs.ts'

serve(globalThis as unknown as Port)
