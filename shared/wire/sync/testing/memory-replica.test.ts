import { createMemoryReplica } from './memory-replica.ts'
import { describeReplica } from './replica-suite.ts'

describeReplica('in memory', (roomTag) => Promise.resolve({ replica: createMemoryReplica(roomTag) }))
