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
  const plain = plainAddress(address)
  if (isIP(plain) === 0) return false
  const list = new BlockList()
  for (const text of ranges.filter(isSourceRange)) {
    const [network = '', bits = ''] = text.split('/')
    list.addSubnet(network, Number(bits), family(network))
  }
  return list.check(plain, family(plain))
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
