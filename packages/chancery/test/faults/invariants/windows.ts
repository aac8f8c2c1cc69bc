/** I4: a window is never exceeded: what counts is what attempts counted, and its sum is the total, within the limit. */
import { finding, type Evidence, type Finding } from './finding.ts'
import { grouped, textIn, type Line } from './lines.ts'
import type { UseRow } from './store-copy.ts'

type Named = { readonly scope: string; readonly period: string }

const windowName = ({ scope, period }: Named) => `${scope} ${period}`
const useName = (row: Pick<UseRow, 'scope' | 'period' | 'root'>) => `${windowName(row)} ${row.root}`

interface Counted {
  readonly window: string
  readonly use: string
  readonly amount: string
  readonly limit: bigint
  readonly place: string
}

export function withinWindows({ store }: Evidence): readonly Finding[] {
  const { uses, totals } = store
  const counted = store.attempts.flatMap(({ windows, place }) => windows.map((line) => countedIn(line, place)))
  const said = new Set(counted.map(({ use, amount, place }) => `${use} ${amount} ${place}`))
  const held = new Map(uses.map((row) => [useName(row), row.amount]))
  const strange = uses.filter((row) => !said.has(`${useName(row)} ${row.amount} ${row.stream}/${row.seq}`))
  const lost = counted.filter(({ use, amount }) => held.get(use) !== amount)
  return [
    ...strange.map((row) => finding('I4', 'window-use-differs', useName(row))),
    ...lost.map(({ use, place }) => finding('I4', 'window-use-missing', `${use} of ${place}`)),
    ...sums(uses, new Map(totals.map((row) => [windowName(row), row.total])), counted),
  ]
}

function countedIn(line: Line, place: string): Counted {
  const [scope, period, root] = [text(line, 'scope'), text(line, 'period'), text(line, 'root')]
  const [window, use] = [windowName({ scope, period }), useName({ scope, period, root })]
  return { window, use, amount: text(line, 'amount'), limit: BigInt(text(line, 'limit')), place }
}

const text = (line: Line, name: string) => textIn(line, name) ?? ''

function sums(
  uses: readonly UseRow[],
  totals: ReadonlyMap<string, string>,
  counted: readonly Counted[],
): readonly Finding[] {
  const rows = grouped(uses, windowName)
  const limits = grouped(counted, ({ window }) => window)
  return [...new Set([...rows.keys(), ...totals.keys()])].flatMap((name) => {
    const sum = (rows.get(name) ?? []).reduce((all, { amount }) => all + BigInt(amount), 0n)
    const exceeded = (limits.get(name) ?? []).every(({ limit }) => sum > limit)
    return [
      ...(totals.get(name) === String(sum) ? [] : [finding('I4', 'window-total-wrong', `${name}: ${sum}`)]),
      ...(exceeded ? [finding('I4', 'window-exceeded', `${name}: ${sum}`)] : []),
    ]
  })
}
