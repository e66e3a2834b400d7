/**
 * `npm run mutants [-- <words of a mutant>] [--seconds N]`: breaks one rule of the law of a room at a time and runs its tests, which have to
 * notice. A mutant that survives is a rule that nothing tests. Works on copies below `out/`, so the checkout stays as it is.
 *
 * With `--seconds`, as in `npm test`, as many as fit into that time, at least one for each process; each day begins with another one.
 */
import { spawn } from 'node:child_process'
import { parseArgs } from 'node:util'
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './lib/run.ts'

const ROOMS = 'apps/client/rooms', MEMBERSHIP = `${ROOMS}/membership`, LAW = `${MEMBERSHIP}/law`
const EPOCHS = `${ROOMS}/log/epochs`
const AT_ONCE = 2

interface Mutant { rule: string, file: string, from: string, to: string, needs?: Needs }
/** What a mutant's tests need beside the law and the membership, and which they are. */
interface Needs { copied: readonly string[], tests: readonly string[] }

const law = (file: string, rule: string, from: string, to: string): Mutant => ({ rule, file: `${LAW}/${file}`, from, to })
const membership = (file: string, rule: string, from: string, to: string): Mutant => ({ rule, file: `${MEMBERSHIP}/${file}`, from, to })
/** Of keys: with real logs, so the whole client is copied. */
const keys = (file: string, rule: string, from: string, to: string, tests = ['broken-epochs', 'keyring']): Mutant => ({
  rule, file: `${EPOCHS}/${file}`, from, to, needs: { copied: ['apps/client'], tests: tests.map((test) => `${EPOCHS}/${test}.test.ts`) }
})

/** Of the lists of devices that root keys sign. */
const LISTS: Needs = { copied: ['apps/client'], tests: [
  'apps/client/identity/device-list.test.ts', `${ROOMS}/entry/device-judge.test.ts`, `${ROOMS}/entry/device-admission.test.ts`
] }
const lists = (file: string, rule: string, from: string, to: string): Mutant => ({ rule, file: `apps/client/identity/${file}`, from, to, needs: LISTS })
/** Of what devices compare to see whether they agree. */
const AGREEMENT: Needs = { copied: ['apps/client'], tests: [`${MEMBERSHIP}/agreement.test.ts`, `${ROOMS}/live/agreements.test.ts`] }
const agreement = (file: string, rule: string, from: string, to: string): Mutant => ({ rule, file: `${ROOMS}/${file}`, from, to, needs: AGREEMENT })

