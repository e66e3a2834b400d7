/**
 * `npm run mutants [-- <words of a mutant>] [--seconds N]`: breaks one rule of the membership resolver at a time and runs its tests, which have to
 * notice. A mutant that survives is a rule that nothing tests. Works on copies below `out/`, so the checkout stays as it is.
 *
 * With `--seconds`, as in `npm test`, as many as fit into that time, at least one for each process; each day begins with another one.
 */
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './lib/run.ts'

const MEMBERSHIP = 'apps/client/rooms/membership'
const AT_ONCE = 2

interface Mutant { rule: string, file: string, from: string, to: string }

const mutants: readonly Mutant[] = [
  { rule: 'the author has to be a member', file: 'rights.ts', from: 'if (creation === null || author === null) return false', to: 'if (creation === null) return false\n  if (author === null) return true' },
  { rule: 'a room is begun by its creator\'s device', file: 'rights.ts', from: '&& creator.device === device', to: '' },
  { rule: 'a room is begun once', file: 'resolve.ts', from: 'Number(!voiding.isVoid(at) && !isSecond &&', to: 'Number(!voiding.isVoid(at) &&' },
  { rule: 'the banned stay out', file: 'rights.ts', from: 'view.isBanned(member.user) || !isFreeDevice', to: '!isFreeDevice' },
  { rule: 'nobody claims another\'s device', file: 'rights.ts', from: '(view.holderOf(device) ?? user) === user', to: 'true' },
  { rule: 'a revoked device is burnt', file: 'rights.ts', from: '!view.isBurnt(device) &&', to: '' },
  { rule: 'a full room is full', file: 'rights.ts', from: 'view.deviceCount() < ROOM_MAX_MEMBERS', to: 'true' },
  { rule: 'an invitation can be revoked', file: 'rights.ts', from: 'invite.isRevoked || ', to: '' },
  { rule: 'an invitation gives its role', file: 'rights.ts', from: 'invite.facts.role !== role || ', to: '' },
  { rule: 'an invitation expires', file: 'rights.ts', from: ' || at > invite.facts.expiresAt', to: '' },
  { rule: 'an invitation is used up', file: 'rights.ts', from: 'invite.uses >= invite.facts.maxUses', to: 'false' },
  { rule: 'one coming-in is one use', file: 'apply.ts', from: 'if (isNew && body.proof !== null) ledger.add', to: 'if (body.proof !== null) ledger.add' },
  { rule: 'approval is a moderator\'s', file: 'rights.ts', from: 'invite.facts.needsApproval ? MODERATOR : MEMBER', to: 'MEMBER' },
  { rule: 'observers admit nobody', file: 'rights.ts', from: 'invite.facts.needsApproval ? MODERATOR : MEMBER', to: 'invite.facts.needsApproval ? MODERATOR : 0' },
  { rule: 'an invitation gives less than one has', file: 'rights.ts', from: 'rankOf(role) < rank || (rank === MEMBER', to: 'rankOf(role) <= rank || (rank === MEMBER' },
  { rule: 'the policy says who invites', file: 'rights.ts', from: 'policy.invites === \'members\' ? MEMBER : MODERATOR', to: 'MEMBER' },
  { rule: 'who removes outranks the removed', file: 'rights.ts', from: 'view.rankOf(target) < rank\n', to: 'view.rankOf(target) <= rank\n' },
  { rule: 'moderators moderate, members do not', file: 'rights.ts', from: 'return rank >= MODERATOR && view.roleOf(target) !== null', to: 'return view.roleOf(target) !== null' },
  { rule: 'an owner removes an owner, an admin does not', file: 'rights.ts', from: '(view.isOwnerByName(author) && view.isOwnerByName(user))', to: 'view.isOwnerByName(user)' },
  { rule: 'the last owner cannot step down', file: 'rights.ts', from: 'author !== target || view.members().some((other) => other !== author && view.isOwnerByName(other))', to: 'true' },
  { rule: 'admins change those below only', file: 'rights.ts', from: 'targetRank < rank && rankOf(role) < rank', to: 'rankOf(role) < rank' },
  { rule: 'admins give roles below theirs only', file: 'rights.ts', from: 'targetRank < rank && rankOf(role) < rank', to: 'targetRank < rank' },
  { rule: 'moderators change slow mode only', file: 'rights.ts', from: 'field === \'slowModeMs\' || now[field] === policy[field]', to: 'true' },
  { rule: 'a direct room has no ranks', file: 'rights.ts', from: 'if (creation.kind === \'direct\' && !IN_DIRECT_ROOMS.has(body.type)) return false', to: '' },
  { rule: 'who leaves makes no key', file: 'rights.ts', from: 'body.rotation === null && !body.isBan', to: 'true' },
  { rule: 'a device is revoked by its person or a moderator', file: 'rights.ts', from: 'holder === author || (view.creation()?.kind', to: 'true || (view.creation()?.kind' },
  { rule: 'the strongest first: rank', file: 'voiding.ts', from: 'b.rank - a.rank || ', to: '' },
  { rule: 'the strongest first: who was there earlier', file: 'voiding.ts', from: 'a.admittedAt - b.admittedAt', to: 'b.admittedAt - a.admittedAt' },
  { rule: 'what a removal voids is authority', file: 'voiding.ts', from: '[...grants, ...those(byUser.get(body.user), (other) => isAuthority(other, body.user, holders))]', to: 'grants' },
  { rule: 'a removal beats an admission', file: 'voiding.ts', from: 'if (body.type === \'add\' || body.type === \'adddev\') push(grantsTo', to: 'if (body.type === \'adddev\') push(grantsTo' },
  { rule: 'a removal beats a device', file: 'voiding.ts', from: 'if (body.type === \'add\' || body.type === \'adddev\') push(grantsTo', to: 'if (body.type === \'add\') push(grantsTo' },
  { rule: 'only what is concurrent is void', file: 'voiding.ts', from: '!isIn(past, at) && !isIn(graph.pastOf(at), strike)', to: '!isIn(graph.pastOf(at), strike)' },
  { rule: 'what follows a removal is not void', file: 'voiding.ts', from: '!isIn(past, at) && !isIn(graph.pastOf(at), strike)', to: '!isIn(past, at)' },
  { rule: 'also what was invalid is void', file: 'voiding.ts', from: 'const targets = reach(strike.at)\n', to: 'const targets = reach(strike.at).filter(counts)\n' },
  { rule: 'a strike without right is taken back', file: 'voiding.ts', from: 'count(targets, -1)', to: 'count(targets, 0 as 1)' },
  { rule: 'a demotion beats a promotion', file: 'voiding.ts', from: '...those(grantsTo.get(body.user), (other) => other.type === \'role\'),', to: '' },
  { rule: 'a stolen device has done nothing', file: 'voiding.ts', from: 'those(byDevice.get(body.device), (other) => other.type !== \'create\')', to: '[]' },
  { rule: 'a clock follows its past', file: 'graph.ts', from: '>= operation.lamport', to: '> operation.lamport' },
  { rule: 'an entry waits for its past', file: 'graph.ts', from: '?.lamport ?? Infinity', to: '?.lamport ?? 0' },
  { rule: 'a room is never without an owner', file: 'view.ts', from: 'owner = { heir: isOwned ? null : heir() }', to: 'owner = { heir: null }' },
  { rule: 'the heir is of the highest rank', file: 'view.ts', from: 'next.rank > best.rank || (next.rank === best.rank && next.at < best.at)', to: 'next.at < best.at' },
  { rule: 'observers do not write', file: 'standing.ts', from: '|| view.rankOf(user) < rankOf(\'member\')', to: '' },
  { rule: 'what is above the cut does not count', file: 'standing.ts', from: 'return !isCut(', to: 'return true || !isCut(' },
  { rule: 'the largest cut at the same moment', file: 'standing.ts', from: 'Math.max(ends.get(period) ?? 0, cutOf(cuts, device))', to: 'cutOf(cuts, device)' },
  { rule: 'the muted are not heard', file: 'standing.ts', from: 'sentAt < (mute.until ?? 0) && seq >', to: 'false && seq >' },
  { rule: 'who did not hear of a mute is muted too', file: 'standing.ts', from: '&& !isMutedUnknowingly(', to: '&& true || !isMutedUnknowingly(' },
  { rule: 'only moderators delete others\' messages', file: 'standing.ts', from: ': mayModerate(by, of, view)', to: ': true' }
]

