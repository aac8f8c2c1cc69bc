/** `chancery wallets cost`: what so many wallets cost in a month, by tier. Speaks to nobody. */
import { UsageError, type Command, type Given, type Terminal } from '../command.ts'
import { dollars, prices, walletCosts, type CostLine, type TierCost } from './prices.ts'

export const costCommand: Command = {
  name: 'wallets cost',
  about: 'What so many wallets cost in AWS, by tier, at list prices',
  takes: [],
  flags: {
    wallets: { type: 'string', value: '<n>', about: 'How many wallets' },
    signatures: { type: 'string', value: '<n>', about: 'Signatures a month (default: none)' },
  },
  examples: ['chancery wallets cost --wallets 100000 --signatures 50000'],
  run: (given, terminal) => {
    const costs = walletCosts({ wallets: countIn(given, 'wallets'), signatures: countIn(given, 'signatures', 0n) })
    if (given.has('json')) terminal.out(JSON.stringify({ costs, prices }, asText, 2))
    else for (const cost of costs) show(cost, terminal)
    return Promise.resolve(0)
  },
}

function countIn(given: Given, name: string, standard?: bigint): bigint {
  const text = given.text(name)
  if (text === undefined && standard !== undefined) return standard
  if (text !== undefined && /^\d{1,12}$/.test(text)) return BigInt(text)
  throw new UsageError(`--${name} is a whole number, got ${text ?? 'none'}`)
}

function show({ tier, monthly, once, monthlyTotal, onceTotal, notes }: TierCost, terminal: Terminal): void {
  terminal.out(`${tier}: ${dollars(monthlyTotal)} a month, ${dollars(onceTotal)} once`)
  for (const line of monthly) terminal.out(`  ${lineText(line)} a month`)
  for (const line of once) terminal.out(`  ${lineText(line)} once`)
  for (const note of notes) terminal.out(`  ${note}`)
}

function lineText({ what, count, total }: CostLine): string {
  return `${dollars(total).padStart(12)}  ${what} (${count})`
}

function asText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