const mutants: readonly Mutant[] = [
  lists('device-lists.ts', 'revoked stays revoked', '[...before?.revoked ?? [], ...list.revoked]', '[...list.revoked]'),
  lists('device-lists.ts', 'a list is its person\'s word', 'if (!await isSigned(list)) return false', 'if (!await isSigned(list)) await Promise.resolve()'),
  lists('device-lists.ts', 'what is kept of revoked devices is bounded', '.slice(0, REVOKED_KEPT_MAX))', '.slice(0))'),
  lists('device-list.ts', 'of two lists the later version is shown', 'list.version > than.version ||', 'list.version < than.version ||'),
  lists('certificate.ts', 'an expired certificate lets nobody in', 'now - issuedAt <= CERTIFICATE_MAX_AGE_MS + CERTIFICATE_CLOCK_MARGIN_MS', 'now - issuedAt <= Infinity'),
  lists('certificate.ts', 'a certificate of the days to come lets nobody in', 'issuedAt <= now + CERTIFICATE_CLOCK_MARGIN_MS &&', 'issuedAt <= Infinity &&'),
  { rule: 'nothing is written for a device without a seat', file: `${ROOMS}/entry/device-admission.ts`, from: 'if (full !== null) return full', to: 'if (full === null) refused.delete(log)', needs: LISTS },
  agreement('membership/agreement.ts', 'the members are compared', '[name, role, admittedBy, byKey(', '[name, admittedBy, byKey('),
  agreement('membership/agreement.ts', 'the devices are compared', 'byKey(devices, ({ encryptionKey }) => encryptionKey)]', 'devices.size]'),
  agreement('membership/agreement.ts', 'the newest rotation is compared', '[newest.operation, newest.depth, newest.isOpen]', '[newest.depth * 0]'),
  agreement('membership/agreement.ts', 'the policy is compared', '[policy.slowModeMs, policy.history,', '[policy.history,'),
  agreement('live/agreements.ts', 'only those who judge by one law are compared', 'if (claim.law !== own.law) {\n      settle(key)', 'if (claim.law !== own.law && key === device) {\n      settle(key)'),
  agreement('live/agreements.ts', 'only what came of the same operations is compared', '} else if (claim.set === own.set) {', '} else if (claim.set !== \'\') {'),
  keys('epoch-trust.ts', 'nothing is sealed in an epoch with garbage for a member', "return missing.length === 0 ? 'right' : 'wrong'", "return missing.length >= 0 ? 'right' : 'wrong'"),
  keys('epoch-trust.ts', 'what is sealed in a broken epoch is broken too', 'return sealing === null || await isAccepted(sealing)', 'return true'),
  keys('epoch-trust.ts', 'who claims an epoch breaks it for nobody', 'isContested ? contested.get(rotation) : verdicts', 'verdicts', ['claimed-epochs']),
  keys('keyring.ts', 'an epoch that was made up is not kept', 'seen.has(id) || isUsed(id)', 'true', ['made-up-epochs']),
  keys('unsettled-epochs.ts', 'a rotation hands over what it does not lead to', 'toHave.filter((id) => !reached.has(id))', 'toHave.filter((id) => id === previous)'),
  keys('mend-epochs.ts', 'whoever breaks epochs writes more than they make others write', 'return since >= MEND_EVERY_OPERATIONS ? 0 : ', 'return since >= 0 ? 0 : '),
  law('subjects.ts', 'a room is begun once', 'return at === 0 && heads', 'return heads'),
  law('subjects.ts', 'nobody claims another\'s device', '(holderIn(device, graph.before(at)) ?? user) === user && ', ''),
  law('subjects.ts', 'a device put out does nothing', 'if (isPutOut(device, author, inPast(before))) return false\n', ''),
  law('subjects.ts', 'who was never let in lets nobody in', 'isFree(act.user, act.device, at) && isLetIn(authors[at] ?? null, before)\n      case \'adddev\'', 'isFree(act.user, act.device, at)\n      case \'adddev\''),
  law('subjects.ts', 'a ban that is none is not lifted', '(bans.get(act.user) ?? []).some((ban) => isIn(before, ban))', 'true'),
  law('subjects.ts', 'the last owner cannot step down', '(author !== creator || hasOtherOwner(act.user, before))', 'true'),
  law('subjects.ts', 'an invitation gives its role', '(act.type !== \'add\' || act.role === role) && ', ''),
  law('subjects.ts', 'an invitation is what its named announcement says', '(named === null || made === named) && ', ''),
  law('subjects.ts', 'one coming-in is one use', '!isLetIn(act.user, graph.before(at))) firsts', 'true) firsts'),
  law('standing.ts', 'a device that was put out has not left beside that', ' && !isOfDevicePutOut(leave, user, scope)', ''),
  law('admission.ts', 'nobody has built on anything by what others carry', 'at !== closer && isOwnWord(at) && ', 'at !== closer && '),
  law('decide.ts', 'what a successor has put out leaves for them no more',
    "if (act?.type !== 'hand-over' || !facts.counts(at)) continue", 'continue'),
  law('settled.ts', 'who has left has left, once somebody above has built on it', 'return without', 'return null'),
  law('settled.ts', 'a device put out leaves for nobody, unless somebody above has built on it',
    'return null\n    }\n    return union', 'return graph.pastOf(strike)\n    }\n    return union'),
  law('settled.ts', 'nobody below outvotes who knew that a device was put out',
    'if (first.some((at) => !graph.knows(at, strike))) return null\n', ''),
  law('settled.ts', 'nobody builds on a leaving by what others carry', ' && isOwnWord(at)', ''),
  law('settled.ts', 'what somebody above has built on beside a leaving stands', 'return without', 'return graph.pastOf(strike)'),
  law('admission.ts', 'nobody builds on anything by what they do to themselves', " && !isUponThemselves(at)", ''),
  law('subjects.ts', 'many leavings at one moment are one', 'turns.set(at, 1 + turnsKnown(author, graph.before(at)))', 'turns.set(at, leaves.get(author)?.length ?? 0)'),
  membership('seats.ts', 'nobody fills a room by people who let in one another', 'isAboveMembers(inviter) ? null : inviter', 'isAboveMembers(inviter) ? null : null'),
  law('standing.ts', 'a role brings no device back', 'if (facts.burnsOf(device).some(scope)) return false\n', ''),
  law('standing.ts', 'nobody rises by leaving', ' && value <= held', ''),
  law('standing.ts', 'who was removed by an heir is no more than before', 'Math.min(level, levelOfEntries(entriesOf(user, scope, others)))', 'level'),
  law('graph.ts', 'an entry waits for its past', 'const missing = named.map(({ length }) => length)', 'const missing = named.map((those) => those.filter((one) => one >= 0).length)'),
  law('judge.ts', 'what is outside of a cut has no force', 'if (act?.type !== \'role\') return NOWHERE\n', 'if (act?.type !== \'role\') continue\n'),
  law('judge.ts', 'who was demoted has the lower role', 'authority = Math.min(authority, levelOf(act.role))', 'authority = Math.max(authority, levelOf(act.role))'),
  law('judge.ts', 'only what stands above binds', 'if (facts.levelAt(strike) <= level) continue\n', ''),
  law('judge.ts', 'what was built on stays', '!isIn(admissions.builtOnAbove(strike), at)', 'true'),
  law('judge.ts', 'a strike goes downwards, by what its author knew', 'if (!isStrictlyBelow(standing.levelOf(target, inPast(before)), authority)) return false\n', ''),
  law('judge.ts', 'a strike goes downwards, by what higher authority did meanwhile', '|| (facts.levelAt(other) > level && !graph.knows(other, at))', ''),
  law('judge.ts', 'moderators moderate, members do not', 'target !== author && rankAt(place.authority) >= 2 &&', 'target !== author &&'),
  law('judge.ts', 'a policy binds who did not know of it', '&& !isForbidden(at, place)', ''),
  law('judge.ts', 'the policy says who invites', "standing.policyIn(graph.before(at)).invites === 'members'", 'true'),
  law('judge.ts', 'approval is a moderator\'s', 'if (made.act.needsApproval && !mayApprove(at, author)) return false\n', ''),
  law('judge.ts', 'an invitation is used up', '.size >= maxUses) return false', '.size >= Infinity) return false'),
  law('judge.ts', 'the banned stay out', 'standing.bansOn(act.user, before).length > 0 || ', ''),
  law('judge.ts', 'a revoked device is burnt', "case 'adddev': return !isBurnt(act.device, before, place)", "case 'adddev': return true"),
  law('judge.ts', 'who was removed lets nobody in', ' || isKnownOut(author, before, place)', ''),
  law('judge.ts', 'a ban is lifted by nobody below', 'standing.bansOn(act.user, before).every((ban) => facts.authorityAt(ban) <= authority)', 'true'),
  law('judge.ts', 'admins change those below only', 'return isBelow(act.user, at, place) && mayGive(authority, act.role)', 'return mayGive(authority, act.role)'),
  law('level.ts', 'admins give roles below theirs only', "role !== 'owner' && levelOf(role) < ADMIN", "role !== 'owner'"),
  law('judge.ts', 'moderators change slow mode only', "field === 'slowModeMs' || now[field] === policy[field]", 'true'),
  law('judge.ts', 'a direct room has no ranks', 'if (isDirect && !IN_DIRECT_ROOMS.has(act.type)) return NOWHERE\n', ''),
  law('judge.ts', 'a device is revoked by its person or a moderator', 'return holder !== null && (holder === author || mayStrike(holder, at, place, author))', 'return true'),
  law('judge.ts', 'only the creator hands over', "return authority === CREATOR && act.user !== author", 'return act.user !== author'),
  law('subjects.ts', 'nobody is given a room unasked', ' && hasConsented(act, author, before)', ''),
  law('subjects.ts', 'a consent is to the one who hands over', 'act.creator === author && ', ''),
  law('subjects.ts', 'a consent can be taken back', '.some((reply) => isReply(reply, false) && graph.knows(reply, consented))', '.some(() => false)'),
  law('judge.ts', 'a ban is heard before an admission that knows it', ' || subjects.isSaidBanned(at)', ''),
  law('level.ts', 'a device put out does not leave', 'OWN_DEVICE = 0.87 * UNIT, SELF = 0.85 * UNIT', 'OWN_DEVICE = 0.83 * UNIT, SELF = 0.85 * UNIT'),
  membership('describe-membership.ts', 'an epoch is taken by nobody for whom it is not', 'if (isForWhomItSays(claim.epoch) && ', 'if ('),
  membership('describe-membership.ts', 'an old epoch is not made anew', '!makers.some(({ at }) => graph.knows(claim.at, at))', 'true'),
  membership('describe-membership.ts', 'a claim from the past closes no epoch', 'makers.findLast(({ epoch }) => epoch.isOpen) ?? makers[0]', 'makers[0]'),
  membership('message-rules.ts', 'who leaves says nothing more', 'Math.min(operation.seq, seqOf(body.cuts, device))', 'seqOf(body.cuts, device)'),
  law('admission.ts', 'an invitation gives less than one has', 'role < strengthOf(level) || (', 'role <= strengthOf(level) || ('),
  law('admission.ts', 'an invitation can be revoked', 'yield * facts.revocationsOf(invite)\n', ''),
  law('admission.ts', 'a policy closes links', "if (policy.invites === 'moderators' && !graph.knows(invite, at)) yield at", "if (false as boolean) yield at"),
  law('admission.ts', 'who is above a striker stays', 'if (strengthOf(facts.authorityAt(closer)) <= newcomer) return false\n', ''),
  law('admission.ts', 'who came in is kept by who built on it', 'return isKnown || !isIn(builtOnWithout(closer), admission)', 'return true'),
  law('admission.ts', 'a link made beside leaving admits nobody', 'return !isKnown && !isIn(builtOnAbove(closer), admission)', 'return false'),
  law('standing.ts', 'who was removed is out until let in after that', '? outs.every((out) => graph.knows(fact.at, out))', '? true'),
  law('standing.ts', 'of concurrent roles the highest authority\'s holds', '[...byLevel.keys()].sort((a, b) => b - a)', '[...byLevel.keys()].sort((a, b) => a - b)'),
  law('standing.ts', 'what is below replaces only what it knows', 'newest === undefined || graph.knows(at, newest.at)', 'newest === undefined || at > 0'),
  law('standing.ts', 'a demotion beats a promotion', '(a.value ?? 0) - (b.value ?? 0) || ', ''),
  law('standing.ts', 'what knows the others replaces them', '.find((one) => !fitting.some((other) => other.at > one.at && graph.knows(other.at, one.at))) ?? newest', '.find(() => true) ?? newest'),
  law('standing.ts', 'a device comes back with its person only anew', 'scope(at) && outs.every((out) => graph.knows(at, out)))', 'scope(at))'),
  law('standing.ts', 'a room is never without an owner', 'if (best === null || hasOwnerRights(best.level)) return null\n', 'if (best !== null || hasOwnerRights(0)) return null\n'),
  law('standing.ts', 'the heir is of the highest rank', 'if (best === null || level > best.level || since < best.since) best', 'if (best === null || since < best.since) best'),
  law('level.ts', 'owners stand in the order in which they became it', 'if (heir === null) return OWNER - at', 'if (heir === null) return OWNER'),
  membership('law-operations.ts', 'a room is begun by its creator\'s device', ' && body.creator.device === device', ''),
  membership('law-operations.ts', 'an invitation expires', 'if (proof !== null && sentAt > ', 'if (proof === null && sentAt > '),
  membership('law-operations.ts', 'who leaves makes no key', "if (body.rotation !== null) return { type: 'remove'", "if (body.rotation !== null && body.isBan) return { type: 'remove'"),
  membership('seats.ts', 'a full room is full', '.slice(0, ROOM_MAX_MEMBERS)', ''),
  membership('message-rules.ts', 'observers do not write', 'inPast(past))) < 1) return false', 'inPast(past))) < 0) return false'),
  membership('message-rules.ts', 'what is above the cut does not count', 'if (seq > endOfRemovals(user, device, past) || seq', 'if (seq'),
  membership('message-rules.ts', 'the largest cut at the same moment', 'Math.max(...first.map', 'Math.min(...first.map'),
  membership('mutes.ts', 'the muted are not heard', 'if (heldBy(user, past).some(binds)) return true\n', ''),
  membership('mutes.ts', 'who did not hear of a mute is muted too', 'return mutes.some((mute) => isMute(mute)', 'return mutes.every((mute) => isMute(mute)'),
  membership('mutes.ts', 'a lift beside a mute does not undo it', 'facts.authorityAt(mute.at) >= strongest', 'facts.authorityAt(mute.at) > strongest'),
  membership('message-rules.ts', 'only moderators delete others\' messages', 'if (rankAt(strength) < 2) return false\n', ''),
  membership('describe-membership.ts', 'what was revoked is not opened by announcing it again',
    'graph.knows(one.at, at) || mayRevoke(', 'graph.knows(one.at, at) && mayRevoke('),
  membership('describe-membership.ts', 'what was revoked is not opened by somebody above',
    'graph.knows(one.at, at) || mayRevoke(', 'mayRevoke('),
  membership('describe-membership.ts', 'nobody continues a room who is out of it',
    ' && facts.outsOf(author).every((out) => graph.knows(at, out))', ''),
  membership('message-rules.ts', 'nobody deletes what somebody above them said', 'union([past, pastOfHeads(said)], null)', 'past'),
  membership('message-rules.ts', 'nobody deletes by rights that were taken away', 'Math.min(level, ...lowered)', 'level')
]

