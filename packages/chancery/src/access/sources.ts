/** CIDR ranges of IPv4 and IPv6 a request may come from. An IPv4-mapped IPv6 address is the IPv4 address it holds. */
import { BlockList, isIP, isIPv4 } from 'node:net'

const range = /^([0-9a-fA-F:.]+)\/(0|[1-9][0-9]{0,2})$/
const mapped = /^::ffff:([0-9]{1,3}(?:\.[0-9]{1,3}){3})$/i
const mappedHex = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/i

/** Whether `text` is `address/bits`, the bits within the address family. IPv4-mapped ranges are written as IPv4. */
export function isSourceRange(text: string): boolean {
  const [, address, bits] = range.exec(text) ?? []
  if (address === undefined || isIP(address) === 0 || plainAddress(address) !== address) return false
  return Number(bits) <= (isIPv4(address) ? 32 : 128)
}

/** Whether `address` lies in one of the ranges. What is no address lies in none; what is no range holds nothing. */
export function comesFrom(address: string, ranges: readonly string[]): boolean {
  const judged = judgedOf(ranges)
  const known = judged.answers.get(address)
  if (known !== undefined) return known
  const answer = isWithin(address, judged.list)
  if (judged.answers.size < mostAnswers) judged.answers.set(address, answer)
  return answer
}

/** Whether some address lies in both. */
export function overlap(one: string, other: string): boolean {
  const [first = '', second = ''] = [one, other].map((text) => text.split('/')[0])
  return comesFrom(first, [other]) || comesFrom(second, [one])
}

interface Judged {
  readonly list: BlockList
  readonly answers: Map<string, boolean>
}

/** A validator client asks thousands of times a second from one address: a list costs 10 µs to make, its answer 2. */
const judgements = new WeakMap<readonly string[], Judged>()
const mostAnswers = 1_000

function judgedOf(ranges: readonly string[]): Judged {
  const known = judgements.get(ranges)
  if (known !== undefined) return known
  const made = { list: listOf(ranges), answers: new Map<string, boolean>() }
  judgements.set(ranges, made)
  return made
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of ranges.filter(isSourceRange)) {
    const [network = '', bits = ''] = text.split('/')
    list.addSubnet(network, Number(bits), family(network))
  }
  return list
}

function isWithin(address: string, list: BlockList): boolean {
  const plain = plainAddress(address)
  return isIP(plain) !== 0 && list.check(plain, family(plain))
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv4(address) ? 'ipv4' : 'ipv6'
}

function plainAddress(address: string): string {
  const dotted = mapped.exec(address)?.[1]
  if (dotted !== undefined) return dotted
  const [, high, low] = mappedHex.exec(address) ?? []
  if (high === undefined || low === undefined) return address
  const value = Number.parseInt(high, 16) * 0x10000 + Number.parseInt(low, 16)
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.')
}
