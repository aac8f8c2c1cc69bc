/**
 * I1 for validators: one root a slot and a target, no vote around another, and watermarks that never fall. What was recorded
 * may have been signed, so it is held to the same as what was released.
 */
import { isRelease, type ClientLine, type Release } from './client-log.ts'
import { finding, type Evidence, type Finding } from './finding.ts'
import { grouped, isLine, textIn, type Line } from './lines.ts'
import type { Attempt, Copy, ProtectionCopy } from './store-copy.ts'

interface Vote {
  readonly source: bigint
  readonly target: bigint
  readonly root: string
}

interface Block {
  readonly slot: bigint
  readonly root: string
}

export function neverSlashable(evidence: Evidence): readonly Finding[] {
  const { clients, store } = evidence
  return [...released(clients.filter(isRelease)), ...recorded(store), ...neverFalling(store), ...rowsAgree(store)]
}

function released(lines: readonly Release[]): readonly Finding[] {
  const of = ({ key, network }: ClientLine) => `${key} ${network ?? ''}`
  return [...grouped(lines, of)].flatMap(([name, all]) => [
    ...blocks(
      name,
      all.flatMap(({ slot, payload }) => (slot === undefined ? [] : [{ slot: BigInt(slot), root: payload }])),
    ),
    ...votes(
      name,
      all.flatMap(({ source, target, payload }) =>
        source === undefined || target === undefined
          ? []
          : [{ source: BigInt(source), target: BigInt(target), root: payload }],
      ),
    ),
  ])
}

function recorded({ attempts }: Copy): readonly Finding[] {
  const duties = attempts.flatMap((attempt) => attempt.duties)
  return [...grouped(duties, (duty) => textIn(duty, 'scope'))].flatMap(([scope, all]) => [
    ...blocks(scope, all.flatMap(blockIn)),
    ...votes(scope, all.flatMap(voteIn)),
  ])
}

function blocks(name: string, all: readonly Block[]): readonly Finding[] {
  const slots = grouped(all, ({ slot }) => String(slot))
  return twoRoots(slots).map((slot) => finding('I1', 'two-blocks-of-a-slot', `${name} slot ${slot}`))
}

function votes(name: string, all: readonly Vote[]): readonly Finding[] {
  const targets = grouped(all, ({ target }) => String(target))
  return [
    ...twoRoots(targets).map((target) => finding('I1', 'two-votes-of-a-target', `${name} target ${target}`)),
    ...surrounded(all).map(({ source, target }) => finding('I1', 'surround-pair', `${name} ${source} to ${target}`)),
  ]
}

function twoRoots(groups: ReadonlyMap<string, readonly { readonly root: string }[]>): readonly string[] {
  return [...groups].filter(([, all]) => new Set(all.map(({ root }) => root)).size > 1).map(([at]) => at)
}

/** Those that another lies around: its source is before theirs, its target behind. */
function surrounded(all: readonly Vote[]): readonly Vote[] {
  const bySource = grouped(all, ({ source }) => String(source))
  const sources = [...bySource.values()].toSorted(([a], [b]) => ((a?.source ?? 0n) < (b?.source ?? 0n) ? -1 : 1))
  let furthest = -1n
  return sources.flatMap((votesOf) => {
    const inside = votesOf.filter(({ target }) => target < furthest)
    for (const { target } of votesOf) if (target > furthest) furthest = target
    return inside
  })
}

function blockIn(line: Line): readonly Block[] {
  const [slot, root] = [textIn(line, 'slot'), textIn(line, 'root') ?? '']
  return slot === undefined ? [] : [{ slot: BigInt(slot), root }]
}

function voteIn(line: Line): readonly Vote[] {
  const [source, target, root] = [textIn(line, 'source'), textIn(line, 'target'), textIn(line, 'root') ?? '']
  return source === undefined || target === undefined ? [] : [{ source: BigInt(source), target: BigInt(target), root }]
}

/** A duty or a raise, in one form: what it names of each. */
interface Named {
  readonly scope: string
  readonly place: string
  readonly duty: boolean
  readonly block: Block | undefined
  readonly vote: Vote | undefined
}

function namedIn({ entries, attempts }: Copy): readonly Named[] {
  const known = grouped(attempts, ({ id, place }) => `${id} ${place}`)
  return entries.flatMap(({ stream, seq, body }) => {
    const place = `${stream}/${seq}`
    const own = known.get(`${textIn(body, 'id') ?? ''} ${place}`) ?? []
    return [...own.flatMap((attempt) => dutiesOf(attempt, place)), ...raisesOf(body, place)]
  })
}