/** Those that say what each rule is for; the random ones take longer and find the same. */
const TESTS = ['resolve.test.ts', 'resolve-attacks.test.ts', 'rights.test.ts', 'voiding.test.ts', 'standing.test.ts']

async function survives ({ file, from, to }: Mutant, folder: string): Promise<boolean> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'apps/client'), { recursive: true })
  await cp(join(root, MEMBERSHIP), join(folder, MEMBERSHIP), { recursive: true })
  await cp(join(root, 'apps/client/testing'), join(folder, 'apps/client/testing'), { recursive: true })
  const path = join(folder, MEMBERSHIP, file)
  const source = await readFile(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} does not say exactly once: ${from}`)
  await writeFile(path, source.replace(from, () => to))
  return await passes(folder)
}

/** Whether the tests pass in a copy. */
async function passes (folder: string): Promise<boolean> {
  const tests = TESTS.map((test) => `${MEMBERSHIP}/${test}`)
  const child = spawn('vitest', ['run', '--root', folder, '--config', join(root, 'vitest.config.ts'), '--bail', '1', ...tests], { cwd: root, stdio: 'ignore' })
  return await new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', (code) => resolve(code === 0))
  })
}

const { values, positionals } = parseArgs({ options: { seconds: { type: 'string' } }, allowPositionals: true })
const words = positionals.join(' ')
const chosen = mutants.filter(({ rule }) => rule.includes(words))
const stopAt = values.seconds === undefined ? Infinity : Date.now() + Number(values.seconds) * 1000
/** Coprime to any number of mutants that is no multiple of it: so that all come first in turn. */
const STEP_A_DAY = 11
const startsAt = values.seconds === undefined ? 0 : Math.floor(Date.now() / 86_400_000) * STEP_A_DAY % chosen.length
const survivors: string[] = []
const folderOf = (worker: number): string => join(root, 'out/mutants', String(worker))
const same: Mutant = { rule: 'none', file: 'rights.ts', from: 'export function mayAuthor', to: 'export function mayAuthor' }
if (!await survives(same, folderOf(0))) throw new Error('the tests fail before any rule is broken')
const waiting = [...chosen.slice(startsAt), ...chosen.slice(0, startsAt)]
let tried = 0
await Promise.all(Array.from({ length: AT_ONCE }, async (_, worker) => {
  for (let mutant = waiting.shift(); mutant !== undefined; mutant = Date.now() < stopAt ? waiting.shift() : undefined) {
    tried++
    const isAlive = await survives(mutant, folderOf(worker))
    console.log(`${isAlive ? 'SURVIVES' : 'noticed '}  ${mutant.rule}`)
    if (isAlive) survivors.push(mutant.rule)
  }
}))
await rm(join(root, 'out/mutants'), { recursive: true, force: true })
console.log(`${tried - survivors.length} of ${tried} mutants noticed${tried < chosen.length ? `; there are ${chosen.length}` : ''}`)
process.exit(survivors.length === 0 ? 0 : 1)
