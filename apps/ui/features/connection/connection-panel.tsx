import { Clock, HardDrive, Radio, TriangleAlert } from 'lucide-react'
import type { Member, Room } from '#client'
import { Avatar } from '../../components/avatar.tsx'
import { NameMark } from '../../components/name-mark.tsx'
import { Dialog } from '../../components/dialog.tsx'
import { Banner } from '../../components/banner.tsx'
import { useNow } from '../../hooks/use-now.ts'
import { useSignal } from '../../hooks/use-signal.ts'
import { useClient, useLanguage, useUi, useWords } from '../../state/app-context.ts'
import { clockWarning, storageWarning } from './link-words.ts'
import { MismatchText } from './mismatch-text.tsx'

/** Who is reached how, how fast, and what they still lack; and how the node is. */
export function ConnectionPanel ({ room }: { room: Room | null }) {
  const words = useWords()
  const { dialogs } = useUi()
  return (
    <Dialog title={words.connection.title} shape="panel" onClose={() => dialogs.close()}>
      <div className="connection-panel">
        <NodeStatus />
        <IgnoredDevices />
        {room !== null && <RoomPaths room={room} />}
        <footer className="connection-legend">
          <p><span className="dot dot-direct" aria-hidden="true" />{words.connection.explainDirect}</p>
          <p><span className="dot dot-relayed" aria-hidden="true" />{words.connection.explainRelayed}</p>
        </footer>
      </div>
    </Dialog>
  )
}

function NodeStatus () {
  const messages = useWords()
  const words = messages.connection
  const connection = useSignal(useClient().connection)
  const now = useNow(1000)
  const clock = clockWarning(connection.clockOffsetMs, messages)
  const storage = storageWarning(connection.storage, messages)
  const seconds = connection.retryAt === null ? 0 : Math.ceil((connection.retryAt - now) / 1000)
  const text = { online: words.nodeOnline, connecting: words.nodeConnecting, offline: words.nodeOffline }[connection.node]
  return (
    <section>
      <h3 className="section-title">{words.node}</h3>
      <div className={`node-status node-${connection.node}`}>
        <Radio size={18} aria-hidden />
        <p>{text} {connection.node !== 'online' && seconds > 0 && words.retryIn(seconds)}</p>
      </div>
      {connection.mismatch !== null && <div className="node-clock"><TriangleAlert size={16} aria-hidden /><p><MismatchText code={connection.mismatch} /></p></div>}
      {storage !== null && <div className="node-clock"><HardDrive size={16} aria-hidden /><p>{storage}</p></div>}
      {clock !== null && <div className="node-clock"><Clock size={16} aria-hidden /><p>{clock}</p></div>}
    </section>
  )
}

/** Says whose frames are dropped, so that silence is not taken for absence. */
function IgnoredDevices () {
  const { words, time } = useLanguage()
  const { ignored } = useSignal(useClient().connection)
  return ignored.map(({ name, until }) => (
    <Banner key={`${name ?? ''} ${until}`} kind="trouble">{words.connection.ignored(name, time(until))}</Banner>
  ))
}

function RoomPaths ({ room }: { room: Room }) {
  const words = useWords()
  const w = words.connection
  const members = useSignal(room.people.members).filter((member) => !member.isMe)
  const keptAtNode = useSignal(room.messages.keptAtNode)
  return (
    <section>
      <h3 className="section-title">{words.members.title}</h3>
      <Banner kind={keptAtNode ? 'info' : 'waiting'}>{keptAtNode ? w.keptYes : w.keptNo}</Banner>
      {members.length === 0 ? <p className="muted connection-alone">{w.alone}</p> : (
        <table className="paths">
          <thead><tr><th scope="col">{w.member}</th><th scope="col">{w.path}</th><th scope="col">{w.latency}</th><th scope="col">{w.lacks}</th></tr></thead>
          <tbody>{members.map((member) => <PathRow key={member.user} member={member} />)}</tbody>
        </table>
      )}
    </section>
  )
}

function PathRow ({ member }: { member: Member }) {
  const words = useWords()
  const w = words.connection
  const { agreement } = words
  const rules = { same: null, older: agreement.rulesOlder, newer: agreement.rulesNewer }[member.rules]
  const version = { 'meets': rules, 'peer-too-old': w.memberOlder, 'peer-too-new': w.memberNewer }[member.version]
  const path = { direct: words.members.direct, relayed: words.members.relayed, none: words.members.noLink }[member.link]
  return (
    <tr>
      <th scope="row">
        <span className="paths-name">
          <Avatar name={member.name} of={member.user} size={24} />
          <span>
            <bdi>{member.name}</bdi> <NameMark mark={member.nameMark} size={12} />
            {version !== null && <small className="muted"> {version}</small>}
            {member.isDisagreeing && <small className="member-copied" title={agreement.shortLong(member.name)}> {agreement.short}</small>}
          </span>
        </span>
      </th>
      <td><span className={`link-word link-${member.link}`}><span className={`dot dot-${member.link}`} aria-hidden="true" />{path}</span></td>
      <td className="number">{member.latencyMs === null ? '–' : words.members.latency(Math.round(member.latencyMs))}</td>
      <td>{member.lacks === null ? w.unknown : member.lacks === 0 ? w.lacksNone : w.lacksSome(member.lacks)}</td>
    </tr>
  )
}