function dutiesOf({ duties }: Attempt, place: string): readonly Named[] {
  return duties.map((line) => {
    return { scope: textIn(line, 'scope') ?? '', place, duty: true, block: blockIn(line)[0], vote: voteIn(line)[0] }
  })
}

function raisesOf(body: Line, place: string): readonly Named[] {
  const raises: unknown = body['raises']
  return (Array.isArray(raises) ? raises.filter(isLine) : []).map((line) => {
    const { block, attestation } = line
    return {
      scope: textIn(line, 'scope') ?? '',
      place,
      duty: false,
      block: isLine(block) ? blockIn(block)[0] : undefined,
      vote: isLine(attestation) ? voteIn(attestation)[0] : undefined,
    }
  })
}

/** In the order of one stream, which is the order its rounds were committed in, every duty is above all before it. */
function neverFalling(store: Copy): readonly Finding[] {
  const streams = grouped(namedIn(store), ({ place, scope }) => `${place.split('/')[0]} ${scope}`)
  return [...streams.values()].flatMap((all) => {
    const high = { slot: -1n, source: -1n, target: -1n }
    return all.flatMap(({ scope, place, duty, block, vote }) => {
      const fell = duty && ((block?.slot ?? high.slot) < high.slot || isBelow(vote, high))
      high.slot = larger(high.slot, block?.slot)
      high.source = larger(high.source, vote?.source)
      high.target = larger(high.target, vote?.target)
      return fell ? [finding('I1', 'watermark-fell', `${scope} at ${place}`)] : []
    })
  })
}

function isBelow(vote: Vote | undefined, high: { readonly source: bigint; readonly target: bigint }): boolean {
  return vote !== undefined && (vote.source < high.source || vote.target < high.target)
}

function larger(a: bigint, b: bigint | undefined): bigint {
  return b !== undefined && b > a ? b : a
}

/** Numbers of a row are the largest of its entries; its roots are theirs, unless raises left none. */
function rowsAgree(store: Copy): readonly Finding[] {
  const named = grouped(namedIn(store), ({ scope }) => scope)
  const rows = new Map(store.protection.map((row) => [row.scope, row]))
  const missing = [...named.keys()].filter((scope) => !rows.has(scope))
  return [
    ...missing.map((scope) => finding('I1', 'watermark-fell', `${scope}: the row is gone`)),
    ...[...rows].flatMap(([scope, row]) => rowFaults(scope, row, named.get(scope) ?? [])),
  ]
}

function rowFaults(scope: string, row: ProtectionCopy, all: readonly Named[]): readonly Finding[] {
  const highest = (of: (one: Named) => bigint | undefined) => all.reduce((top, one) => larger(top, of(one)), -1n)
  const pairs = [
    [row.slot, highest(({ block }) => block?.slot)],
    [row.source, highest(({ vote }) => vote?.source)],
    [row.target, highest(({ vote }) => vote?.target)],
  ] as const
  const fell = pairs.some(([held, top]) => (held ?? -1n) < top)
  const rose = pairs.some(([held, top]) => (held ?? -1n) > top)
  const roots =
    !fell && !rose && (isOther(row.blockRoot, lastBlocks(row, all)) || isOther(row.root, lastVotes(row, all)))
  return [
    ...(fell ? [finding('I1', 'watermark-fell', scope)] : []),
    ...(rose || roots ? [finding('I3', 'protection-differs', scope)] : []),
  ]
}

const lastBlocks = ({ slot }: ProtectionCopy, all: readonly Named[]) =>
  all.flatMap(({ block, duty }) => (block && block.slot === slot ? [{ root: block.root, duty }] : []))

const lastVotes = ({ source, target }: ProtectionCopy, all: readonly Named[]) =>
  all.flatMap(({ vote, duty }) =>
    vote && vote.source === source && vote.target === target ? [{ root: vote.root, duty }] : [],
  )

function isOther(root: string, said: readonly { readonly root: string; readonly duty: boolean }[]): boolean {
  const raised = said.length === 0 || said.some(({ duty }) => !duty)
  return root === '' ? !raised : said.some((one) => one.root !== root) || said.length === 0
}