/** Those that say what each rule is for; the random ones take longer and find the same. */
const LAWS: Needs = { copied: [MEMBERSHIP, 'apps/client/testing'], tests: [
  ...['resolve.test.ts', 'resolve-attacks.test.ts', 'rights.test.ts', 'voiding.test.ts', 'standing.test.ts', 'announcements.test.ts', 'seats.test.ts',
    'continuations.test.ts'].map((test) => `${MEMBERSHIP}/${test}`),
  `${LAW}/attacks.test.ts`, `${LAW}/return.test.ts`, `${LAW}/hand-over.test.ts`, `${LAW}/carried.test.ts`
] }

async function survives ({ file, from, to, needs = LAWS }: Mutant, folder: string): Promise<boolean> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(join(folder, 'apps/client'), { recursive: true })
  for (const part of needs.copied) await cp(join(root, part), join(folder, part), { recursive: true })
  const path = join(folder, file)
  const source = await readFile(path, 'utf8')
  if (source.split(from).length !== 2) throw new Error(`${file} does not say exactly once: ${from}`)
  await writeFile(path, source.replace(from, () => to))
  return await passes(folder, needs.tests)
}

/** Whether the tests pass in a copy. */
async function passes (folder: string, tests: readonly string[]): Promise<boolean> {
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
const STEP_A_DAY = 13
const startsAt = values.seconds === undefined ? 0 : Math.floor(Date.now() / 86_400_000) * STEP_A_DAY % chosen.length
const survivors: string[] = []
const folderOf = (worker: number): string => join(root, 'out/mutants', String(worker))
const same = law('judge.ts', 'none', 'export function createJudge', 'export function createJudge')
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
